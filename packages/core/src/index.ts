export { bearer } from './bearer.ts'
export { type CachedProvider, cached } from './cached.ts'
export { compose } from './compose.ts'
export {
  CountersignError,
  type CountersignErrorCode,
  ExchangeError,
  type ExchangeFailure,
  OptionError,
  SigningError,
} from './errors.ts'
export {
  type ExchangeAnswer,
  type ExchangeOptions,
  type ExchangeSettings,
  type FormFields,
  exchange,
  type Fresh,
  type RetryOptions,
} from './exchange.ts'
export type { Complaint } from './exchange-error.ts'
export { expiresAt, expiresIn } from './expiry.ts'
export {
  type SignedFetch,
  type SignedFetchOptions,
  type SignedRequestInit,
  signedFetch,
} from './fetch.ts'
export { type ApiKeyOptions, apiKey, basic, header, userAgent } from './header.ts'
export type { CacheEvent, CacheOptions } from './lifetime.ts'
export {
  type ClientAuth,
  type ClientAuthentication,
  type ClientCredentialsOptions,
  clientCredentials,
  clientSecretBasic,
  clientSecretPost,
  type RefreshTokenOptions,
  refreshToken,
} from './oauth.ts'
export { within } from './origin.ts'
export type { AccessToken, AwsCredentials, Provider, ProviderOptions } from './provider.ts'
export type {
  MaybePromise,
  Refusal,
  SecretSource,
  SignableRequest,
  Signature,
  Signer,
} from './signer.ts'
export type { SignedOptions } from './wire.ts'
