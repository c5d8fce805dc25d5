import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { type ExchangeError, OptionError, SigningError } from '@countersign/core'
import { privateKeyJwt } from '@countersign/core/jwt'
import { describe, expect, test, vi } from 'vitest'
import { kalibrate, type KalibrateOptions } from '../src/kalibrate.ts'
import { failure, inProcess, jwt, MINUTE, overBoth, overHttp, shown, stub } from './support.ts'

const tokens = { service: 'kalibrate', endpoint: 'token' } as const
const calls = { service: 'kalibrate', endpoint: 'api' } as const

overBoth((open) => {
  test('obtains a token once, and signs every call with it', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    for (const path of ['/api/status', '/api/site', '/api/price'])
      expect((await call(signer, path)).status).toBe(200)
    expect(sandbox.count(tokens)).toBe(1)
    expect(sandbox.count({ ...calls, status: 200 })).toBe(3)
  })

  test('a hundred calls at once ask for one token', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    const answers = await Promise.all(Array.from({ length: 100 }, () => call(signer, '/api/site')))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(sandbox.count(tokens)).toBe(1)
  })

  test('renews the token after its 3,599 seconds, whatever ext_expires_in says', async () => {
    const { sandbox, options, seams, call, advance } = await open()
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    await call(signer, '/api/status')
    advance(3_599_000)
    expect((await call(signer, '/api/status')).status).toBe(200)
    expect(sandbox.count(tokens)).toBe(2)
    expect(sandbox.count({ ...calls, status: 401 })).toBe(0)
  })

  test('renews it a quarter of an hour early, while calls go on with the old one', async () => {
    const { sandbox, options, seams, call, advance, events } = await open()
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    await call(signer, '/api/status')
    advance(47 * MINUTE)
    expect((await call(signer, '/api/status')).status).toBe(200)
    expect(events).toContainEqual({ type: 'refresh-start', background: true })
    await vi.waitFor(() => expect(sandbox.count({ ...tokens, status: 200 })).toBe(2))
    expect(sandbox.count({ ...calls, status: 200 })).toBe(2)
  })

  test.each(['revoke', 'expire'] as const)(
    'after a %s: one refusal, one new token, and the call succeeds',
    async (what) => {
      const { sandbox, options, seams, call } = await open()
      const signer = kalibrate({ ...options.kalibrate, ...seams })
      await call(signer, '/api/status')
      sandbox[what]('kalibrate')
      expect((await call(signer, '/api/status')).status).toBe(200)
      expect(sandbox.count({ ...calls, status: 401 })).toBe(1)
      expect(sandbox.count(tokens)).toBe(2)
    },
  )

  test('a secret that was rotated is read anew', async () => {
    const { options, seams, call, sandbox } = await open()
    const { clientSecret, ...client } = options.kalibrate
    const secrets = ['an-old-secret', clientSecret]
    const source = () => secrets.shift() as string
    const signer = kalibrate({ ...client, ...seams, clientSecret: source })
    await failure(call(signer, '/api/status'))
    const again = kalibrate({ ...client, ...seams, clientSecret: source })
    secrets.push(clientSecret)
    expect((await call(again, '/api/status')).status).toBe(200)
    expect(sandbox.count({ ...tokens, status: 401 })).toBe(1)
  })

  test('a wrong secret is an error that says so, and shows neither secret', async () => {
    const { options, seams, call, sandbox } = await open()
    const clientSecret = 'wrong-secret-of-the-test'
    const signer = kalibrate({ ...options.kalibrate, ...seams, clientSecret })
    const error = await failure<ExchangeError>(call(signer, '/api/status'))
    expect(error).toMatchObject({
      name: 'ExchangeError',
      code: 'exchange-refused',
      status: 401,
      error: 'invalid_client',
      retryable: false,
    })
    expect(error.errorDescription).toContain('AADSTS7000215')
    expect(error.message).toMatch(
      /^POST http.*\/oauth2\/v2\.0\/token answered 401 \(invalid_client: AADSTS7000215/,
    )
    expect(shown(error)).not.toContain(clientSecret)
    expect(sandbox.count(calls)).toBe(0)
  })

  test('the user agent is on both requests, before the one that the caller or the client sets', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    await call(signer, '/api/status', { headers: { 'User-Agent': 'axios/1.21.0' } })
    await call(signer, '/api/status')
    const agents = sandbox.requests.map(({ headers }) => headers.get('user-agent'))
    expect(agents).toEqual(Array(3).fill(options.kalibrate.userAgent))
  })

  test.each(['PS256', 'RS256'])('a certificate instead of a secret, under %s', async (alg) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const der = randomBytes(64)
    const thumbprint = createHash('sha256').update(der).digest('base64url')
    const { options, seams, call } = await open({
      kalibrate: { certificate: { publicKey, thumbprint } },
    })
    const { clientSecret: _, ...client } = options.kalibrate
    const certificate = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----`
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const clientAuth = privateKeyJwt({ key, alg, certificate })
    const signer = kalibrate({ ...client, ...seams, clientAuth })
    expect((await call(signer, '/api/status')).status).toBe(200)
  })

  test('a foreign origin gets nothing, and no token is fetched for it', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    const error = await failure(call(signer, 'https://data.angus.ai/api/status'))
    expect(error).toBeInstanceOf(SigningError)
    expect(error).toMatchObject({ code: 'foreign-origin' })
    expect(sandbox.count()).toBe(0)
  })

  test('an unavailable token endpoint is tried again', async () => {
    const { sandbox, options, seams, call } = await open()
    sandbox.inject({ ...tokens, statuses: [503, 429] })
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    expect((await call(signer, '/api/status')).status).toBe(200)
    expect(sandbox.count(tokens)).toBe(3)
  })

  test('a token endpoint that redirects is not followed', async () => {
    const { sandbox, options, seams, call } = await open()
    const location = 'https://collector.example/token'
    sandbox.inject({ ...tokens, status: 307, headers: { location } })
    const signer = kalibrate({ ...options.kalibrate, ...seams })
    const error = await failure(call(signer, '/api/status'))
    expect(error).toMatchObject({ code: 'exchange-redirected', retryable: false })
    expect(sandbox.count()).toBe(1)
  })
})

test('a redirect to another origin takes no token along', async () => {
  const { sandbox, options, seams, call } = await overHttp()
  const signer = kalibrate({ ...options.kalibrate, ...seams })
  const { baseUrl } = options.angus as { baseUrl?: string }
  sandbox.inject({ ...calls, status: 302, headers: { location: `${baseUrl}/entities` } })
  await call(signer, '/api/status')
  const [abroad] = sandbox.requests.filter(({ host }) => host === 'data.angus.ai')
  expect(abroad?.target).toContain('/entities')
  expect(abroad?.headers.get('authorization')).toBeNull()
})

test('the plus signs of a query go on the wire as they were written', async () => {
  const { sandbox, options, seams, call } = await overHttp()
  const signer = kalibrate({ ...options.kalibrate, ...seams })
  const response = await call(signer, '/api/price?query=(site=4711)+(limit=1)')
  expect(response.status).toBe(200)
  expect(sandbox.requests.at(-1)?.target).toBe('/api/price?query=(site=4711)+(limit=1)')
})

test('another national cloud, and a tenant that is named by its domain', async () => {
  const { fetch, requests } = stub(() => Response.json({ access_token: 'a.b.c', expires_in: 3599 }))
  const signer = kalibrate({
    ...GOOD,
    tenant: 'fuel.onmicrosoft.us',
    authority: 'login.microsoftonline.us',
    fetch,
  })
  await signer.sign({ method: 'GET', url: `${signer.baseUrl}/api/status`, headers: {} })
  expect(requests.map(({ url }) => url)).toEqual([
    'https://login.microsoftonline.us/fuel.onmicrosoft.us/oauth2/v2.0/token',
  ])
  expect(Object.fromEntries(new URLSearchParams(await requests[0]?.text()))).toEqual({
    grant_type: 'client_credentials',
    client_id: GOOD.clientId,
    client_secret: GOOD.clientSecret,
    scope: GOOD.scope,
  })
})

test('what the status call echoes reaches neither an event nor an error', async () => {
  const { options, seams, call, events } = await inProcess()
  const signer = kalibrate({ ...options.kalibrate, ...seams })
  const { token } = await (await call(signer, '/api/status')).json()
  expect(token).toMatch(/^ey/)
  expect(shown(events)).not.toContain(token)

  const echo = kalibrate({
    ...GOOD,
    fetch: async () =>
      Response.json(
        {
          error: 'invalid_client',
          error_description: `Got ${GOOD.clientSecret}, ${jwt({ a: 1 })}`,
        },
        { status: 401 },
      ),
  })
  const error = await failure(async () =>
    echo.sign({ method: 'GET', url: `${echo.baseUrl}/api/status`, headers: {} }),
  )
  expect(error).toMatchObject({ error: 'invalid_client' })
  expect(shown(error)).not.toContain(GOOD.clientSecret)
  expect(shown(error)).not.toContain(jwt({ a: 1 }))
})

const GOOD = {
  tenant: 'efa98c7b-2114-46e8-be99-954a4f1a2d9c',
  clientId: '0d1c3b2a-1111-4222-8333-944455556666',
  clientSecret: 'kalibrate-secret-of-the-test',
  scope: 'api://dev.data.thekalibratecloud.com/acme/.default',
  userAgent: 'acme-pricing/2.1 (ops@acme.example)',
}

describe('mistakes in the options', () => {
  test.each<[mistake: string, changes: object, option: string, words: RegExp]>([
    ['no tenant', { tenant: undefined }, 'tenant', /GUID or domain name/],
    ['a tenant that leaves its path', { tenant: '../evil' }, 'tenant', /GUID or domain name/],
    ['a tenant with a slash', { tenant: 'acme.com/x' }, 'tenant', /GUID or domain name/],
    ['a tenant with a line break', { tenant: 'acme.com\r\n' }, 'tenant', /GUID or domain name/],
    ['a tenant of many', { tenant: 'common' }, 'tenant', /GUID or domain name/],
    ['an authority with a path', { authority: 'a.example/x' }, 'authority', /host name/],
    ['an authority with a user', { authority: 'x@a.example' }, 'authority', /host name/],
    ['an authority with a port', { authority: 'a.example:1' }, 'authority', /host name/],
    ['no client', { clientId: undefined }, 'clientId', /non-empty/],
    ['an empty client', { clientId: '' }, 'clientId', /not an empty string/],
    ['no secret', { clientSecret: undefined }, 'clientSecret', /or `clientAuth` is missing/],
    ['an empty secret', { clientSecret: '' }, 'clientSecret', /not an empty string/],
    ['a secret that is none', { clientSecret: 42 }, 'clientSecret', /non-empty string/],
    ['secret and certificate', { clientAuth: () => ({}) }, 'clientAuth', /with `clientSecret`/],
    ['no scope', { scope: undefined }, 'scope', /non-empty/],
    ['no user agent', { userAgent: undefined }, 'userAgent', /visible ASCII/],
    ['an empty user agent', { userAgent: '' }, 'userAgent', /not an empty string/],
    ['a line break', { userAgent: 'acme/1\r\nx: y' }, 'userAgent', /without line breaks/],
    ['a NUL', { userAgent: 'acme/1\0' }, 'userAgent', /visible ASCII/],
    ['letters beyond ASCII', { userAgent: 'akmé/1' }, 'userAgent', /visible ASCII/],
    ['an unknown environment', { environment: 'test' }, 'environment', /'production'/],
    ['an unknown host', { environment: 'production' }, 'baseUrl', /does not publish/],
    [
      'a token endpoint over http',
      { tokenEndpoint: 'http://a.example/t' },
      'tokenEndpoint',
      /https/,
    ],
  ])('%s', (_, changes, option, words) => {
    const build = () => kalibrate({ ...GOOD, ...changes } as KalibrateOptions)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option, code: 'invalid-option' }))
    expect(build).toThrow(words)
  })

  test('a clientAuth that is no function', () => {
    const { clientSecret: _, ...client } = GOOD
    const options = { ...client, clientAuth: 'secret' } as unknown as KalibrateOptions
    expect(() => kalibrate(options)).toThrow(/^clientAuth takes a function/)
  })

  test.each([
    'python-requests/2.32.3',
    'node',
    'undici',
    'curl/8.5.0',
    'axios/1.21.0',
    'got (https://github.com/sindresorhus/got)',
    'ky',
    'Go-http-client/2.0',
  ])('the default user agent %s', (userAgent) => {
    expect(() => kalibrate({ ...GOOD, userAgent })).toThrow(/^userAgent takes .*your own program/)
  })

  test.each(['acme/1', 'nodewatch/2.0', 'gotham/1 (curl)', 'kyoto-prices'])(
    'no mistake: the user agent %s',
    (userAgent) => {
      expect(kalibrate({ ...GOOD, userAgent }).baseUrl).toBe(
        'https://dev.data.thekalibratecloud.com',
      )
    },
  )

  test('no mistake: production with its host', () => {
    const baseUrl = 'https://data.kalibrate.example/'
    expect(kalibrate({ ...GOOD, environment: 'production', baseUrl }).baseUrl).toBe(
      'https://data.kalibrate.example',
    )
  })
})
