import type { Encoding, HashName } from './digest.ts'
import type { SecretSource } from './signer.ts'

/**
 * One part of the message that is authenticated. `target` is path and query as sent, `path` and
 * `query` (without `?`) its halves, `body` the bytes themselves, `bodyHash` their digest.
 */
export type HmacPart =
  | 'id'
  | 'method'
  | 'url'
  | 'host'
  | 'target'
  | 'path'
  | 'query'
  | 'timestamp'
  | 'nonce'
  | 'body'
  | 'bodyHash'
  /** A header of the scheme or of the request; empty if there is none. */
  | { readonly header: string; readonly text?: never }
  | { readonly text: string; readonly header?: never }

export type PartName = Extract<HmacPart, string>

/** What stands in braces in the templates of a scheme's headers. */
export type Placeholder = 'id' | 'timestamp' | 'nonce' | 'bodyHash' | 'signature'

export type SecretEncoding = 'utf8' | 'base64' | 'hex'
export type TimestampFormat = 'ms' | 's' | 'iso' | 'http'

/** How a signature is made and sent, as data. */
export interface HmacScheme {
  /** The public name of the key, for the server to find the secret by. */
  id?: string
  /** The shared secret, or where to read it each time. */
  secret: SecretSource
  /** What the secret's text stands for. Default `utf8`: its own bytes. */
  secretEncoding?: SecretEncoding
  /** What is authenticated, in this order. */
  message: readonly HmacPart[]
  /** Stands between the parts. Default: nothing. */
  separator?: string
  /** Default `sha256`. */
  hash?: HashName
  /** How the signature is written. Default `base64`. */
  encoding?: Encoding
  /** How `bodyHash` is made. `encoding` defaults to `base64`; `empty` replaces the digest of an empty body. */
  body?: { hash: HashName; encoding?: Encoding; empty?: string }
  /** The headers to send, with `{id}`, `{timestamp}`, `{nonce}`, `{bodyHash}` and `{signature}` filled in. */
  headers: Readonly<Record<string, string>>
  /** Epoch milliseconds or seconds, ISO 8601, or the date format of HTTP. Default `ms`. */
  timestamp?: TimestampFormat
  /** `normalized`: sign and send the target in the form on which all servers agree. Default `as-sent`. */
  target?: 'as-sent' | 'normalized'
  /** The statuses that mean "this signature was refused". Default `[401]`. */
  refusals?: readonly number[]
  /** A text that is never used twice. Default: 32 random hex digits. */
  nonce?: () => string
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  now?: () => number
  /** By how many milliseconds the clock may be corrected after a refusal that carries a `Date`. Default 86,400,000, a day; 0 never. */
  maxClockOffset?: number
}
