import { generateKeyPairSync } from 'node:crypto'
import {
  type AccessToken,
  bearer,
  cached,
  type ClientAuth,
  clientCredentials,
  clientSecretBasic,
  clientSecretPost,
  ExchangeError,
  refreshToken,
} from '@countersign/core'
import { jwtExpiry, privateKeyJwt } from '@countersign/core/jwt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API, type OpenIdProvider, openIdProvider } from './support/oidc.ts'

/** RFC 6749 allows visible ASCII and the space: here is what encodings trip over. */
const odd = [
  ['plain', 'secret-of-the-app'],
  ['with space', ' s p a c e '],
  ['a:b', 'colon:and:colon'],
  ['100%', '%41%zz%'],
  ['a+b', '+plus+ plus'],
  ['a&b=c', '&ampersand=equals&'],
  [`!"#$'()*,-./;<>?@[\\]^_\`{|}~`, `~}|{\`_^]\\[@?><;/.-,*)('$#"!`],
] as const

const algorithms = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
const algs = ['ES256', 'RS256', 'PS256'] as const

let provider: OpenIdProvider
beforeAll(async () => {
  const grant_types = ['client_credentials']
  provider = await openIdProvider([
    ...odd.flatMap(([id, client_secret]) =>
      (['client_secret_basic', 'client_secret_post'] as const).map((method) => ({
        client_id: `${id} ${method}`,
        client_secret,
        token_endpoint_auth_method: method,
        grant_types,
      })),
    ),
    ...algs.map((alg) => ({
      client_id: `with ${alg}`,
      token_endpoint_auth_method: 'private_key_jwt' as const,
      token_endpoint_auth_signing_alg: alg,
      jwks: { keys: [{ ...algorithms[alg].publicKey.export({ format: 'jwk' }), kid: alg }] },
      grant_types,
    })),
    {
      client_id: 'an app',
      client_secret: 'secret-of-the-app',
      grant_types: ['refresh_token', 'authorization_code'],
      redirect_uris: ['https://app.example/'],
      response_types: ['code'],
    },
    {
      client_id: 'a public app',
      token_endpoint_auth_method: 'none',
      grant_types: ['refresh_token', 'authorization_code'],
      redirect_uris: ['https://app.example/'],
      response_types: ['code'],
    },
  ])
})
afterAll(() => provider.close())

const credentials = (clientId: string, clientAuth: ClientAuth, changes: object = {}) =>
  clientCredentials({
    tokenEndpoint: provider.tokenEndpoint,
    clientId,
    clientAuth,
    scope: 'read',
    ...changes,
  })
const basic = 'plain client_secret_basic'
const good = clientSecretBasic('secret-of-the-app')

/** What a call failed with. */
const failure = async (failing: Promise<unknown>) => {
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ExchangeError)
  return error as ExchangeError
}

describe('a client proves itself', () => {
  test.each(odd)('by HTTP Basic: %s with %s', async (id, secret) => {
    const clientId = `${id} client_secret_basic`
    const token = await credentials(clientId, clientSecretBasic(secret))()
    await expect(provider.verify(token.token)).resolves.toMatchObject({
      client_id: clientId,
      scope: 'read',
    })
  })

  test.each(odd)('by the form: %s with %s', async (id, secret) => {
    const clientId = `${id} client_secret_post`
    const token = await credentials(clientId, clientSecretPost(secret))()
    await expect(provider.verify(token.token)).resolves.toMatchObject({ client_id: clientId })
  })

  test('by its secret alone, which goes by HTTP Basic', async () => {
    const { token } = await clientCredentials({
      tokenEndpoint: provider.tokenEndpoint,
      clientId: basic,
      clientSecret: async () => 'secret-of-the-app',
    })()
    await expect(provider.verify(token)).resolves.toMatchObject({ client_id: basic })
  })

  test.each(algs)('by an assertion signed with %s', async (alg) => {
    const { privateKey } = algorithms[alg]
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    for (const auth of [
      privateKeyJwt({ key: pem, alg }),
      privateKeyJwt({ key: privateKey, alg, kid: alg }),
      privateKeyJwt({ key: () => pem, alg, audience: provider.issuer, lifetime: 10_000 }),
    ]) {
      const source = credentials(`with ${alg}`, auth)
      for (const { token } of [await source(), await source()]) {
        await expect(provider.verify(token)).resolves.toMatchObject({ client_id: `with ${alg}` })
      }
    }
  })
})

