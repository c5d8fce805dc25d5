import { type ExchangeError, OptionError, SigningError } from '@countersign/core'
import type { SandboxCredentials } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { amperity, type AmperityOptions } from '../src/amperity.ts'
import {
  clock,
  DAY,
  failure,
  HOUR,
  inProcess,
  jwt,
  type Mounted,
  overBoth,
  overHttp,
  shown,
  stub,
} from './support.ts'

const tokens = { service: 'amperity', endpoint: 'token' } as const
const calls = { service: 'amperity', endpoint: 'api' } as const

const WAYS = ['amperity', 'amperityOAuth', 'amperityToken'] as const
const build = ({ options, seams }: Mounted, way: keyof SandboxCredentials, more: object = {}) =>
  amperity({ ...options[way], ...seams, ...more } as AmperityOptions)

overBoth((open) => {
  describe.each(WAYS)('with the credentials of %s', (way) => {
    test('all three APIs through one signer, each with the headers that it wants', async () => {
      const mounted = await open()
      const { sandbox, call, options } = mounted
      const signer = build(mounted, way)
      const record = {
        method: 'POST',
        body: '{"id":1}',
        headers: { 'content-type': 'application/json' },
      }
      expect((await call(signer, '/api/segments')).status).toBe(200)
      expect((await call(signer, '/attribute/v0/indexes/loyalty')).status).toBe(200)
      expect((await call(signer, '/stream/v0/data/orders', record)).status).toBe(202)
      expect(sandbox.records).toEqual([{ stream: 'orders', record: { id: 1 } }])

      const { tenant } = options[way]
      const sent = sandbox.requests
        .filter(({ endpoint }) => endpoint === 'api')
        .map(({ headers }) =>
          ['amperity-tenant', 'x-amperity-tenant', 'api-version'].map((name) => headers.get(name)),
        )
      expect(sent).toEqual([
        [tenant, null, '2024-04-01'],
        [tenant, null, '2025-07-31'],
        [null, tenant, null],
      ])
      expect(sandbox.count(tokens)).toBe(way === 'amperityToken' ? 0 : 1)
    })
  })

  describe.each(['amperity', 'amperityOAuth'] as const)('with the credentials of %s', (way) => {
    test('a new token each hour', async () => {
      const mounted = await open()
      const { sandbox, call, advance } = mounted
      const signer = build(mounted, way)
      await call(signer, '/api/segments')
      advance(HOUR)
      expect((await call(signer, '/api/segments')).status).toBe(200)
      expect(sandbox.count(tokens)).toBe(2)
      expect(sandbox.count({ ...calls, status: 401 })).toBe(0)
    })

    test.each(['revoke', 'expire'] as const)(
      'after a %s: one refusal, one new token',
      async (what) => {
        const mounted = await open()
        const { sandbox, call } = mounted
        const signer = build(mounted, way)
        await call(signer, '/api/segments')
        sandbox[what]('amperity')
        expect((await call(signer, '/api/segments')).status).toBe(200)
        expect(sandbox.count({ ...calls, status: 401 })).toBe(1)
        expect(sandbox.count(tokens)).toBe(2)
      },
    )

    test('a shared host of Amperity is one of its own origins', async () => {
      const mounted = await inProcess()
      const { call } = mounted
      const signer = build(mounted, way)
      for (const host of ['app.amperity.com', 'app-aws-apse2.amperity.com'])
        expect((await call(signer, `https://${host}/api/segments`)).status).toBe(200)
    })
  })

  test('a token that the rotation of its key has deposed goes on for 30 days', async () => {
    const mounted = await open()
    const { sandbox, call, advance } = mounted
    const signer = build(mounted, 'amperity', {
      issuer: { ...mounted.options.amperity.issuer, lifetime: 60 * DAY },
    })
    await call(signer, '/api/segments')
    sandbox.rotate('amperity')
    advance(29 * DAY)
    expect((await call(signer, '/api/segments')).status).toBe(200)
    expect(sandbox.count(tokens)).toBe(1)
  })

  test('issuing asks for a time to live and never rotates', async () => {
    const mounted = await open()
    const { sandbox, call, options, advance } = mounted
    const signer = build(mounted, 'amperity', {
      issuer: { ...options.amperity.issuer, lifetime: 1.5 * HOUR + 500 },
    })
    advance(1)
    await call(signer, '/api/segments')
    const [request] = sandbox.requests
    expect(request).toMatchObject({
      method: 'POST',
      target: `/api/v0/admin/api-keys/${options.amperity.issuer.apiKeyId}/tokens`,
    })
    expect(JSON.parse(new TextDecoder().decode(request?.body))).toEqual({
      'expires-at': '2026-01-01T01:30:00Z',
    })
    expect(request?.headers.get('x-amperity-tenant')).toBe(options.amperity.tenant)
    sandbox.revoke('amperity')
    await call(signer, '/api/segments')
    const targets = sandbox.requests
      .filter((one) => one.endpoint === 'token')
      .map((one) => one.target)
    expect(new Set(targets)).toEqual(new Set([request?.target]))
  })

  test('a JWT that ends sooner than it was asked for is renewed by its own end', async () => {
    const mounted = await open({ lifetimes: { amperity: HOUR / 2 } })
    const { sandbox, call, advance } = mounted
    const signer = build(mounted, 'amperity')
    await call(signer, '/api/segments')
    advance(HOUR / 2)
    expect((await call(signer, '/api/segments')).status).toBe(200)
    expect(sandbox.count({ ...calls, status: 401 })).toBe(0)
    expect(sandbox.count(tokens)).toBe(2)
  })

  test.each(['token', 'access-token', 'access_token', 'jwt', 'json-string', 'bare'] as const)(
    'an issuer that words its answer as %s',
    async (answer) => {
      const mounted = await open({ amperity: { answer } })
      const signer = build(mounted, 'amperity')
      expect((await mounted.call(signer, '/api/segments')).status).toBe(200)
    },
  )

  test('a refused issuer token is a final error that says what to do', async () => {
    const mounted = await open()
    const { sandbox, call, options } = mounted
    sandbox.revoke('amperity', 'credentials')
    const signer = build(mounted, 'amperity')
    const error = await failure<ExchangeError>(call(signer, '/api/segments'))
    expect(error).toMatchObject({
      name: 'ExchangeError',
      code: 'exchange-refused',
      status: 401,
      retryable: false,
      errorDescription:
        'the issuer token was refused, since it has expired or was revoked: create a new one in Amperity, and give that as `issuer.token`; The issuer token is revoked',
    })
    expect(error.message).toContain(error.errorDescription)
    expect(shown(error)).not.toContain(options.amperity.issuer.token)
    await failure(call(signer, '/api/segments'))
    expect(sandbox.count()).toBe(1)
  })

  test('a new issuer token from its source is used at once', async () => {
    const mounted = await open()
    const { options, sandbox, call } = mounted
    const { apiKeyId, token } = options.amperity.issuer
    const given = [jwt({ exp: 1 })]
    const signer = build(mounted, 'amperity', {
      issuer: { apiKeyId, token: () => given.shift() ?? token },
    })
    expect((await call(signer, '/api/segments')).status).toBe(200)
    expect(sandbox.count({ ...tokens, status: 401 })).toBe(1)
    expect(sandbox.count(tokens)).toBe(2)
  })

  test('an unknown API key is an error in the words of Amperity', async () => {
    const mounted = await open()
    const issuer = { ...mounted.options.amperity.issuer, apiKeyId: 'another-key' }
    const error = await failure(
      mounted.call(build(mounted, 'amperity', { issuer }), '/api/segments'),
    )
    expect(error).toMatchObject({ status: 404, errorDescription: 'There is no such API key' })
  })

  test('a wrong client secret is an error that says so', async () => {
    const mounted = await open()
    const clientSecret = 'wrong-secret-of-the-test'
    const signer = build(mounted, 'amperityOAuth', { clientSecret })
    const error = await failure(mounted.call(signer, '/api/segments'))
    expect(error).toMatchObject({ status: 401, error: 'invalid_client', retryable: false })
    expect(shown(error)).not.toContain(clientSecret)
  })

  test('a version of the caller wins, in a header or in the query', async () => {
    const mounted = await open()
    const { sandbox, call } = mounted
    const signer = build(mounted, 'amperityToken')
    await call(signer, '/api/segments', { headers: { 'Api-Version': 'unstable' } })
    await call(signer, '/api/segments?api-version=unstable')
    await call(signer, '/prof/lookup/a/keychain', { headers: { 'api-version': 'unstable' } })
    expect(sandbox.requests.map(({ headers }) => headers.get('api-version'))).toEqual([
      'unstable',
      null,
      'unstable',
    ])
    expect(sandbox.requests.at(-1)?.headers.get('amperity-tenant')).toBe(
      mounted.options.amperityToken.tenant,
    )
  })

  test('a foreign origin gets nothing', async () => {
    const mounted = await open()
    const signer = build(mounted, 'amperity')
    const foreign = 'https://another.amperity.com/api/segments'
    const error = await failure(mounted.call(signer, foreign))
    expect(error).toBeInstanceOf(SigningError)
    expect(error).toMatchObject({ code: 'foreign-origin' })
    expect(mounted.sandbox.count()).toBe(0)
  })

  test('the caller hears of a rate limit, and of a slash too many', async () => {
    const mounted = await open({ amperity: { rateLimit: 1 } })
    const signer = build(mounted, 'amperityToken')
    await mounted.call(signer, '/api/segments')
    expect((await mounted.call(signer, '/api/segments')).status).toBe(429)
    expect((await mounted.call(signer, '/attribute/v0/indexes/loyalty/')).status).toBe(404)
  })
})

