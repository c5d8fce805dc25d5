import { CountersignError, type CountersignErrorCode } from './errors.ts'
import { isHeaderValue, kind } from './options.ts'
import { sealed } from './redact.ts'

const MINUTE = 60_000
/** Ten years: a longer lifetime is a mistake in units, milliseconds where seconds are due. */
const MAX_LIFETIME = 315_576_000_000

/** What a cache can keep. */
export interface Expiring {
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt?: number | undefined
  /** Not a promise, of which a source makes a value before it is kept. */
  readonly then?: never
}

export interface CacheOptions {
  /**
   * Milliseconds before the expiry from which a value is renewed in the background, while everybody
   * still gets the old one; at most three quarters of the lifetime. Default by lifetime: under
   * 10 min a fifth of it, up to 20 min 5 min, under 90 min 15 min, else 60 min.
   */
  advisoryWindow?: number
  /** Milliseconds before the expiry from which callers wait for the new value. Default 1 min, at most half the advisory window. */
  mandatoryWindow?: number
  /** By how much a default advisory window is shortened at random at the most, 0 to 1. Default 0.1. */
  jitter?: number
  /** Hand out an expired or refused value while the source fails for a passing reason. Default `false`. */
  staleIfError?: boolean
  /**
   * Milliseconds without contact after a failed refresh: between half of this and all of it, at
   * random, and at most a quarter of what is still valid. Default 600,000.
   */
  backoff?: number
  /**
   * Milliseconds for which a final failure is repeated to callers without contact, and for which a
   * refused value is kept that cannot be replaced: between half of this and all of it, at random. Default 5,000.
   */
  errorMemory?: number
  /** Milliseconds for the source to answer. Default 30,000. */
  timeout?: number
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  now?: () => number
  /** Numbers from 0 to 1 for jitter and delays. Default `Math.random`. */
  random?: () => number
  /** Told of what happens, never of a secret. What it throws is ignored. */
  onEvent?: (event: CacheEvent) => void
}

/** What a cache tells its `onEvent`. Durations are in milliseconds; a value that does not expire has no `expiresAt`. */
export type CacheEvent =
  | { readonly type: 'refresh-start'; readonly background: boolean }
  | {
      /** `unchanged`: the source handed out the same value again. */
      readonly type: 'refresh-ok' | 'unchanged'
      readonly duration: number
      readonly expiresAt?: number | undefined
      /** How long the value is still good; `Infinity` without an expiry. */
      readonly remaining: number
      /** How long until a call renews it in the background; `Infinity` without an expiry. */
      readonly renewIn: number
    }
  | {
      readonly type: 'refresh-failed'
      readonly duration: number
      /** The error's code, or the name of a foreign error. */
      readonly code: string
      /** The message of an error of this library; a foreign one might hold a secret. */
      readonly message?: string | undefined
    }
  /** An expired or refused value is served until the next attempt. */
  | { readonly type: 'stale-served'; readonly expiresAt?: number | undefined }
  | { readonly type: 'refused' }

/** How long before its end a value is renewed, unless the options say so. */
export function advisoryWindow(lifetime: number): number {
  if (lifetime < 10 * MINUTE) return lifetime / 5
  return (lifetime <= 20 * MINUTE ? 5 : lifetime < 90 * MINUTE ? 15 : 60) * MINUTE
}

/**
 * A value of the source, checked, sealed, and with an end that can be meant.
 *
 * @param receivedAt When the request that brought it was begun.
 * @throws {CountersignError} `invalid-value` or `expired-value`.
 */
export function checked<T extends Expiring>(value: T, receivedAt: number, now: number): T {
  const reject = (what: string, code: CountersignErrorCode = 'invalid-value') =>
    new CountersignError(code, `The source handed out ${what}`)
  if (typeof value !== 'object' || !value) throw reject(`${kind(value)} instead of an object`)

  const aws = ['accessKeyId', 'secretAccessKey']
  const isBare = Object.keys(value).every((name) => name === 'type' || name === 'expiresAt')
  const token = 'token' in value || isBare ? ['token'] : []
  const needed = aws.some((name) => name in value) ? aws : token
  const missing = needed.find((name) => !isHeaderValue(value[name as keyof T]))
  if (missing) throw reject(`no usable \`${missing}\``)

  const { expiresAt } = value
  if (expiresAt === undefined) return sealed(value)
  if (!Number.isFinite(expiresAt)) throw reject('an `expiresAt` that is not in milliseconds')
  const end = Math.min(expiresAt, receivedAt + MAX_LIFETIME)
  if (end > now) return sealed(end < expiresAt ? { ...value, expiresAt: end } : value)
  throw reject(`a value that expired at ${new Date(end).toJSON()}`, 'expired-value')
}

/** Whether a source has handed out the same again. Two instances of a class may differ in private. */
export function isSame<T extends object>(a: T, b: T): boolean {
  const names = Object.keys({ ...a, ...b }) as (keyof T)[]
  return Object.isFrozen(a) && names.every((name) => a[name] === b[name])
}
