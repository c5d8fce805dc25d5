import { expect, test } from 'vitest'
import { type Mounted, overBoth } from './support.ts'

const credentials = ({ fetch, options }: Mounted, query = '', token?: string) =>
  fetch(`${options.optimizelyEvents.baseUrl}/export/credentials${query}`, {
    headers: { authorization: `Bearer ${token ?? options.optimizelyEvents.token}` },
  })

overBoth((open) => {
  test('a personal access token is good for AWS credentials', async () => {
    const mounted = await open()
    const answer = await credentials(mounted)
    expect(answer.status).toBe(200)
    const body = await answer.json()
    expect(body.s3Path).toMatch(/^s3:\/\/optimizely-events-data\/v1\/account_id=\d+$/)
    expect(mounted.sandbox.issued).toMatchObject([body.credentials])
  })
})