test('a token says when it ends, and so does the provider', async () => {
  const before = Date.now()
  const { token, type, expiresAt = 0 } = await credentials(basic, good)()
  expect(type).toBe('Bearer')
  expect(expiresAt).toBeGreaterThanOrEqual(before + 300_000)
  expect(expiresAt).toBeLessThanOrEqual(Date.now() + 300_000)
  const { exp = 0, aud } = await provider.verify(token)
  expect(jwtExpiry(token)).toBe(exp * 1000)
  expect(aud).toBe(API)
})

describe('a cache in front of it', () => {
  test('asks once for a thousand calls at a time, and hands all of them the same token', async () => {
    const tokens = cached(credentials(basic, good))
    const posts = provider.posts
    const all = await Promise.all(Array.from({ length: 1000 }, () => tokens()))
    expect(provider.posts - posts).toBe(1)
    expect(new Set(all).size).toBe(1)
    await expect(provider.verify((all[0] as AccessToken).token)).resolves.toBeDefined()
  })

  test('asks once more when its token is refused by a thousand, or has run out', async () => {
    let ahead = 0
    const now = () => Date.now() + ahead
    const tokens = cached(credentials(basic, good, { now }), { now })
    const posts = provider.posts
    const refused = await tokens()
    const renewed = await Promise.all(Array.from({ length: 1000 }, () => tokens({ refused })))
    expect(provider.posts - posts).toBe(2)
    expect(new Set(renewed).size).toBe(1)
    expect(renewed[0]?.token).not.toBe(refused.token)

    ahead = 301_000
    const next = await Promise.all(Array.from({ length: 1000 }, () => tokens()))
    expect(provider.posts - posts).toBe(3)
    expect(new Set([refused, renewed[0], ...next].map((each) => each?.token)).size).toBe(3)
  })

  test('asks once when a thousand are told that the secret is wrong, and soon after not at all', async () => {
    const now = () => 1_800_000_000_000
    const tokens = cached(credentials(basic, clientSecretBasic('wrong')), { now })
    const posts = provider.posts
    const failed = await Promise.allSettled(Array.from({ length: 1000 }, () => tokens()))
    expect(new Set(failed.map(({ status }) => status))).toEqual(new Set(['rejected']))
    await expect(async () => tokens()).rejects.toMatchObject({ error: 'invalid_client' })
    expect(provider.posts - posts).toBe(1)
  })

  test('signs requests', async () => {
    const signer = bearer(cached(credentials(basic, good)))
    const { headers } = await signer.sign({
      method: 'GET',
      url: 'https://api.example/',
      headers: {},
    })
    const [, token = ''] = headers.authorization?.split(' ') ?? []
    await expect(provider.verify(token)).resolves.toMatchObject({ scope: 'read' })
  })
})

