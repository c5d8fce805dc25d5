import { expect, test } from 'vitest'
import type { AmperityAnswer } from '../src/index.ts'
import { claimsOf, clock, type Mounted, overBoth, START } from './support.ts'

const HOUR = 3600_000
const DAY = 24 * HOUR

const rfc3339 = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

const issue = (
  { fetch, options }: Mounted,
  expiresAt: unknown = rfc3339(START + HOUR),
  headers: Record<string, string> = {},
) => {
  const { tenant, issuer, baseUrl } = options.amperity
  return fetch(`${baseUrl}/api/v0/admin/api-keys/${issuer.apiKeyId}/tokens`, {
    method: 'POST',
    body: JSON.stringify({ 'expires-at': expiresAt }),
    headers: {
      authorization: `Bearer ${issuer.token}`,
      'content-type': 'application/json',
      'x-amperity-tenant': tenant,
      ...headers,
    },
  })
}

const token = async (mounted: Mounted): Promise<string> =>
  (await (await issue(mounted)).json()).token

/** A call of any of the three APIs, with both tenant headers and the version of the first. */
const call = (mounted: Mounted, bearer: string, path: string, init: RequestInit = {}) => {
  const { tenant, baseUrl } = mounted.options.amperity
  const headers = new Headers({
    authorization: `Bearer ${bearer}`,
    'amperity-tenant': tenant,
    'x-amperity-tenant': tenant,
    'api-version': '2024-04-01',
  })
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
  return mounted.fetch(baseUrl + path, { ...init, headers })
}

const problem = (status: number, message: RegExp) => ({
  status,
  message: expect.stringMatching(message),
  request_id: expect.any(String),
  trace_id: expect.any(String),
})

