import {
  type AccessToken,
  type AwsCredentials,
  apiKey,
  basic,
  bearer,
  type CachedProvider,
  type CacheEvent,
  cached,
  type ClientAuth,
  type ClientCredentialsOptions,
  clientCredentials,
  clientSecretBasic,
  clientSecretPost,
  compose,
  type CountersignErrorCode,
  ExchangeError,
  exchange,
  header,
  type MaybePromise,
  OptionError,
  type Provider,
  type Refusal,
  refreshToken,
  type SecretSource,
  type SignableRequest,
  type Signature,
  type Signer,
  SigningError,
  signedFetch,
  userAgent,
  within,
} from '@countersign/core'
import {
  explain as explainHmac,
  hmac,
  type HmacExplanation,
  type HmacPart,
  type HmacScheme,
} from '@countersign/core/hmac'
import { jwtExpiry, privateKeyJwt } from '@countersign/core/jwt'
import {
  explain,
  type PresignOptions,
  presign,
  type Sigv4Explanation,
  sigv4,
} from '@countersign/core/sigv4'
import { describe, expectTypeOf, test } from 'vitest'

declare const token: AccessToken
declare const aws: AwsCredentials
declare const auth: ClientAuth
declare const signer: Signer
const tokenEndpoint = 'https://id.example/token'
const clientId = 'app'

test('nothing that is exported is any', () => {
  expectTypeOf(bearer).not.toBeAny()
  expectTypeOf(bearer).returns.toEqualTypeOf<Signer>()
  expectTypeOf(header).returns.toEqualTypeOf<Signer>()
  expectTypeOf(userAgent).returns.toEqualTypeOf<Signer>()
  expectTypeOf(basic).returns.toEqualTypeOf<Signer>()
  expectTypeOf(apiKey).returns.toEqualTypeOf<Signer>()
  expectTypeOf(compose).returns.toEqualTypeOf<Signer>()
  expectTypeOf(within).returns.toEqualTypeOf<Signer>()
  expectTypeOf(hmac).returns.toEqualTypeOf<Signer>()
  expectTypeOf(sigv4).returns.toEqualTypeOf<Signer>()
  expectTypeOf(presign).returns.toEqualTypeOf<MaybePromise<string>>()
  expectTypeOf(explain).returns.toEqualTypeOf<MaybePromise<Sigv4Explanation>>()
  expectTypeOf(clientCredentials).returns.toEqualTypeOf<Provider<AccessToken>>()
  expectTypeOf(refreshToken).returns.toEqualTypeOf<Provider<AccessToken>>()
  expectTypeOf(clientSecretBasic).returns.toEqualTypeOf<ClientAuth>()
  expectTypeOf(clientSecretPost).returns.toEqualTypeOf<ClientAuth>()
  expectTypeOf(privateKeyJwt).returns.toEqualTypeOf<ClientAuth>()
  expectTypeOf(jwtExpiry).toEqualTypeOf<(token: string) => number | undefined>()
  expectTypeOf<SecretSource>().toEqualTypeOf<string | (() => MaybePromise<string>)>()
})

describe('Signer', () => {
  test('is what signs, and may recover', () => {
    expectTypeOf<{ sign(): Signature }>().toExtend<Signer>()
    expectTypeOf<{ sign(request: SignableRequest): Promise<Signature> }>().toExtend<Signer>()
    expectTypeOf<{ sign(): Signature; recover(): Promise<boolean> }>().toExtend<Signer>()
    expectTypeOf<{ sign(): Signature; recover(refusal: Refusal): boolean }>().toExtend<Signer>()
    expectTypeOf<{ sign(): string }>().not.toExtend<Signer>()
    expectTypeOf<{ sign(): Signature; refusals: string[] }>().not.toExtend<Signer>()
    expectTypeOf<() => Signature>().not.toExtend<Signer>()
  })

  test('gets a request that it cannot change', () => {
    const sign: Signer['sign'] = (request) => {
      expectTypeOf(request).toEqualTypeOf<SignableRequest>()
      // @ts-expect-error: read-only
      request.url = 'https://evil.example/'
      // @ts-expect-error: read-only
      request.headers.authorization = 'x'
      return { headers: {} }
    }
    expectTypeOf(sign).returns.toEqualTypeOf<MaybePromise<Signature>>()
  })
})

