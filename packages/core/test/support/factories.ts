import { generateKeyPairSync } from 'node:crypto'
import {
  type ApiKeyOptions,
  apiKey,
  basic,
  bearer,
  type CacheOptions,
  cached,
  type ClientCredentialsOptions,
  clientCredentials,
  clientSecretBasic,
  clientSecretPost,
  type ExchangeOptions,
  type ExchangeSettings,
  exchange,
  header,
  type RefreshTokenOptions,
  refreshToken,
  type SignedFetchOptions,
  signedFetch,
  userAgent,
  within,
} from '@countersign/core'
import { type HmacScheme, hmac } from '@countersign/core/hmac'
import { type PrivateKeyJwtOptions, privateKeyJwt } from '@countersign/core/jwt'
import type { Factory, Fates } from './fates.ts'

const settings: Fates<ExchangeSettings, 'retry.attempts' | 'retry.delay' | 'retry.unanswered'> = {
  fetch: 'refused',
  timeout: 'refused',
  retry: 'unsent',
  'retry.attempts': 'refused',
  'retry.delay': 'refused',
  'retry.unanswered': 'unsent',
  allowInsecure: 'unsent',
  now: 'refused',
}

type TokenRequest = Omit<ClientCredentialsOptions, 'clientSecret' | 'clientAuth'>
const tokenRequest: Fates<
  TokenRequest,
  keyof typeof settings | 'headers.x-more' | 'parameters.more'
> = {
  ...settings,
  tokenEndpoint: 'encoded',
  clientId: 'encoded',
  scope: 'encoded',
  audience: 'encoded',
  resource: 'encoded',
  parameters: 'encoded',
  'parameters.more': 'encoded',
  headers: 'refused',
  'headers.x-more': 'refused',
}
const validRequest = {
  tokenEndpoint: 'https://id.example/token',
  clientId: 'app',
  scope: 'read',
  audience: 'api',
  resource: 'https://api.example/',
  parameters: { more: 'm' },
  headers: { 'x-more': 'm' },
}

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString()

