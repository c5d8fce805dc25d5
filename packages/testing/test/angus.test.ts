import { expect, test } from 'vitest'
import { type Mounted, overBoth } from './support.ts'

const logIn = async ({ fetch, options }: Mounted, changes: Record<string, unknown> = {}) => {
  const { username, clientId, accessToken, tokenEndpoint } = options.angus
  const body = { username, client_id: clientId, access_token: accessToken, ...changes }
  return fetch(tokenEndpoint, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
}

const entities = async (mounted: Mounted, query: string, token?: string) =>
  mounted.fetch(`${mounted.options.angus.baseUrl}/entities?${query}`, {
    headers: {
      authorization: `Bearer ${token ?? (await (await logIn(mounted)).json()).token}`,
    },
  })

overBoth((open) => {
  test('credentials are good for a token, and the token for data', async () => {
    const mounted = await open()
    const answer = await entities(mounted, 'metrics=interested,gender&from_date=2026-01-01')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      entities: { global: {} },
      total_results: 1,
      page: 1,
    })
  })
})
