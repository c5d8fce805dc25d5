import type { MaybePromise } from './signer.ts'

/** A token for an `Authorization: Bearer` header, and when it ends. */
export interface AccessToken {
  readonly token: string
  /** As the endpoint names it, such as `Bearer`. */
  readonly type?: string
  /** Milliseconds since the Unix epoch. Absent: served until refused. */
  readonly expiresAt?: number
}

/** Credentials of the AWS shape, temporary where they have an end. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt?: number
}

export interface ProviderOptions<T> {
  /** The value that a server has just refused, by identity. */
  refused?: T | undefined
  /** Ends this caller's wait. */
  signal?: AbortSignal | undefined
}

/** Obtains a T from wherever Ts come from, at once where that is possible. */
// A method's type, which compares `refused` either way: who hands a value back got it from this very
// provider. So a provider of more than a T, such as one whose `expiresAt` is never absent, is one of Ts.
export type Provider<T> = {
  provide(options?: ProviderOptions<T>): MaybePromise<T>
}['provide']
