import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Environment } from '../../src/env.ts'
import { explain } from '../../src/explain/explain.ts'
import type { Explained } from '../../src/explain/explanation.ts'
import type { ServiceName } from '../../src/variables.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const SECRET = 'very secret & + ~ %'
const KALIBRATE = {
  KALIBRATE_TENANT: 'contoso.example',
  KALIBRATE_CLIENT_ID: 'client',
  KALIBRATE_CLIENT_SECRET: SECRET,
  KALIBRATE_SCOPE: 'api://data/.default',
  KALIBRATE_USER_AGENT: 'acme/1.0',
}
const AMPERITY = {
  AMPERITY_TENANT: 'acme',
  AMPERITY_CLIENT_ID: 'client',
  AMPERITY_CLIENT_SECRET: SECRET,
}
const ANGUS = { ANGUS_USERNAME: 'joe', ANGUS_CLIENT_ID: 'client', ANGUS_ACCESS_TOKEN: SECRET }

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object) => `${part({ alg: 'HS256', kid: 'k1' })}.${part(claims)}.c2lnbmF0dXJl`
const seconds = (fromNow: number) => NOW / 1000 + fromNow
const TOKEN = jwt({ iss: 'amperity', exp: seconds(3600), 'internal-secret': 'hush' })
const WITH_TOKEN = { AMPERITY_TENANT: 'acme', AMPERITY_TOKEN: TOKEN }

/** Nobody is contacted: a test that does fails on this. */
const nobody: typeof fetch = () => Promise.reject(new Error('There was contact'))
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
  vi.stubGlobal('fetch', nobody)
  return () => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }
})

function explained(
  service: ServiceName,
  env: Environment,
  place: string,
  { method = 'GET', headers = [] as string[], given = undefined as string | undefined } = {},
): Promise<Explained> {
  return explain(service, { method, place, headers, body: undefined }, env, given)
}

describe('what is put on', () => {
  test.each<[ServiceName, Environment, string, object]>([
    ['kalibrate', KALIBRATE, '/api/status', { 'user-agent': 'acme/1.0' }],
    ['amperity', AMPERITY, '/stream/v0/data/x', { 'x-amperity-tenant': 'acme' }],
    ['amperity', AMPERITY, '/api/v0/admin', { 'x-amperity-tenant': 'acme' }],
    [
      'amperity',
      AMPERITY,
      '/attribute/v0/indexes/x',
      { 'amperity-tenant': 'acme', 'api-version': '2025-07-31' },
    ],
    [
      'amperity',
      AMPERITY,
      '/api/segments',
      { 'amperity-tenant': 'acme', 'api-version': '2024-04-01' },
    ],
    ['amperity', AMPERITY, '/api/segments?api-version=unstable', { 'amperity-tenant': 'acme' }],
    ['angus', ANGUS, '/entities?metrics=category', {}],
  ])('by %s: %s%s', async (service, env, place, own) => {
    const { explanation } = await explained(service, env, place)
    expect(explanation.headers).toEqual({ ...own, authorization: 'Bearer ***' })
  })

  test("the caller's own version wins", async () => {
    const headers = ['Api-Version: unstable']
    const { explanation } = await explained('amperity', AMPERITY, '/api/segments', { headers })
    expect(explanation.headers).not.toHaveProperty('api-version')
  })
})

test('a URL stays as it is written', async () => {
  const { explanation } = await explained('kalibrate', KALIBRATE, '/api/site?query=(a=b)+(limit=1)')
  expect(explanation.url).toBe(
    'https://dev.data.thekalibratecloud.com/api/site?query=(a=b)+(limit=1)',
  )
})

