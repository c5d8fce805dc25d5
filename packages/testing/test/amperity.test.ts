import { expect, test } from 'vitest'
import { type Mounted, overBoth } from './support.ts'

const issue = (
  { fetch, options }: Mounted,
  body: unknown,
  headers: Record<string, string> = {},
) => {
  const { tenant, issuer, baseUrl } = options.amperity
  return fetch(`${baseUrl}/api/v0/admin/api-keys/${issuer.apiKeyId}/tokens`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: {
      authorization: `Bearer ${issuer.token}`,
      'content-type': 'application/json',
      'x-amperity-tenant': tenant,
      ...headers,
    },
  })
}

const inAnHour = () => `${new Date(Date.now() + 3600_000).toISOString().slice(0, 19)}Z`

overBoth((open) => {
  test('an issuer token is good for a token, and the token for the three APIs', async () => {
    const mounted = await open()
    const { token } = await (await issue(mounted, { 'expires-at': inAnHour() })).json()
    const { tenant, baseUrl } = mounted.options.amperity
    const headers = {
      authorization: `Bearer ${token}`,
      'amperity-tenant': tenant,
      'api-version': '2024-04-01',
    }
    expect((await mounted.fetch(`${baseUrl}/api/segments`, { headers })).status).toBe(200)
    headers['api-version'] = '2025-07-31'
    expect((await mounted.fetch(`${baseUrl}/attribute/v0/indexes/x`, { headers })).status).toBe(200)
    const sent = await mounted.fetch(`${baseUrl}/stream/v0/data/s1`, {
      method: 'POST',
      body: '{"id":1}',
      headers: {
        authorization: `Bearer ${token}`,
        'x-amperity-tenant': tenant,
        'content-type': 'application/json',
      },
    })
    expect([sent.status, await sent.text()]).toEqual([202, ''])
    expect(mounted.sandbox.records).toEqual([{ stream: 's1', record: { id: 1 } }])
  })
})