describe('bearer', () => {
  test('takes a token, a function or a provider', () => {
    bearer('t')
    bearer(() => 't')
    bearer(async () => 't')
    bearer(() => token)
    bearer(async () => token)
    bearer(({ refused, signal } = {}) => {
      expectTypeOf(refused).not.toBeAny()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal | undefined>()
      return token
    })
    bearer(cached(() => token))
    bearer(cached(async () => ({ token: 't' })))
    bearer(cached(async ({ refused } = {}) => ({ token: refused ? 'b' : 'a', expiresAt: 1 })))
    bearer(clientCredentials({ tokenEndpoint, clientId, clientSecret: 's' }))
  })

  test('takes nothing else', () => {
    expectTypeOf(bearer).parameter(0).not.toBeAny()
    // @ts-expect-error: no token
    bearer()
    // @ts-expect-error: a token, not an object with one
    bearer(token)
    // @ts-expect-error: credentials of another kind
    bearer(cached(() => aws))
    // @ts-expect-error: no token in it
    bearer(() => ({ access_token: 't' }))
    // @ts-expect-error: a number
    bearer(() => 7)
  })
})

describe('sigv4', () => {
  const s3 = { region: 'us-east-1', service: 's3' }

  test('takes credentials, or whatever provides them', () => {
    sigv4({ ...s3, credentials: aws })
    sigv4({ ...s3, credentials: () => aws })
    sigv4({ ...s3, credentials: async () => aws })
    sigv4({ ...s3, credentials: cached(() => aws) })
    sigv4({ ...s3, credentials: cached(async () => ({ ...aws, expiresAt: 1, s3Path: 's3://b' })) })
    // As a provider of the AWS SDK has it.
    sigv4({ ...s3, credentials: async () => ({ ...aws, expiration: new Date() }) })
    sigv4({
      ...s3,
      credentials: ({ refused, signal } = {}) => {
        expectTypeOf(refused).toEqualTypeOf<AwsCredentials | undefined>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal | undefined>()
        return aws
      },
    })
  })

  test('takes nothing else', () => {
    // @ts-expect-error: no credentials
    sigv4(s3)
    // @ts-expect-error: no region
    sigv4({ credentials: aws, service: 's3' })
    // @ts-expect-error: credentials of another kind
    sigv4({ ...s3, credentials: cached(() => token) })
    // @ts-expect-error: no secret
    sigv4({ ...s3, credentials: { accessKeyId: 'a' } })
    // @ts-expect-error: no lifetime
    presign({ ...s3, credentials: aws, url: 'https://b.s3.amazonaws.com/key' })
    // @ts-expect-error: a text
    sigv4({ ...s3, credentials: aws, unsignedPayload: 'yes' })
    expectTypeOf<PresignOptions['url']>().toEqualTypeOf<string | URL>()
  })
})