describe('where the token comes from', () => {
  test.each<[string, ServiceName, Environment, string, string]>([
    [
      'client credentials',
      'kalibrate',
      KALIBRATE,
      'POST https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token, with a form',
      'grant_type=client_credentials&scope=api%3A%2F%2Fdata%2F.default&client_id=client&client_secret=***',
    ],
    [
      'elsewhere',
      'kalibrate',
      { ...KALIBRATE, KALIBRATE_TOKEN_ENDPOINT: 'http://127.0.0.1:1/token' },
      'POST http://127.0.0.1:1/token, with a form',
      'grant_type=client_credentials&scope=api%3A%2F%2Fdata%2F.default&client_id=client&client_secret=***',
    ],
    [
      'OAuth 2',
      'amperity',
      AMPERITY,
      'POST https://acme.amperity.com/api/v0/oauth2/token, with a form',
      'grant_type=client_credentials&client_id=client&client_secret=***',
    ],
    [
      'an issuer',
      'amperity',
      { AMPERITY_TENANT: 'acme', AMPERITY_ISSUER_TOKEN: 'issuer-token', AMPERITY_API_KEY_ID: 'id' },
      'POST https://acme.amperity.com/api/v0/admin/api-keys/id/tokens, with JSON',
      '{"expires-at":"2026-11-21T13:00:00Z"}',
    ],
    [
      'a login',
      'angus',
      ANGUS,
      'POST https://console.angus.ai/api-token-authstream/, with JSON',
      '{"username":"joe","client_id":"client","access_token":"***"}',
    ],
  ])('%s', async (_, service, env, about, text) => {
    const { explanation } = await explained(service, env, '/api/x')
    expect(explanation.steps).toEqual([expect.objectContaining({ about, text })])
    expect(JSON.stringify(explanation)).not.toMatch(/very secret|very\+secret|issuer-token/)
  })

  test('an issuer is asked with its own token, masked', async () => {
    const env = {
      AMPERITY_TENANT: 'acme',
      AMPERITY_ISSUER_TOKEN: 'issuer-token',
      AMPERITY_API_KEY_ID: 'id',
    }
    const { explanation } = await explained('amperity', env, '/api/x')
    expect(explanation.steps[0]?.parts).toEqual(
      expect.arrayContaining([
        { name: 'authorization', value: 'Bearer ***' },
        { name: 'x-amperity-tenant', value: 'acme' },
      ]),
    )
  })

  test('the environment: a JWT tells of itself, but not what may be secret', async () => {
    const { explanation } = await explained('amperity', WITH_TOKEN, '/api/x')
    expect(explanation.steps).toEqual([])
    expect(explanation.facts).toEqual([
      { name: 'token', value: '***', about: `AMPERITY_TOKEN: a JWT of ${TOKEN.length} characters` },
      { name: 'alg', value: 'HS256' },
      { name: 'kid', value: 'k1' },
      { name: 'iss', value: 'amperity' },
      { name: 'exp', value: String(seconds(3600)), about: '2026-11-21T13:00:00Z, in 1 h' },
      { name: 'other claims', value: 'internal-secret' },
    ])
    expect(JSON.stringify(explanation)).not.toContain('hush')
  })

  test('the environment: one that has expired is explained all the same', async () => {
    const env = { ...WITH_TOKEN, AMPERITY_TOKEN: jwt({ exp: seconds(-86_400 * 3) }) }
    const { explanation } = await explained('amperity', env, '/api/x')
    expect(explanation.facts.at(-1)?.about).toBe('2026-11-18T12:00:00Z, 3 days ago')
  })

  test.each([['opaque'], ['eyJhbGciOiJIUzI1NiJ9.broken.x'], [jwt({ exp: 1e20, nbf: 'soon' })]])(
    'the environment: %s',
    async (token) => {
      const env = { ...WITH_TOKEN, AMPERITY_TOKEN: token }
      const { explanation } = await explained('amperity', env, '/api/x')
      expect(explanation.facts[0]?.name).toBe('token')
    },
  )
})