describe('a token made in the UI', () => {
  test('from a day before its end on, an event tells how long it still lives', async () => {
    const mounted = await inProcess()
    const { call, events, advance } = mounted
    const signer = build(mounted, 'amperityToken')
    await call(signer, '/api/segments')
    advance(89 * DAY - HOUR)
    await call(signer, '/api/segments')
    expect(events.map(({ type }) => type)).not.toContain('unchanged')
    advance(2 * HOUR)
    for (let i = 0; i < 3; i++) expect((await call(signer, '/api/segments')).status).toBe(200)
    expect(events.filter(({ type }) => type === 'unchanged')).toEqual([
      expect.objectContaining({ remaining: 23 * HOUR, expiresAt: Date.UTC(2026, 3, 1) }),
    ])
    advance(12 * HOUR)
    await call(signer, '/api/segments')
    expect(events.filter(({ type }) => type === 'unchanged')).toHaveLength(2)
  })

  test('after its end, an error says to create a new one', async () => {
    const mounted = await inProcess()
    const signer = build(mounted, 'amperityToken')
    await mounted.call(signer, '/api/segments')
    mounted.advance(90 * DAY)
    const error = await failure(mounted.call(signer, '/api/segments'))
    expect(error).toMatchObject({
      code: 'expired-value',
      retryable: false,
      message:
        'The Amperity token expired at 2026-04-01T00:00:00.000Z. Create a new one in Amperity, and give that as `token`.',
    })
    expect(mounted.sandbox.count()).toBe(1)
  })

  test('its source is asked again when the token is refused', async () => {
    const mounted = await inProcess()
    const { token } = mounted.options.amperityToken
    const given = [jwt({ exp: 4102444800 })]
    const signer = build(mounted, 'amperityToken', { token: async () => given.shift() ?? token })
    expect((await mounted.call(signer, '/api/segments')).status).toBe(200)
    expect(mounted.sandbox.count({ status: 401 })).toBe(1)
  })

  test('refused, with none to follow: the refusal is what the caller gets', async () => {
    const mounted = await inProcess()
    const signer = build(mounted, 'amperityToken')
    mounted.sandbox.revoke('amperity')
    expect((await mounted.call(signer, '/api/segments')).status).toBe(401)
    expect(mounted.sandbox.count()).toBe(1)
  })

  test.each([
    ['opaque', 'an-opaque-token'],
    ['without an end', jwt({ sub: 'x' })],
    ['broken', 'eyJhbGciOiJIUzI1NiJ9.D8.x'],
  ])('one that is %s is used as it is', async (_, token) => {
    const signer = amperity({ tenant: 'acme', token })
    const { headers } = await signer.sign(REQUEST)
    expect(headers.authorization).toBe(`Bearer ${token}`)
  })
})