describe('a provider of tokens', () => {
  test('takes a secret or an authentication', () => {
    clientCredentials({ tokenEndpoint, clientId, clientSecret: 's' })
    clientCredentials({ tokenEndpoint: new URL(tokenEndpoint), clientId, clientSecret: () => 's' })
    clientCredentials({ tokenEndpoint, clientId, clientSecret: async () => 's', scope: 'read' })
    clientCredentials({ tokenEndpoint, clientId, clientAuth: auth })
    clientCredentials({ tokenEndpoint, clientId, clientAuth: clientSecretPost('s') })
    clientCredentials({
      tokenEndpoint,
      clientId,
      clientAuth: () => ({ headers: { authorization: 'x' } }),
    })
    clientCredentials({
      tokenEndpoint,
      clientId,
      clientAuth: async ({ clientId, tokenEndpoint, now }) => {
        expectTypeOf(clientId).toEqualTypeOf<string>()
        expectTypeOf(tokenEndpoint).toEqualTypeOf<string>()
        expectTypeOf(now).toEqualTypeOf<number>()
        return { form: { client_id: clientId } }
      },
    })
  })

  test('takes one of them only', () => {
    // @ts-expect-error: both
    clientCredentials({ tokenEndpoint, clientId, clientSecret: 's', clientAuth: auth })
    // @ts-expect-error: neither
    clientCredentials({ tokenEndpoint, clientId })
    // @ts-expect-error: not a secret
    clientCredentials({ tokenEndpoint, clientId, clientSecret: 7 })
    // @ts-expect-error: a misspelt option
    clientCredentials({ tokenEndpoint, clientId, clientSecret: 's', scopes: ['read'] })
    // @ts-expect-error: no endpoint
    clientCredentials({ clientId, clientSecret: 's' })
    expectTypeOf<{
      tokenEndpoint: string
      clientId: string
      clientSecret: string
      clientAuth: ClientAuth
    }>().not.toExtend<ClientCredentialsOptions>()
  })

  test('from a refresh token may do without both, not with both', () => {
    refreshToken({ tokenEndpoint, clientId, refreshToken: 'r' })
    refreshToken({ tokenEndpoint, clientId, refreshToken: () => 'r', clientSecret: 's' })
    refreshToken({ tokenEndpoint, clientId, refreshToken: async () => 'r', clientAuth: auth })
    refreshToken({
      tokenEndpoint,
      clientId,
      refreshToken: 'r',
      onRefreshToken: (next) => expectTypeOf(next).toEqualTypeOf<string>(),
    })
    // @ts-expect-error: both
    refreshToken({
      tokenEndpoint,
      clientId,
      refreshToken: 'r',
      clientSecret: 's',
      clientAuth: auth,
    })
    // @ts-expect-error: no refresh token
    refreshToken({ tokenEndpoint, clientId, clientSecret: 's' })
  })
})

describe('exchange', () => {
  const url = 'https://api.example/tokens'

  test('provides what its reader reads', () => {
    const provider = exchange({ url, read: () => aws })
    expectTypeOf(provider).toEqualTypeOf<Provider<AwsCredentials>>()
    const own = exchange({
      url,
      read: (_, { startedAt }) => ({ token: 't', expiresAt: startedAt }),
    })
    expectTypeOf(own).toEqualTypeOf<Provider<{ token: string; expiresAt: number }>>()
    bearer(cached(own))
  })

  test('hands its reader what JSON can be', () => {
    const provider = exchange({
      url,
      read(body, { headers, status }) {
        expectTypeOf(body).not.toBeAny()
        expectTypeOf(headers).toEqualTypeOf<Headers>()
        expectTypeOf(status).toEqualTypeOf<number>()
        // @ts-expect-error: it may be anything
        return body.token
      },
    })
    expectTypeOf(provider).not.toBeAny()
  })

  test('takes a form or JSON, or neither', () => {
    exchange({ url, form: { a: 'b', c: undefined }, read: () => token })
    exchange({ url, form: () => ({ a: 'b' }), read: () => token })
    exchange({ url, form: async () => ({ a: 'b' }), read: () => token })
    exchange({ url, json: { a: [1, null, { b: true }] }, read: () => token })
    exchange({ url, json: () => ({ at: 1 }), read: () => token })
    exchange({ url, json: async () => 'text', read: () => token })
    const bodiless = exchange({ url, method: 'PUT', signer, read: () => token })
    expectTypeOf(bodiless).toEqualTypeOf<Provider<AccessToken>>()
  })

  test('takes nothing else', () => {
    expectTypeOf(exchange).parameter(0).not.toBeAny()
    // @ts-expect-error: both
    exchange({ url, form: { a: 'b' }, json: { a: 'b' }, read: () => token })
    // @ts-expect-error: a form has texts
    exchange({ url, form: { a: 1 }, read: () => token })
    // @ts-expect-error: no JSON
    exchange({ url, json: { at: new Date() }, read: () => token })
    // @ts-expect-error: no JSON
    exchange({ url, json: 1n, read: () => token })
    // @ts-expect-error: nothing to read it
    exchange({ url })
    // @ts-expect-error: no URL
    exchange({ read: () => token })
  })
})