describe('a header from elsewhere', () => {
  const compared = async (given: string, service: ServiceName = 'kalibrate') => {
    const env = { ...KALIBRATE, ...WITH_TOKEN, ...ANGUS }
    const { comparison } = await explained(service, env, '/api/x', { given })
    return comparison
  }
  const good = jwt({ exp: seconds(600) })

  test.each<[string, string, RegExp]>([
    ['empty', '', /There is no Authorization header in it/],
    ['of the scheme alone', 'Bearer', /There is no token/],
    ['of the scheme and a space', 'Bearer ', /There is no token/],
    ['without a scheme', good, /There is no scheme: write Bearer and a space/],
    ['of another scheme', `Token ${good}`, /The scheme is Token/],
    ['with a colon', `Bearer: ${good}`, /The scheme is Bearer:/],
    ['with Bearer twice', `Bearer Bearer ${good}`, /Bearer stands there twice/],
    ['with quotes', `Bearer "${good}"`, /quotes around the token/],
    ['with a space too many', `Bearer  ${good}`, /more than one space/],
    [
      'with white space inside',
      `Bearer ${good.slice(0, 20)} ${good.slice(20)}`,
      /white space in the/,
    ],
    [
      'with a line break inside',
      `Bearer ${good.slice(0, 20)}\n${good.slice(20)}`,
      /a line break in it/,
    ],
    ['with a line break behind it', `Bearer ${good}\n`, /ends in a line break/],
    ['of nothing', 'Bearer undefined', /In place of the token stands undefined/],
    ['of an object', 'Bearer [object Promise]', /stands \[object Promise\]/],
    ['of a variable', 'Bearer $TOKEN', /stands \$TOKEN/],
    ['of a template', 'Bearer {{access_token}}', /stands \{\{access_token\}\}/],
    ['of a placeholder', 'Bearer <your token>', /stands <your token>/],
    ['that is cut off', `Bearer ${good.slice(0, 20)}...`, /cut off/],
    ['that is escaped', 'Bearer abc%3D', /escaped as in a URL/],
    ['with a character that cannot be seen', `Bearer \u200b${good}`, /in the token: \\u200b:/],
    [
      'that has expired',
      `Bearer ${jwt({ exp: seconds(-60) })}`,
      /expired 1 min ago, at 2026-11-21T11/,
    ],
    [
      'of tomorrow',
      `Bearer ${jwt({ nbf: seconds(86_400) })}`,
      /not good before 2026-11-22T12:00:00Z, in 24 h/,
    ],
    [
      'without a signature',
      `Bearer ${good.split('.').slice(0, 2).join('.')}`,
      /JWT without its signature/,
    ],
    ['that is damaged', `Bearer ${good.replace('.', '.x')}`, /JWT that cannot be read/],
    [
      'of the secret itself',
      `Bearer ${KALIBRATE.KALIBRATE_CLIENT_ID}`,
      /stands there is KALIBRATE_CLIENT_ID/,
    ],
  ])('%s', async (_, header, says) => {
    const comparison = await compared(header)
    expect(comparison?.verdict).toBe('different')
    expect(comparison?.culprits.map(({ problem, advice }) => `${problem}: ${advice}`)).toEqual(
      expect.arrayContaining([expect.stringMatching(says)]),
    )
  })

  test.each<[string, string]>([
    ['a JWT', `Bearer ${good}`],
    ['an opaque token', 'Bearer 2:abc_DEF-123~x'],
    ['an opaque one that begins like a JWT', `Bearer ${btoa('{"a":1}')}`],
    ['an encrypted JWT', `Bearer ${part({ alg: 'dir', enc: 'A128GCM' })}..aXY.Y2lwaGVy.dGFn`],
    ['a scheme in lower case', `bearer ${good}`],
    ['with its name', `Authorization: Bearer ${good}`],
  ])('%s may be right', async (_, header) => {
    expect(await compared(header)).toMatchObject({ verdict: 'plausible', culprits: [] })
  })

  test('the one in the environment is the same, another one is not', async () => {
    expect(await compared(`Bearer ${TOKEN}`, 'amperity')).toMatchObject({ verdict: 'same' })
    const { verdict, culprits } = { ...(await compared(`Bearer ${good}`, 'amperity')) }
    expect([verdict, culprits?.[0]?.problem]).toEqual([
      'different',
      'The token is not AMPERITY_TOKEN',
    ])
  })
})

test('another origin is none of the service', async () => {
  await expect(explained('angus', ANGUS, 'https://evil.example/x')).rejects.toThrow(
    'https://evil.example is not angus: nothing is signed for it',
  )
})