const REQUEST = { method: 'GET', url: 'https://acme.amperity.com/api/segments', headers: {} }
const ISSUER = { apiKeyId: 'key-1', token: 'issuer-token-of-the-test' }

describe('the undocumented answer of the issuer', () => {
  test('an opaque token ends when it was asked to', async () => {
    const { now, advance } = clock()
    let count = 0
    const { fetch } = stub(() => Response.json({ token: `opaque-${++count}` }))
    const signer = amperity({ tenant: 'acme', issuer: ISSUER, fetch, now })
    const sign = async () => (await signer.sign(REQUEST)).headers.authorization
    expect(await sign()).toBe('Bearer opaque-1')
    advance(40 * 60_000)
    expect(await sign()).toBe('Bearer opaque-1')
    advance(20 * 60_000)
    expect(await sign()).toBe('Bearer opaque-2')
  })

  test('an issuer token that is refused without a word is an error that says what to do', async () => {
    const { fetch } = stub(() => new Response('', { status: 401 }))
    const signer = amperity({ tenant: 'acme', issuer: ISSUER, fetch, retry: { attempts: 1 } })
    await expect(signer.sign(REQUEST)).rejects.toMatchObject({
      code: 'exchange-refused',
      errorDescription: expect.stringMatching(/create a new one .* as `issuer\.token`$/),
    })
  })

  test.each([
    ['nothing', Response.json({})],
    ['a page', new Response('<!doctype html><title>Sign in</title>')],
    ['a number', Response.json(42)],
    ['a token that is no text', Response.json({ token: { a: 1 } })],
  ])('%s is an error that names what was looked for', async (_, answer) => {
    const { fetch } = stub(() => answer)
    const signer = amperity({ tenant: 'acme', issuer: ISSUER, fetch, retry: { attempts: 1 } })
    const error = await failure(async () => signer.sign(REQUEST))
    expect(error).toMatchObject({ code: 'invalid-response' })
    expect(error.message).toMatch(
      /^POST https:\/\/acme\.amperity\.com\/api\/v0\/admin\/api-keys\/key-1\/tokens answered 200, but .*no token, no access-token/,
    )
  })
})