/** Every factory of the core that takes options. */
export const factories: readonly Factory[] = [
  {
    name: 'bearer',
    valid: { token: 't' },
    fates: { token: 'refused' },
    build: ({ token }: { token: string }) => bearer(token),
  },
  {
    name: 'header',
    valid: { name: 'x-key', value: 'v' },
    fates: { name: 'refused', value: 'refused' },
    build: ({ name, value }: { name: string; value: string }) => header(name, value),
  },
  {
    name: 'userAgent',
    valid: { userAgent: 'acme/1.0' },
    fates: { userAgent: 'refused' },
    build: (options: { userAgent: string }) => userAgent(options.userAgent),
  },
  {
    name: 'basic',
    valid: { username: 'u', password: 'p' },
    fates: { username: 'encoded', password: 'encoded' } satisfies Fates<
      Parameters<typeof basic>[0]
    >,
    build: basic,
  },
  {
    name: 'apiKey in a header',
    valid: { in: 'header', name: 'x-key', key: 'k' },
    fates: { in: 'refused', name: 'refused', key: 'refused' } satisfies Fates<ApiKeyOptions>,
    build: apiKey,
  },
  {
    name: 'apiKey in the query',
    valid: { in: 'query', name: 'key', key: 'k' },
    fates: { in: 'refused', name: 'encoded', key: 'encoded' } satisfies Fates<ApiKeyOptions>,
    build: apiKey,
  },
  {
    name: 'within',
    valid: { origins: 'https://api.example', signer: bearer('t') },
    fates: { origins: 'encoded', signer: 'refused' },
    build: ({ origins, signer }: { origins: string; signer: never }) => within(origins, signer),
  },
  {
    name: 'cached',
    valid: { source: () => ({ token: 't' }) },
    fates: {
      source: 'refused',
      advisoryWindow: 'refused',
      mandatoryWindow: 'refused',
      jitter: 'refused',
      staleIfError: 'unsent',
      backoff: 'refused',
      errorMemory: 'refused',
      timeout: 'refused',
      now: 'refused',
      random: 'refused',
      onEvent: 'refused',
    } satisfies Fates<CacheOptions, 'source'>,
    build: ({ source, ...options }: { source: never }) => cached(source, options),
  },
  {
    name: 'exchange',
    valid: {
      url: 'https://id.example/login',
      method: 'PUT',
      json: { secret: 's' },
      headers: { 'x-more': 'm' },
      signer: bearer('t'),
      read: () => ({ token: 't' }),
    },
    fates: {
      ...settings,
      url: 'encoded',
      method: 'refused',
      json: 'encoded',
      form: 'refused',
      headers: 'refused',
      'headers.x-more': 'refused',
      signer: 'refused',
      text: 'unsent',
      read: 'refused',
      readError: 'refused',
    } satisfies Fates<ExchangeOptions<unknown>, keyof typeof settings | 'headers.x-more'>,
    build: exchange,
  },
  {
    name: 'clientCredentials with a secret',
    valid: { ...validRequest, clientSecret: 's' },
    fates: {
      ...tokenRequest,
      clientSecret: 'encoded',
      clientAuth: 'refused',
    } satisfies Fates<ClientCredentialsOptions, keyof typeof tokenRequest>,
    build: clientCredentials,
  },
  {
    name: 'clientCredentials with an authentication',
    valid: { ...validRequest, clientAuth: clientSecretPost('s') },
    fates: { ...tokenRequest, clientSecret: 'refused', clientAuth: 'refused' },
    build: clientCredentials,
  },
  {
    name: 'refreshToken',
    valid: { ...validRequest, refreshToken: 'r' },
    fates: {
      ...tokenRequest,
      clientSecret: 'encoded',
      clientAuth: 'refused',
      refreshToken: 'encoded',
      onRefreshToken: 'refused',
    } satisfies Fates<RefreshTokenOptions, keyof typeof tokenRequest>,
    build: refreshToken,
  },
  ...[clientSecretBasic, clientSecretPost].map(
    (auth): Factory => ({
      name: auth.name,
      valid: { ...validRequest, clientSecret: 's' },
      fates: { clientSecret: 'encoded' },
      build: ({ clientSecret, ...options }: { clientSecret: string }) =>
        clientCredentials({ ...validRequest, ...options, clientAuth: auth(clientSecret) }),
    }),
  ),
  {
    name: 'privateKeyJwt',
    valid: { key, alg: 'ES256', kid: 'k', audience: 'a' },
    fates: {
      key: 'unsent',
      alg: 'refused',
      kid: 'encoded',
      certificate: 'refused',
      audience: 'encoded',
      lifetime: 'refused',
    } satisfies Fates<PrivateKeyJwtOptions>,
    build: ({ fetch: send, ...options }: PrivateKeyJwtOptions & ExchangeSettings) =>
      clientCredentials({
        ...validRequest,
        ...(send && { fetch: send }),
        clientAuth: privateKeyJwt(options),
      }),
  },
  {
    name: 'hmac',
    valid: {
      id: 'i',
      secret: 's',
      message: ['id', 'method', 'timestamp', 'nonce', 'bodyHash', { text: 'x' }],
      separator: '|',
      body: { hash: 'sha256', empty: 'none' },
      headers: { 'x-sign': '{id} {timestamp} {nonce} {bodyHash} {signature}' },
    },
    fates: {
      id: 'refused',
      secret: 'unsent',
      secretEncoding: 'refused',
      message: 'refused',
      separator: 'unsent',
      hash: 'refused',
      encoding: 'refused',
      body: 'refused',
      'body.hash': 'refused',
      'body.encoding': 'refused',
      'body.empty': 'refused',
      headers: 'refused',
      'headers.x-sign': 'refused',
      timestamp: 'refused',
      target: 'refused',
      refusals: 'refused',
      nonce: 'refused',
      now: 'refused',
      maxClockOffset: 'refused',
    } satisfies Fates<HmacScheme, 'body.hash' | 'body.encoding' | 'body.empty' | 'headers.x-sign'>,
    build: hmac,
  },
  {
    name: 'signedFetch',
    valid: { signer: bearer('t') },
    fates: {
      signer: 'refused',
      fetch: 'refused',
      allowInsecure: 'unsent',
      buffer: 'refused',
    } satisfies Fates<SignedFetchOptions, 'signer'>,
    build: ({ signer, ...options }: { signer: never }) => signedFetch(signer, options),
  },
]