describe('cached', () => {
  test('provides what its source does', () => {
    const declared: Provider<AccessToken> = () => token
    expectTypeOf(cached(declared)).toEqualTypeOf<CachedProvider<AccessToken>>()
    expectTypeOf(cached(async () => aws)).toEqualTypeOf<CachedProvider<AwsCredentials>>()
    expectTypeOf(cached(() => ({ token: 't' }))).toEqualTypeOf<CachedProvider<{ token: string }>>()
    const own = cached(async () => ({ key: 'k', expiresAt: 1 }))
    expectTypeOf(own).toEqualTypeOf<CachedProvider<{ key: string; expiresAt: number }>>()
    expectTypeOf(own.peek()).toEqualTypeOf<{ key: string; expiresAt: number } | undefined>()
    expectTypeOf(own()).not.toBeAny()
    expectTypeOf<CachedProvider<AccessToken>>().toExtend<Provider<AccessToken>>()
  })

  test('takes no source of what cannot end', () => {
    expectTypeOf(cached).parameter(0).not.toBeAny()
    // @ts-expect-error: a text has no end
    cached(async () => 't')
    // @ts-expect-error: an instant in ms
    cached(async () => ({ token: 't', expiresAt: '2026-11-21' }))
    // @ts-expect-error: an instant in ms
    cached(() => ({ token: 't', expiresAt: new Date() }))
    // @ts-expect-error: a value, not a source
    cached(token)
    // @ts-expect-error: a misspelt option
    cached(() => token, { advisory: 1 })
  })

  test('tells events by their type', () => {
    const cache = cached(() => token, {
      onEvent(event) {
        expectTypeOf(event).toEqualTypeOf<CacheEvent>()
        if (event.type === 'refresh-ok') expectTypeOf(event.duration).toEqualTypeOf<number>()
        if (event.type === 'refresh-failed') expectTypeOf(event.code).toEqualTypeOf<string>()
        // @ts-expect-error: not every event has one
        return event.code
      },
    })
    expectTypeOf(cache).toEqualTypeOf<CachedProvider<AccessToken>>()
  })
})

describe('signedFetch', () => {
  test('is a fetch', () => {
    expectTypeOf(signedFetch(signer)).toExtend<typeof fetch>()
    const drop: typeof fetch = signedFetch(signer, { fetch, allowInsecure: true, buffer: 1024 })
    expectTypeOf(drop).returns.toEqualTypeOf<Promise<Response>>()
    signedFetch(signer, { fetch: signedFetch(signer) })
  })

  test('takes a signer for one call', () => {
    const api = signedFetch(signer)
    expectTypeOf(api('https://api.example/', { signer: false })).toEqualTypeOf<Promise<Response>>()
    api(new URL('https://api.example/'), { method: 'POST', signer: bearer('t') })
    api(new Request('https://api.example/'))
    // @ts-expect-error: `false` alone is no signer
    api('https://api.example/', { signer: true })
    // @ts-expect-error: a token is no signer
    api('https://api.example/', { signer: 't' })
    // @ts-expect-error: a fetch, not a response
    signedFetch(signer, { fetch: new Response() })
    // @ts-expect-error: no signer
    signedFetch({ headers: {} })
  })
})

describe('other signers', () => {
  test('take their own options', () => {
    expectTypeOf(header('x-key', () => 'k')).toEqualTypeOf<Signer>()
    basic({ username: 'u', password: async () => 'p' })
    apiKey({ in: 'query', name: 'key', key: 'k' })
    within('https://api.example', signer)
    within([new URL('https://api.example'), 'https://b.example'] as const, signer)
    compose(signer, bearer('t'))
    // @ts-expect-error: no value
    header('x-key')
    // @ts-expect-error: no secret for a name
    userAgent(() => 'acme')
    // @ts-expect-error: no password
    basic({ username: 'u' })
    // @ts-expect-error: a header or the query
    apiKey({ in: 'cookie', name: 'key', key: 'k' })
    // @ts-expect-error: no signer
    within('https://api.example')
    // @ts-expect-error: no signer
    compose(token)
  })
})