describe('the provider refuses, and the error says what', () => {
  const { privateKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const es256 = (changes: object = {}) =>
    privateKeyJwt({ key: algorithms.ES256.privateKey, alg: 'ES256', ...changes })

  test.each([
    ['a wrong secret', basic, () => clientSecretBasic('wrong secret'), {}, 401, 'invalid_client'],
    [
      'a wrong secret in the form',
      'plain client_secret_post',
      () => clientSecretPost('wrong'),
      {},
      401,
      'invalid_client',
    ],
    ['an unknown client', 'nobody', () => good, {}, 401, 'invalid_client'],
    ['another key', 'with ES256', () => es256({ key: other }), {}, 401, 'invalid_client'],
    [
      'another algorithm',
      'with RS256',
      () => privateKeyJwt({ key: algorithms.RS256.privateKey, alg: 'PS256' }),
      {},
      401,
      'invalid_client',
    ],
    [
      'an assertion for somebody else',
      'with ES256',
      () => es256({ audience: 'https://other.example' }),
      {},
      401,
      'invalid_client',
    ],
    [
      'an assertion of the past',
      'with ES256',
      () => es256(),
      { now: () => Date.now() - 3_600_000 },
      401,
      'invalid_client',
    ],
    ['an unknown resource', basic, () => good, { resource: 'not a uri' }, 400, 'invalid_target'],
    ['a client that may not', 'an app', () => good, {}, 400, 'invalid_request'],
  ] as [string, string, () => ClientAuth, object, number, string][])(
    '%s',
    async (_, clientId, auth, changes, status, error) => {
      const posts = provider.posts
      const refused = await failure(Promise.resolve(credentials(clientId, auth(), changes)()))
      expect(refused).toMatchObject({ code: 'exchange-refused', status, error, retryable: false })
      expect(refused.message).toContain(`POST ${provider.tokenEndpoint} answered ${status}`)
      expect(refused.message).not.toContain('secret-of-the-app')
      expect(provider.posts - posts).toBe(1)
    },
  )

  test('an assertion that was used before', async () => {
    const once = await es256()({
      clientId: 'with ES256',
      tokenEndpoint: provider.tokenEndpoint,
      now: Date.now(),
    })
    const source = credentials('with ES256', () => once)
    await expect(source()).resolves.toBeDefined()
    await expect(source()).rejects.toMatchObject({ status: 401, error: 'invalid_client' })
  })

  test('nothing for a scope that it does not know: the token has what it has', async () => {
    const { token } = await credentials(basic, good, { scope: 'read rule-the-world' })()
    await expect(provider.verify(token)).resolves.toMatchObject({ scope: 'read' })
  })
})

describe('a refresh token', () => {
  const refreshing = (first: string, changes: object = {}) => {
    const told: string[] = []
    const source = refreshToken({
      tokenEndpoint: provider.tokenEndpoint,
      clientId: 'an app',
      clientSecret: 'secret-of-the-app',
      refreshToken: first,
      onRefreshToken: (next: string) => void told.push(next),
      ...changes,
    })
    return { told, source }
  }

  test('is rotated with each access token, and followed', async () => {
    const first = await provider.consent('an app')
    const { told, source } = refreshing(first, { scope: 'read' })
    for (let n = 0; n < 4; n++) {
      const { token } = await source()
      await expect(provider.verify(token)).resolves.toMatchObject({
        sub: 'the user',
        client_id: 'an app',
        scope: 'read',
      })
    }
    expect(new Set([first, ...told]).size).toBe(5)
  })

  test('is used once by a thousand calls at a time: the grant survives', async () => {
    const { told, source } = refreshing(await provider.consent('an app'))
    const tokens = cached(source)
    const posts = provider.posts
    for (let round = 1; round <= 3; round++) {
      const current = tokens.peek()
      const all = await Promise.all(
        Array.from({ length: 1000 }, () => tokens(current && { refused: current })),
      )
      expect(new Set(all).size).toBe(1)
      expect(provider.posts - posts).toBe(round)
    }
    expect(told).toHaveLength(3)
  })

  test('of a public client needs no secret', async () => {
    const { source } = refreshing(await provider.consent('a public app'), {
      clientId: 'a public app',
      clientSecret: undefined,
    })
    for (const { token } of [await source(), await source()]) {
      await expect(provider.verify(token)).resolves.toMatchObject({ client_id: 'a public app' })
    }
  })

  test('goes on from where it was stored', async () => {
    const { told, source } = refreshing(await provider.consent('an app'))
    await source()
    const later = refreshing(told[0] as string)
    await expect(later.source()).resolves.toBeDefined()
    expect(later.told).toHaveLength(1)
  })

  test('that was used already costs the whole grant, and the error is final', async () => {
    const first = await provider.consent('an app')
    const { told, source } = refreshing(first)
    await source()

    const reused = await failure(Promise.resolve(refreshing(first).source()))
    expect(reused).toMatchObject({ status: 400, error: 'invalid_grant', retryable: false })
    expect(String(reused.stack)).not.toContain(first)

    const revoked = await failure(Promise.resolve(source()))
    expect(revoked).toMatchObject({ error: 'invalid_grant' })
    expect(told).toHaveLength(1)
  })

  test('of another client, or of nobody, is refused', async () => {
    const first = await provider.consent('a public app')
    for (const wrong of [first, 'made-up-refresh-token']) {
      const refused = await failure(Promise.resolve(refreshing(wrong).source()))
      expect(refused).toMatchObject({ status: 400, error: 'invalid_grant' })
      expect(refused.message).not.toContain(wrong)
    }
  })
})
