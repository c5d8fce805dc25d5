import type { AwsCredentials, Provider } from './provider.ts'

export interface Sigv4Options {
  /**
   * The credentials, or where they come from. A provider is asked for each request, so give it one
   * that keeps them, such as `cached(…)`; credentials that AWS refuses are handed back to it.
   */
  credentials: AwsCredentials | Provider<AwsCredentials>
  /** Such as `us-east-1`. */
  region: string
  /** The service as AWS names it in signatures: `s3`, `execute-api`, `dynamodb`. */
  service: string
  /**
   * `true`: the body is not covered, nor its content type, so that a stream is sent as it comes, and TLS alone guards it.
   * S3 and few others take that. Default `false`.
   */
  unsignedPayload?: boolean
  /** Sign the path without dot segments and empty ones. Default `true`; for S3 `false`, where they are part of a key. */
  normalizePath?: boolean
  /** Sign the path with the escapes that it is sent with escaped once more. Default `true`; for S3 `false`. */
  doubleEncode?: boolean
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  now?: () => number
  /** By how many milliseconds the clock may be corrected after a refusal that carries a `Date`. Default 86,400,000, a day; 0 never. */
  maxClockOffset?: number
}

export interface PresignOptions extends Sigv4Options {
  /** An absolute https URL; its query is covered, too. */
  url: string | URL
  /** What the URL is for. Default `GET`. */
  method?: string
  /** What must be sent along with it, such as a `content-type`; none that a client changes is covered. */
  headers?: Readonly<Record<string, string>>
  /** How long the URL is good, in whole seconds: from 1 to 604,800, seven days. */
  expiresIn: number
  /** Takes a plain http URL to another machine than this one. Default `false`. */
  allowInsecure?: boolean
}

/** How a signature came about, without any secret. */
export interface Sigv4Explanation {
  /** What is hashed, part by part. A secret reads `***`, here and below. */
  readonly parts: {
    readonly method: string
    readonly path: string
    readonly query: string
    /** In order. */
    readonly headers: Readonly<Record<string, string>>
    /** Their names, between semicolons. */
    readonly signedHeaders: string
    /** SHA-256 of the body in hex, or `UNSIGNED-PAYLOAD`. */
    readonly bodyHash: string
  }
  /** The parts as one text. Where a secret is masked, this is not what {@link stringToSign} has the hash of. */
  readonly canonicalRequest: string
  /** Day, region and service that the key is for. */
  readonly scope: string
  readonly stringToSign: string
  readonly signature: string
  /** What the signature adds to the request. */
  readonly headers: Readonly<Record<string, string>>
  /** What is sent instead of the request's URL, if another form is: always, where the URL is presigned. */
  readonly url?: string
}