overBoth((open) => {
  test('an issuer token is good for a JWT that lives until the asked time', async () => {
    const mounted = await open({ now: () => START })
    const answer = await issue(mounted)
    expect(answer.status).toBe(200)
    const { token: jwt, ...rest } = await answer.json()
    expect(rest).toEqual({})
    expect(claimsOf(jwt)).toMatchObject({ iat: START / 1000, exp: (START + HOUR) / 1000 })
    expect((await call(mounted, jwt, '/api/segments')).status).toBe(200)
  })

  test.each<[AmperityAnswer, (jwt: string) => string]>([
    ['access-token', (jwt) => JSON.stringify({ 'access-token': jwt })],
    ['access_token', (jwt) => JSON.stringify({ access_token: jwt })],
    ['jwt', (jwt) => JSON.stringify({ jwt })],
    ['json-string', (jwt) => JSON.stringify(jwt)],
    ['bare', (jwt) => jwt],
  ])('the answer may be worded otherwise: %s', async (answer, worded) => {
    const mounted = await open({ now: () => START, amperity: { answer } })
    const text = await (await issue(mounted)).text()
    const jwt = /ey[\w.-]+/.exec(text)?.[0] ?? ''
    expect(text).toBe(worded(jwt))
    expect((await call(mounted, jwt, '/api/segments')).status).toBe(200)
  })

  test.each([
    ['milliseconds', new Date(START + HOUR).toISOString()],
    ['an offset', '2026-01-01T02:00:00+01:00'],
    ['a day that is none', '2026-02-30T00:00:00Z'],
    ['a number', START + HOUR],
    ['nothing', null],
    ['the past', rfc3339(START - 1000)],
  ])('an expiry with %s is a 400', async (_, expiresAt) => {
    const mounted = await open({ now: () => START })
    const answer = await issue(mounted, expiresAt)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual(problem(400, /expires-at/))
  })

  test.each([
    ['another tenant', { 'x-amperity-tenant': 'other' }, 403],
    ['another token', { authorization: 'Bearer other' }, 401],
    ['a body that is not said to be JSON', { 'content-type': 'text/plain' }, 415],
  ])('the issuer refuses %s', async (_, headers, status) => {
    const mounted = await open({ now: () => START })
    expect((await issue(mounted, undefined, headers)).status).toBe(status)
  })

  test('the issuer refuses a request without a tenant, and one for another key', async () => {
    const mounted = await open({ now: () => START })
    const { baseUrl, issuer, tenant } = mounted.options.amperity
    const post = async (id: string, headers: Record<string, string>) => {
      const url = `${baseUrl}/api/v0/admin/api-keys/${id}/tokens`
      const authorization = `Bearer ${issuer.token}`
      return (await mounted.fetch(url, { method: 'POST', headers: { authorization, ...headers } }))
        .status
    }
    expect(await post(issuer.apiKeyId, {})).toBe(400)
    expect(await post('other', { 'x-amperity-tenant': tenant })).toBe(404)
  })

  test('an access token issues nothing, and an issuer token opens nothing', async () => {
    const mounted = await open({ now: () => START })
    const headers = { authorization: `Bearer ${await token(mounted)}` }
    expect((await issue(mounted, undefined, headers)).status).toBe(401)
    const { issuer } = mounted.options.amperity
    expect((await call(mounted, issuer.token, '/api/segments')).status).toBe(401)
  })

  test('client credentials are good for a token', async () => {
    const mounted = await open()
    const { tenant, clientId, clientSecret, baseUrl } = mounted.options.amperityOAuth
    const exchange = (
      secret: string,
      grant = 'client_credentials',
      header = tenant,
      id = clientId,
    ) =>
      mounted.fetch(`${baseUrl}/api/v0/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: grant,
          client_id: id,
          client_secret: secret,
        }),
        headers: { 'x-amperity-tenant': header },
      })
    const answer = await (await exchange(clientSecret)).json()
    expect(answer).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      token_type: 'Bearer',
    })
    expect((await call(mounted, answer.access_token, '/api/segments')).status).toBe(200)

    const wrong = await exchange('wrong')
    expect([wrong.status, await wrong.json()]).toEqual([401, { error: 'invalid_client' }])
    expect((await exchange(clientSecret, 'password')).status).toBe(400)
    expect((await exchange('')).status).toBe(400)
    expect((await exchange(clientSecret, undefined, undefined, 'other')).status).toBe(401)
    expect((await exchange(clientSecret, undefined, 'other')).status).toBe(403)
    mounted.sandbox.revoke('amperity', 'credentials')
    expect((await exchange(clientSecret)).status).toBe(401)
  })

  test('the token from the user interface opens the API until it is revoked', async () => {
    const mounted = await open({ now: () => START })
    const { token: jwt } = mounted.options.amperityToken
    expect(claimsOf(jwt).exp).toBe((START + 90 * DAY) / 1000)
    expect((await call(mounted, jwt, '/api/segments')).status).toBe(200)
    mounted.sandbox.revoke('amperity')
    expect((await call(mounted, jwt, '/api/segments')).status).toBe(401)
  })

  test('rotation deposes: thirty days more, or until the next one', async () => {
    const { now, advance } = clock()
    const mounted = await open({ now })
    const asked = async () =>
      (await (await issue(mounted, rfc3339(now() + 365 * DAY))).json()).token as string
    const status = async (jwt: string) => (await call(mounted, jwt, '/api/segments')).status

    const first = await asked()
    mounted.sandbox.rotate('amperity')
    const second = await asked()
    advance(30 * DAY - 1000)
    expect([await status(first), await status(second)]).toEqual([200, 200])
    advance(1000)
    expect([await status(first), await status(second)]).toEqual([401, 200])

    const again = await open({ now })
    const oldest = (await (await issue(again, rfc3339(now() + DAY))).json()).token
    again.sandbox.rotate('amperity')
    again.sandbox.rotate('amperity')
    expect((await call(again, oldest, '/api/segments')).status).toBe(401)
    expect((await issue(again, rfc3339(now() + DAY))).status).toBe(401)
  })

  test('a lifetime set by the test is the most that the issuer grants', async () => {
    const mounted = await open({ now: () => START, lifetimes: { amperity: 60_000 } })
    expect(claimsOf(await token(mounted)).exp).toBe(START / 1000 + 60)
  })

  test('a revoked issuer token is refused for good', async () => {
    const mounted = await open({ now: () => START })
    mounted.sandbox.revoke('amperity', 'credentials')
    const answer = await issue(mounted)
    expect([answer.status, await answer.json()]).toEqual([401, problem(401, /issuer.*revoked/)])
  })

  test.each([
    '/api/audit-events',
    '/api/campaign-drafts',
    '/api/campaigns',
    '/api/ingest/jobs',
    '/api/segments',
    '/api/workflow/runs',
  ])('%s comes page by page', async (path) => {
    const mounted = await open({ now: () => START })
    const jwt = await token(mounted)
    const ids: string[] = []
    let next: string | undefined
    do {
      const query = new URLSearchParams({
        limit: '3',
        with_total: 'true',
        ...(next && { next_token: next }),
      })
      const page = await (await call(mounted, jwt, `${path}?${query}`)).json()
      expect(page.total).toBe(7)
      ids.push(...page.data.map((item: { id: string }) => item.id))
      next = page.next_token
    } while (next)
    expect(new Set(ids).size).toBe(7)
  })

  test('a page that is none is a 400', async () => {
    const mounted = await open({ now: () => START })
    const jwt = await token(mounted)
    expect((await call(mounted, jwt, '/api/segments?limit=0')).status).toBe(400)
    expect((await call(mounted, jwt, '/api/segments?next_token=x')).status).toBe(400)
  })

  test('each API wants its tenant and its version', async () => {
    const mounted = await open({ now: () => START })
    const jwt = await token(mounted)
    const { baseUrl, tenant } = mounted.options.amperity
    const status = async (path: string, headers: Record<string, string>) => {
      const authorization = `Bearer ${jwt}`
      return (await mounted.fetch(baseUrl + path, { headers: { authorization, ...headers } }))
        .status
    }
    const [version, profile] = ['2024-04-01', '2025-07-31']
    expect(await status('/api/segments', { 'api-version': version })).toBe(400)
    expect(await status('/api/segments', { 'amperity-tenant': tenant })).toBe(400)
    expect(await status('/api/segments', { 'amperity-tenant': 'x', 'api-version': version })).toBe(
      403,
    )
    expect(
      await status('/api/segments', { 'amperity-tenant': tenant, 'api-version': profile }),
    ).toBe(400)
    expect(
      await status(`/api/segments?api-version=${version}`, { 'amperity-tenant': tenant }),
    ).toBe(200)

    const index = '/attribute/v0/indexes/x'
    expect(await status(index, { 'amperity-tenant': tenant, 'api-version': profile })).toBe(200)
    expect(await status(index, { 'amperity-tenant': tenant, 'api-version': version })).toBe(400)
    expect(await status(`${index}/`, { 'amperity-tenant': tenant, 'api-version': profile })).toBe(
      404,
    )
  })

  test('a run is stopped, and what is not there is a 404', async () => {
    const mounted = await open({ now: () => START })
    const jwt = await token(mounted)
    const stopped = await call(mounted, jwt, '/api/workflow/runs/wf-1/stop', { method: 'POST' })
    expect(await stopped.json()).toMatchObject({ id: 'wf-1' })
    const missing = await call(mounted, jwt, '/api/nothing')
    expect(await missing.json()).toEqual(problem(404, /./))
  })

  test('a streamed record is kept, and answered with an empty 202', async () => {
    const mounted = await open({ now: () => START })
    const jwt = await token(mounted)
    const send = (body: string, headers: Record<string, string> = {}) =>
      call(mounted, jwt, '/stream/v0/data/is-1', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      })
    const answer = await send('{"id":1}')
    expect([answer.status, await answer.text()]).toEqual([202, ''])
    expect(mounted.sandbox.records).toEqual([{ stream: 'is-1', record: { id: 1 } }])
    expect((await send('{')).status).toBe(400)
    expect((await send('<a/>', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await send('{}', { 'x-amperity-tenant': 'other' })).status).toBe(403)
    expect(mounted.sandbox.records).toHaveLength(1)
  })

  test('the rate limit is an option', async () => {
    const { now, advance } = clock()
    const mounted = await open({ now, amperity: { rateLimit: 2 } })
    const jwt = await token(mounted)
    const get = () => call(mounted, jwt, '/api/segments')
    expect([(await get()).status, (await get()).status]).toEqual([200, 200])
    const refused = await get()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    advance(1000)
    expect((await get()).status).toBe(200)
  })

  test('the hosts that all tenants share lead to the same tenant', async () => {
    const mounted = await open({ now: () => START })
    const headers = {
      authorization: `Bearer ${await token(mounted)}`,
      'amperity-tenant': mounted.options.amperity.tenant,
      'api-version': '2024-04-01',
    }
    const { sandbox } = mounted
    const shared = await sandbox.fetch('https://app.amperity.com/api/segments', { headers })
    expect(shared.status).toBe(200)
  })
})