test('a redirect to another origin takes neither token nor tenant along', async () => {
  const mounted = await overHttp()
  const { sandbox, options, call } = mounted
  const signer = build(mounted, 'amperityToken')
  const { baseUrl } = options.angus as { baseUrl?: string }
  sandbox.inject({ ...calls, status: 307, headers: { location: `${baseUrl}/entities` } })
  expect((await call(signer, '/api/segments')).status).toBe(401)
  const [abroad] = sandbox.requests.filter(({ host }) => host === 'data.angus.ai')
  expect(abroad?.target).toContain('/entities')
  for (const name of ['authorization', 'amperity-tenant', 'api-version'])
    expect(abroad?.headers.get(name)).toBeNull()
})

test('a proxy: paths count from the base URL, and its origin is one of our own', async () => {
  const { fetch, requests } = stub(() => Response.json({ token: 'opaque-token', expires_in: 60 }))
  const signer = amperity({
    tenant: 'acme',
    issuer: ISSUER,
    baseUrl: 'https://proxy.example/amperity/',
    origins: ['https://profiles.acme.example'],
    fetch,
  })
  expect(signer.baseUrl).toBe('https://proxy.example/amperity')
  const sign = async (url: string) => (await signer.sign({ ...REQUEST, url })).headers
  expect(await sign('https://proxy.example/amperity/stream/v0/data/x')).toEqual({
    authorization: 'Bearer opaque-token',
    'x-amperity-tenant': 'acme',
  })
  expect(await sign('https://profiles.acme.example/attribute/v0/indexes/x')).toEqual({
    authorization: 'Bearer opaque-token',
    'amperity-tenant': 'acme',
    'api-version': '2025-07-31',
  })
  expect(await sign('https://acme.amperity.com/api/v0/admin/api-keys')).toEqual({
    authorization: 'Bearer opaque-token',
    'x-amperity-tenant': 'acme',
  })
  expect(requests.map(({ url }) => url)).toEqual([
    'https://proxy.example/amperity/api/v0/admin/api-keys/key-1/tokens',
  ])
})

