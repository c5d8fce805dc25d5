import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { epiHmac, type Mounted, overBoth } from './support.ts'

const project = randomUUID()

const call = (mounted: Mounted, method: string, path: string, body?: string) => {
  const { key, secret, baseUrl } = mounted.options.optimizelyDxp
  const url = new URL(`${baseUrl}/projects/${project}${path}`)
  const target = url.pathname + url.search
  const signed = { key, secret, method, target, timestamp: Date.now() }
  return mounted.fetch(url, {
    method,
    body: body ?? null,
    headers: {
      authorization: epiHmac(body === undefined ? signed : { ...signed, body }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
  })
}

overBoth((open) => {
  test('a signature over what is sent opens the API', async () => {
    const mounted = await open()
    const body = JSON.stringify({ targetEnvironment: 'Production', packages: ['a.nupkg'] })
    const started = await (await call(mounted, 'POST', '/deployments', body)).json()
    expect(started).toMatchObject({ success: true, errors: [], result: { status: 'InProgress' } })
    const listed = await (await call(mounted, 'GET', '/deployments')).json()
    expect(listed.result).toEqual([started.result])
  })
})
