import { constants, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { clock, type Mounted, overBoth, START } from './support.ts'

type Fields = Record<string, string | undefined>

const form = ({ options }: Mounted, changes: Fields = {}) => {
  const { clientId, clientSecret, scope } = options.kalibrate
  const fields: Fields = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope,
    ...changes,
  }
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return new URLSearchParams(given as [string, string][])
}

const ask = (mounted: Mounted, body: BodyInit, headers: Record<string, string> = {}) =>
  mounted.fetch(mounted.options.kalibrate.tokenEndpoint, { method: 'POST', body, headers })

const token = async (mounted: Mounted): Promise<string> =>
  (await (await ask(mounted, form(mounted))).json()).access_token

/** A call of the API, with a new token unless one is given. */
const call = async (
  mounted: Mounted,
  path: string,
  init: RequestInit & { headers?: Record<string, string> } = {},
) =>
  mounted.fetch(mounted.options.kalibrate.baseUrl + path, {
    ...init,
    headers: {
      'user-agent': mounted.options.kalibrate.userAgent,
      authorization: `Bearer ${await token(mounted)}`,
      ...init.headers,
    },
  })

overBoth((open) => {
  test('client credentials are good for a token', async () => {
    const mounted = await open()
    const answer = await ask(mounted, form(mounted))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      access_token: expect.stringMatching(/^ey[\w-]+\.ey[\w-]+\.[\w-]+$/),
    })
  })

  test.each<[string, Fields, number, string, number]>([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['no secret', { client_secret: undefined }, 401, 'invalid_client', 7000218],
    ['an unknown client', { client_id: randomUUID() }, 400, 'unauthorized_client', 700016],
    ['no client', { client_id: undefined }, 400, 'invalid_request', 900144],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    ['no grant', { grant_type: undefined }, 400, 'invalid_request', 900144],
    ['another scope', { scope: 'api://other/.default' }, 400, 'invalid_scope', 70011],
    ['a scope that is no default', { scope: 'api://x/read' }, 400, 'invalid_scope', 1002012],
    ['no scope', { scope: undefined }, 400, 'invalid_request', 900144],
    ['two credentials', { client_assertion: 'a.b.c' }, 400, 'invalid_request', 9002313],
  ])('%s is refused as Entra does it', async (_, changes, status, error, code) => {
    const mounted = await open({ now: () => START })
    const answer = await ask(mounted, form(mounted, changes))
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({
      error,
      error_description: expect.stringContaining(`AADSTS${code}: `),
      error_codes: [code],
      timestamp: '2026-01-01 00:00:00Z',
      trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test('another tenant, a field twice, and a body that is no form are refused', async () => {
    const mounted = await open()
    const { tokenEndpoint, tenant } = mounted.options.kalibrate
    const elsewhere = tokenEndpoint.replace(tenant, 'contoso')
    const answer = await mounted.fetch(elsewhere, { method: 'POST', body: form(mounted) })
    expect([answer.status, (await answer.json()).error_codes]).toEqual([400, [90002]])

    const twice = form(mounted)
    twice.append('scope', 'other')
    expect((await (await ask(mounted, twice)).json()).error).toBe('invalid_request')
    const json = JSON.stringify(Object.fromEntries(form(mounted)))
    const asJson = await ask(mounted, json, { 'content-type': 'application/json' })
    expect([asJson.status, (await asJson.json()).error_codes]).toEqual([400, [900144]])
  })

  test('the client may authenticate in the header, form-encoded, but not there and in the body', async () => {
    const mounted = await open()
    const { clientId, clientSecret } = mounted.options.kalibrate
    const basic = (secret: string) => ({
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
    })
    const encoded = encodeURIComponent(clientSecret)
    const without = form(mounted, { client_secret: undefined })
    expect((await ask(mounted, without, basic(encoded))).status).toBe(200)
    expect((await ask(mounted, without, basic(clientSecret))).status).toBe(401)
    expect((await ask(mounted, form(mounted), basic(encoded))).status).toBe(400)
  })

  test('revoked credentials are a wrong secret', async () => {
    const mounted = await open()
    mounted.sandbox.revoke('kalibrate', 'credentials')
    const answer = await ask(mounted, form(mounted))
    expect([answer.status, (await answer.json()).error_codes]).toEqual([401, [7000215]])
  })

  test('the status echoes the token', async () => {
    const mounted = await open()
    const good = await token(mounted)
    const answer = await call(mounted, '/api/status', {
      headers: { authorization: `Bearer ${good}` },
    })
    expect(await answer.json()).toMatchObject({ token: good })
  })

  test('a token is refused when it has run out, was expired, was revoked, or is another', async () => {
    const { now, advance } = clock()
    const mounted = await open({ now })
    const status = async (bearer: string) =>
      (await call(mounted, '/api/site', { headers: { authorization: `Bearer ${bearer}` } })).status
    const first = await token(mounted)
    advance(3598_999)
    expect(await status(first)).toBe(200)
    advance(1)
    expect(await status(first)).toBe(401)

    mounted.sandbox.shorten('kalibrate', 60_000)
    const answer = await (await ask(mounted, form(mounted))).json()
    expect(answer.expires_in).toBe(60)
    expect(await status(answer.access_token)).toBe(200)
    mounted.sandbox.expire('kalibrate')
    expect(await status(answer.access_token)).toBe(401)

    const second = await token(mounted)
    expect(await status(second)).toBe(200)
    mounted.sandbox.revoke('kalibrate')
    expect(await status(second)).toBe(401)
    expect(await status(await token(mounted))).toBe(200)
    expect(await status('ey.ey.sig')).toBe(401)
  })

  test.each([
    'python-requests/2.32.3',
    'python-httpx/0.28.1',
    'node',
    'undici',
    'curl/8.5.0',
    'axios/1.21.1',
    'got (https://github.com/sindresorhus/got)',
    'ky',
  ])('the gateway does not serve %s', async (agent) => {
    const mounted = await open()
    const answer = await call(mounted, '/api/status', { headers: { 'user-agent': agent } })
    expect(answer.status).toBe(403)
  })

  test.each(['Mozilla/5.0 (X11)', 'node-red-flow/1.0', 'gotham', 'my-app'])(
    'the gateway serves %s',
    async (agent) => {
      const mounted = await open()
      const answer = await call(mounted, '/api/status', { headers: { 'user-agent': agent } })
      expect(answer.status).toBe(200)
    },
  )

  test('a query has its literal plus', async () => {
    const mounted = await open()
    const answer = await call(mounted, '/api/price?query=(site=1)+(limit=1)')
    expect(await answer.json()).toEqual([{ id: 1, name: 'price 1' }])
    const paged = await call(mounted, '/api/price?query=(limit=2)+(offset=4)')
    expect(await paged.json()).toHaveLength(1)
    expect(await (await call(mounted, '/api/site')).json()).toHaveLength(5)
  })

  test.each([
    ['(site=1)%2B(limit=1)', /literal \+/],
    ['(site=1)%20(limit=1)', /\(name=value\)/],
    ['site=1', /\(name=value\)/],
    ['(site)', /no operator/],
    ['(limit=-1)', /whole numbers/],
    ['%zz', /percent-encoding/],
  ])('the query %s is a 400', async (query, message) => {
    const mounted = await open()
    const answer = await call(mounted, `/api/price?query=${query}`)
    expect(answer.status).toBe(400)
    expect((await answer.json()).message).toMatch(message)
  })

  test('an import answers with the id of an operation', async () => {
    const mounted = await open()
    const post = (path: string, body: string, type = 'application/json') =>
      call(mounted, path, { method: 'POST', body, headers: { 'content-type': type } })
    const answer = await post('/api/import/ownPrice', '[{"price":1}]')
    expect([answer.status, await answer.json()]).toEqual([
      202,
      { operationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ])
    expect((await post('/api/import/ownPrice', '[')).status).toBe(400)
    expect((await post('/api/import/ownPrice', '[]', 'text/plain')).status).toBe(415)
    expect((await post('/api/import/other', '[]')).status).toBe(404)
    expect((await call(mounted, '/api/other')).status).toBe(404)
  })
})

describe('a certificate in place of a secret', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = { publicKey, thumbprint: 'the-thumbprint' }

  interface Assertion {
    readonly header?: object
    readonly claims?: object
    readonly alg?: 'PS256' | 'RS256'
  }

  const assertion = (mounted: Mounted, { header, claims, alg = 'PS256' }: Assertion = {}) => {
    const { clientId, tokenEndpoint } = mounted.options.kalibrate
    const seconds = START / 1000
    const parts = [
      { alg, typ: 'JWT', 'x5t#S256': 'the-thumbprint', ...header },
      {
        aud: tokenEndpoint,
        iss: clientId,
        sub: clientId,
        jti: randomUUID(),
        nbf: seconds,
        exp: seconds + 300,
        ...claims,
      },
    ]
    const input = parts.map((p) => Buffer.from(JSON.stringify(p)).toString('base64url')).join('.')
    const pss = alg === 'PS256' && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, ...pss })
    return `${input}.${signature.toString('base64url')}`
  }

  const exchange = (mounted: Mounted, client_assertion: string, changes: Fields = {}) =>
    ask(
      mounted,
      form(mounted, {
        client_secret: undefined,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
        ...changes,
      }),
    )

  overBoth((open) => {
    const openWith = () => open({ now: () => START, kalibrate: { certificate } })

    test('an assertion under PS256, or RS256, is good for a token', async () => {
      const mounted = await openWith()
      expect((await exchange(mounted, assertion(mounted))).status).toBe(200)
      const older = assertion(mounted, {
        alg: 'RS256',
        header: { 'x5t#S256': undefined, x5t: 'sha-1' },
      })
      expect((await exchange(mounted, older)).status).toBe(200)
    })

    test.each<[string, Assertion, number]>([
      ['another audience', { claims: { aud: 'https://other.example/' } }, 700023],
      ['another subject', { claims: { sub: 'other' } }, 700021],
      ['no jti', { claims: { jti: undefined } }, 50027],
      ['an end long past', { claims: { exp: START / 1000 - 301 } }, 700024],
      ['a start yet to come', { claims: { nbf: START / 1000 + 301 } }, 700024],
      ['no thumbprint', { header: { 'x5t#S256': undefined } }, 700027],
      ['another thumbprint', { header: { 'x5t#S256': 'other' } }, 700027],
      ['an algorithm that is not the one it was signed with', { header: { alg: 'RS256' } }, 700027],
      ['another type', { header: { typ: 'at+jwt' } }, 50027],
      ['no algorithm', { header: { alg: 'none' } }, 50027],
    ])('an assertion with %s is refused', async (_, spoilt, code) => {
      const mounted = await openWith()
      const answer = await exchange(mounted, assertion(mounted, spoilt))
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ error: 'invalid_client', error_codes: [code] })
    })

    test('what is no JWT, has no type, or has no certificate to match is refused', async () => {
      const mounted = await openWith()
      const codes = async (answer: Promise<Response>) => (await (await answer).json()).error_codes
      expect(await codes(exchange(mounted, 'no.jwt'))).toEqual([50027])
      const untyped = exchange(mounted, assertion(mounted), { client_assertion_type: undefined })
      expect(await codes(untyped)).toEqual([90014])
      mounted.sandbox.revoke('kalibrate', 'credentials')
      expect(await codes(exchange(mounted, assertion(mounted)))).toEqual([700027])
      const without = await open({ now: () => START })
      expect(await codes(exchange(without, assertion(without)))).toEqual([700027])
    })
  })
})
