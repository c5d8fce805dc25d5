import { type AwsCredentials, bearer, type Provider, type Signer } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { privateKeyJwt } from '@countersign/core/jwt'
import { amperity } from '@countersign/services/amperity'
import { angus } from '@countersign/services/angus'
import { kalibrate } from '@countersign/services/kalibrate'
import { epiHmac, optimizelyDxp } from '@countersign/services/optimizelyDxp'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'
import { createSandbox } from '@countersign/testing'
import { listen } from '@countersign/testing/server'
import { expectTypeOf, test } from 'vitest'

const secret = async () => 'secret'

test('kalibrate', () => {
  const client = { tenant: 'acme.com', clientId: 'c', scope: 's', userAgent: 'acme/1' }
  expectTypeOf(kalibrate({ ...client, clientSecret: 's' })).toExtend<Signer>()
  expectTypeOf(kalibrate({ ...client, clientSecret: secret }).baseUrl).toEqualTypeOf<string>()
  kalibrate({ ...client, clientAuth: privateKeyJwt({ key: 'pem', alg: 'PS256' }) })
  kalibrate({
    ...client,
    clientSecret: 's',
    environment: 'production',
    baseUrl: 'https://a.example',
  })
  kalibrate({ ...client, clientSecret: 's', fetch, now: Date.now, timeout: 1, onEvent: () => {} })

  // @ts-expect-error a secret and a certificate
  kalibrate({ ...client, clientSecret: 's', clientAuth: () => ({}) })
  // @ts-expect-error neither
  kalibrate(client)
  // @ts-expect-error no user agent
  kalibrate({ tenant: 'acme.com', clientId: 'c', scope: 's', clientSecret: 's' })
  // @ts-expect-error an unknown environment
  kalibrate({ ...client, clientSecret: 's', environment: 'staging' })
  // @ts-expect-error an option of another name
  kalibrate({ ...client, clientSecret: 's', user_agent: 'acme/1' })
})

test('amperity', () => {
  const tenant = 'acme'
  const issuer = { apiKeyId: 'k', token: 't' }
  expectTypeOf(amperity({ tenant, token: 't' })).toExtend<Signer & { baseUrl: string }>()
  amperity({ tenant, token: secret, origins: ['https://a.example', new URL('https://b.example')] })
  amperity({ tenant, issuer })
  amperity({ tenant, issuer: { ...issuer, token: secret, lifetime: 60_000 } })
  amperity({ tenant, clientId: 'c', clientSecret: 's' })

  // @ts-expect-error two kinds of credentials
  amperity({ tenant, token: 't', issuer })
  // @ts-expect-error two other kinds
  amperity({ tenant, issuer, clientId: 'c', clientSecret: 's' })
  // @ts-expect-error half of one and half of another
  amperity({ tenant, token: 't', clientId: 'c' })
  // @ts-expect-error none
  amperity({ tenant })
  // @ts-expect-error no secret
  amperity({ tenant, clientId: 'c' })
  // @ts-expect-error no API key
  amperity({ tenant, issuer: { token: 't' } })
  // @ts-expect-error no tenant
  amperity({ token: 't' })
})

test('angus', () => {
  const signer = angus({ username: 'u', clientId: 'c', accessToken: secret })
  expectTypeOf(signer).toExtend<Signer & { baseUrl: string }>()
  expectTypeOf(signer.nextPage).parameter(0).toEqualTypeOf<string | null | undefined>()
  expectTypeOf(signer.nextPage(null)).toEqualTypeOf<string | undefined>()

  // @ts-expect-error no access token
  angus({ username: 'u', clientId: 'c' })
  // @ts-expect-error what it has is not changed
  signer.baseUrl = 'https://a.example'
})

test('optimizelyDxp', () => {
  expectTypeOf(optimizelyDxp({ key: 'k', secret: 's' })).toExtend<Signer & { baseUrl: string }>()
  optimizelyDxp({ key: 'k', secret, now: () => 0, nonce: () => 'n', fetch, timeout: 1 })
  expectTypeOf(hmac(epiHmac({ key: 'k', secret: 's' }))).toEqualTypeOf<Signer>()

  // @ts-expect-error no secret
  optimizelyDxp({ key: 'k' })
})

test('optimizelyEvents', () => {
  const { credentials, region, location } = optimizelyEvents({ token: 't', duration: '15m' })
  expectTypeOf(credentials).toExtend<Provider<AwsCredentials>>()
  expectTypeOf(credentials).returns.resolves.toHaveProperty('s3Path').toEqualTypeOf<string>()
  expectTypeOf(region).toEqualTypeOf<'us-east-1'>()
  const day = { accountId: 1, date: '2026-01-01' }
  expectTypeOf(location({ ...day, type: 'decisions', experiment: 1 }).uri).toEqualTypeOf<string>()
  location({ ...day, type: 'events', event: 'purchase' })
  location({ ...day, type: 'events' })

  // @ts-expect-error an event of decisions
  location({ ...day, type: 'decisions', event: 'purchase' })
  // @ts-expect-error an experiment of events
  location({ ...day, type: 'events', experiment: 1 })
  // @ts-expect-error another type
  location({ ...day, type: 'results' })
  // @ts-expect-error AWS credentials are no access token
  bearer(credentials)
})

test('what the sandbox hands out fits the factories as it is', async () => {
  const { options } = createSandbox()
  const here = (await listen(createSandbox())).options
  for (const given of [options, here]) {
    expectTypeOf(kalibrate).toBeCallableWith(given.kalibrate)
    expectTypeOf(amperity).toBeCallableWith(given.amperity)
    expectTypeOf(amperity).toBeCallableWith(given.amperityOAuth)
    expectTypeOf(amperity).toBeCallableWith(given.amperityToken)
    expectTypeOf(angus).toBeCallableWith(given.angus)
    expectTypeOf(optimizelyDxp).toBeCallableWith(given.optimizelyDxp)
    expectTypeOf(optimizelyEvents).toBeCallableWith(given.optimizelyEvents)
  }
})

test('an address may come from a variable that is not set', () => {
  const { KALIBRATE_BASE_URL: baseUrl, KALIBRATE_TOKEN_ENDPOINT: tokenEndpoint } = process.env
  expectTypeOf(baseUrl).toEqualTypeOf<string | undefined>()
  const client = { tenant: 'acme.example', clientId: 'id', clientSecret: 'secret', scope: 's' }
  expectTypeOf(kalibrate).toBeCallableWith({
    ...client,
    userAgent: 'acme/1',
    baseUrl,
    tokenEndpoint,
  })
  expectTypeOf(optimizelyEvents).toBeCallableWith({ token: 't', duration: baseUrl, baseUrl })
})