describe('hmac', () => {
  const scheme = { secret: 's', message: ['method'], headers: { s: '{signature}' } } as const

  test('takes the parts that a message has', () => {
    hmac(scheme)
    hmac({ ...scheme, message: ['body', { header: 'date' }, { text: '\n' }] })
    hmac({ ...scheme, message: ['bodyHash'], body: { hash: 'md5', encoding: 'hex', empty: '' } })
    const message: HmacPart[] = ['id', 'method', 'url', 'host', 'target', 'path', 'query']
    hmac({ ...scheme, message: [...message, 'timestamp', 'nonce'], secret: async () => 's' })
    expectTypeOf<'target'>().toExtend<HmacPart>()
    expectTypeOf<{ text: string }>().toExtend<HmacPart>()
    expectTypeOf<'signature'>().not.toExtend<HmacPart>()
    expectTypeOf<{ text: string; header: string }>().not.toExtend<HmacPart>()
    expectTypeOf<HmacScheme['nonce']>().toEqualTypeOf<(() => string) | undefined>()
  })

  test('takes no others', () => {
    expectTypeOf(hmac).parameter(0).toEqualTypeOf<HmacScheme>()
    // @ts-expect-error: no such part
    hmac({ ...scheme, message: ['verb'] })
    // @ts-expect-error: two parts in one
    hmac({ ...scheme, message: [{ header: 'a', text: 'b' }] })
    // @ts-expect-error: no such hash
    hmac({ ...scheme, hash: 'sha512/256' })
    // @ts-expect-error: no such encoding
    hmac({ ...scheme, encoding: 'utf8' })
    // @ts-expect-error: no such format
    hmac({ ...scheme, timestamp: 'seconds' })
    // @ts-expect-error: a rule has a hash
    hmac({ ...scheme, body: { encoding: 'hex' } })
    // @ts-expect-error: no secret
    hmac({ message: ['method'], headers: {} })
    // @ts-expect-error: no nonce can be promised
    hmac({ ...scheme, nonce: async () => 'n' })
  })

  test('explains what it takes', () => {
    const request = { method: 'GET', url: 'https://api.example/', headers: {} }
    expectTypeOf(explainHmac(scheme, request)).toEqualTypeOf<
      HmacExplanation | Promise<HmacExplanation>
    >()
    expectTypeOf(explainHmac).parameters.toEqualTypeOf<[HmacScheme, SignableRequest]>()
  })
})

describe('privateKeyJwt', () => {
  test('takes a key in every form', async () => {
    const { privateKey } = await crypto.subtle.generateKey(
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['sign'],
    )
    const { createPrivateKey } = await import('node:crypto')
    expectTypeOf(privateKeyJwt({ key: 'PEM', alg: 'ES256' })).toEqualTypeOf<ClientAuth>()
    privateKeyJwt({ key: privateKey, alg: 'ES256' })
    privateKeyJwt({ key: createPrivateKey('PEM'), alg: 'ES256' })
    privateKeyJwt({ key: { kty: 'EC', crv: 'P-256', x: '', y: '', d: '' }, alg: 'ES256' })
    privateKeyJwt({ key: async () => privateKey, alg: 'ES256', kid: 'k', lifetime: 60_000 })
    // @ts-expect-error: no key
    privateKeyJwt({ alg: 'ES256' })
    // @ts-expect-error: no algorithm
    privateKeyJwt({ key: 'PEM' })
    // @ts-expect-error: bytes
    privateKeyJwt({ key: new Uint8Array(), alg: 'ES256' })
  })
})

describe('errors', () => {
  test('have a code of one union', () => {
    expectTypeOf<SigningError['code']>().toEqualTypeOf<CountersignErrorCode>()
    expectTypeOf<ExchangeError['code']>().toEqualTypeOf<CountersignErrorCode>()
    expectTypeOf<OptionError['code']>().toEqualTypeOf<CountersignErrorCode>()
    expectTypeOf<CountersignErrorCode>().not.toBeAny()
    expectTypeOf<string>().not.toExtend<CountersignErrorCode>()
    expectTypeOf<'foreign-origin' | 'invalid-option'>().toExtend<CountersignErrorCode>()
  })

  test('tell what an endpoint said', () => {
    const error = new ExchangeError('exchange-refused', '', { retryable: false })
    expectTypeOf(error.status).toEqualTypeOf<number | undefined>()
    expectTypeOf(error.error).toEqualTypeOf<string | undefined>()
    expectTypeOf(error.retryable).toEqualTypeOf<boolean>()
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>()
    expectTypeOf<OptionError>().toExtend<TypeError>()
    expectTypeOf<SigningError>().not.toExtend<OptionError>()
  })
})