describe('mistakes in the options', () => {
  const tenant = 'acme'
  const token = 'token-of-the-test'
  test.each<[mistake: string, options: object, option: string, words: RegExp]>([
    ['no tenant', { token }, 'tenant', /one label of a host/],
    ['a tenant that is a host', { tenant: 'acme.evil', token }, 'tenant', /one label/],
    ['a tenant that leaves its host', { tenant: 'evil.example/', token }, 'tenant', /one label/],
    ['a tenant with a user', { tenant: 'acme@evil', token }, 'tenant', /one label/],
    ['a tenant with a line break', { tenant: 'acme\r\nx: y', token }, 'tenant', /one label/],
    ['a tenant with an empty edge', { tenant: 'acme-', token }, 'tenant', /one label/],
    ['no credentials', { tenant }, 'token', /or `issuer` or `clientSecret` is missing/],
    ['two kinds', { tenant, token, issuer: ISSUER }, 'issuer', /together with `token`/],
    ['two other kinds', { tenant, issuer: ISSUER, clientSecret: 'x' }, 'clientSecret', /`issuer`/],
    ['a client beside a token', { tenant, token, clientId: 'x' }, 'clientId', /with `token`/],
    ['an empty token', { tenant, token: '' }, 'token', /not an empty string/],
    ['a token with a line break', { tenant, token: 'a\nb' }, 'token', /without line breaks/],
    ['a token with a NUL', { tenant, token: 'a\0b' }, 'token', /visible ASCII/],
    ['a token beyond ASCII', { tenant, token: 'é' }, 'token', /visible ASCII/],
    ['an issuer that is none', { tenant, issuer: 'x' }, 'issuer', /takes an object/],
    ['no API key', { tenant, issuer: { token } }, 'issuer.apiKeyId', /id of an API key/],
    [
      'an API key that leaves its path',
      { tenant, issuer: { apiKeyId: '../rotate', token } },
      'issuer.apiKeyId',
      /id of an API key/,
    ],
    ['no issuer token', { tenant, issuer: { apiKeyId: 'k' } }, 'issuer.token', /not undefined/],
    [
      'a lifetime in seconds',
      { tenant, issuer: { ...ISSUER, lifetime: 60 } },
      'issuer.lifetime',
      /1,000/,
    ],
    [
      'an endless lifetime',
      { tenant, issuer: { ...ISSUER, lifetime: Infinity } },
      'issuer.lifetime',
      /ten years/,
    ],
    [
      'a lifetime that cannot be counted with',
      { tenant, issuer: { ...ISSUER, lifetime: Object.create(null) } },
      'issuer.lifetime',
      /milliseconds/,
    ],
    ['no client', { tenant, clientSecret: 'x' }, 'clientId', /non-empty/],
    ['no client secret', { tenant, clientId: 'x' }, 'token', /clientSecret` is missing/],
    [
      'an empty client secret',
      { tenant, clientId: 'x', clientSecret: '' },
      'clientSecret',
      /empty/,
    ],
    ['an origin over http', { tenant, token, origins: ['http://a.example'] }, 'origins', /https/],
    [
      'one origin that is none',
      { tenant, token, origins: 'acme' },
      'origins',
      /absolute https URL/,
    ],
    ['no origin at all', { tenant, token, origins: ['acme'] }, 'origins', /absolute https URL/],
    [
      'a token endpoint over http',
      { tenant, issuer: ISSUER, tokenEndpoint: 'http://a.example' },
      'tokenEndpoint',
      /https/,
    ],
  ])('%s', (_, options, option, words) => {
    const build = () => amperity(options as AmperityOptions)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option, code: 'invalid-option' }))
    expect(build).toThrow(words)
  })
})
