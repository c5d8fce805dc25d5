/** Every code that an error of this library carries. Codes are stable; messages are not. */
export type CountersignErrorCode =
  // Misuse, found when something is built.
  | 'invalid-option'
  // A request that cannot be signed as it stands.
  | 'unreadable-body'
  | 'foreign-origin'
  | 'insecure-url'
  | 'invalid-url'
  | 'invalid-secret'
  | 'redirect-refused'
  | 'signing-failed'
  // The endpoint that hands out tokens or credentials.
  | 'exchange-refused'
  | 'exchange-unavailable'
  | 'exchange-unreachable'
  | 'exchange-redirected'
  | 'invalid-response'
  // The cache in front of it.
  | 'invalid-value'
  | 'expired-value'
  | 'refresh-timeout'
  | 'reentrant-refresh'

export interface ErrorDetails {
  readonly cause?: unknown
  /** `false`: trying the same again cannot help. Absent where that is not known. */
  readonly retryable?: boolean
}

/** The base of every error that a request can meet. */
export class CountersignError extends Error {
  readonly code: CountersignErrorCode
  /** `false`: trying the same again cannot help. Absent where that is not known. */
  declare readonly retryable?: boolean

  constructor(
    code: CountersignErrorCode,
    message: string,
    { cause, ...details }: ErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    Object.assign(this, details)
  }

  // On the prototype, and not from `constructor.name`, which minifiers change.
  static {
    this.prototype.name = 'CountersignError'
  }
}

/** A request that was not sent, since it cannot be signed, or must not be. */
export class SigningError extends CountersignError {
  static {
    this.prototype.name = 'SigningError'
  }
}

export interface ExchangeFailure extends ErrorDetails {
  /** The HTTP status; absent when there was no response. */
  readonly status?: number
  /** The `error` code of RFC 6749 §5.2, or the vendor's own. */
  readonly error?: string
  /** The endpoint's words, scrubbed and at most 200 characters long. */
  readonly errorDescription?: string
  readonly retryable: boolean
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfter?: number
}

/** The endpoint of tokens or credentials refused, failed, or answered with something else. */
export class ExchangeError extends CountersignError implements ExchangeFailure {
  declare readonly retryable: boolean
  declare readonly status?: number
  declare readonly error?: string
  declare readonly errorDescription?: string
  declare readonly retryAfter?: number

  constructor(code: CountersignErrorCode, message: string, failure: ExchangeFailure) {
    super(code, message, failure)
  }

  static {
    this.prototype.name = 'ExchangeError'
  }
}

/** A mistake in the options, thrown when the thing is built. */
export class OptionError extends TypeError {
  readonly code: CountersignErrorCode = 'invalid-option'
  /** The option's name, as the caller writes it. */
  readonly option: string

  constructor(option: string, message: string) {
    super(`${option} ${message}`)
    this.option = option
  }

  static {
    this.prototype.name = 'OptionError'
  }
}
