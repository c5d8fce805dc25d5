import { CountersignError, OptionError } from './errors.ts'
import { functionOr, isHeaderValue, kind, milliseconds } from './options.ts'
import { sealed } from './redact.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
/** Lifetimes beyond ten years are a mistake in units: milliseconds where seconds are due. */
const MAX_LIFETIME = 10 * 365.25 * 24 * 60 * MINUTE

/** A range from which a delay is drawn at random, in milliseconds. */
export interface Delay {
  readonly min: number
  readonly max: number
}

export interface CacheOptions {
  /**
   * Milliseconds before the expiry from which a value is renewed in the background, while everybody
   * still gets the old one. Default by lifetime: under 10 min a fifth of it, up to 20 min 5 min,
   * under 90 min 15 min, else 60 min.
   */
  advisoryWindow?: number
  /** Milliseconds before the expiry from which callers wait for the new value. Default 1 min, at most half the advisory window. */
  mandatoryWindow?: number
  /** By how much a value's advisory window is shortened at random at the most, 0 to 1. Default 0.1. */
  jitter?: number
  /** Hand out an expired value while the source fails for a passing reason. Default `false`. */
  staleIfError?: boolean
  /** Milliseconds without contact after a failed refresh, at most a quarter of what is still valid. Default 300,000 to 600,000. */
  backoff?: Delay
  /** Milliseconds for which a final failure is repeated to callers without contact. Default 1,000 to 5,000. */
  errorMemory?: Delay
  /** Milliseconds for the source to answer. Default 30,000. */
  timeout?: number
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  now?: () => number
  /** Numbers from 0 to 1 for the jitter. Default `Math.random`. */
  random?: () => number
  /** Told of what happens, never of a secret. What it throws is ignored. */
  onEvent?: (event: CacheEvent) => void
}

/** What a cache tells its `onEvent`. Durations are in milliseconds. */
export type CacheEvent =
  | { readonly type: 'refresh-start'; readonly background: boolean }
  | { readonly type: 'refresh-ok'; readonly duration: number; readonly expiresAt?: number }
  | {
      readonly type: 'refresh-failed'
      readonly duration: number
      /** The error's code, or the name of a foreign error. */
      readonly code: string
      /** The message of an error of this library; a foreign one might hold a secret. */
      readonly message?: string
    }
  /** The source handed out the same value again: it will run out in `remaining`. */
  | { readonly type: 'unchanged'; readonly expiresAt?: number; readonly remaining: number }
  | { readonly type: 'stale-served'; readonly expiresAt?: number }
  | { readonly type: 'refused' }

export type CachePolicy = Required<
  Omit<CacheOptions, 'advisoryWindow' | 'mandatoryWindow' | 'onEvent'>
> &
  Pick<CacheOptions, 'advisoryWindow' | 'mandatoryWindow' | 'onEvent'>

function delay(option: string, value: Delay | undefined, min: number, max: number): Delay {
  if (value === undefined) return { min, max }
  const range = {
    min: milliseconds(`${option}.min`, value?.min, min),
    max: milliseconds(`${option}.max`, value?.max, max),
  }
  if (range.min <= range.max) return range
  throw new OptionError(
    option,
    `takes a min that is not above its max, not ${range.min} and ${range.max}`,
  )
}

/** The options with their defaults, each checked. */
export function cachePolicy(options: CacheOptions): CachePolicy {
  const { jitter = 0.1, advisoryWindow, mandatoryWindow, onEvent } = options
  if (!(jitter >= 0 && jitter <= 1)) {
    throw new OptionError('jitter', `takes a share from 0 to 1, not ${jitter}`)
  }
  milliseconds('advisoryWindow', advisoryWindow, 0)
  milliseconds('mandatoryWindow', mandatoryWindow, 0)
  functionOr('onEvent', onEvent, undefined)
  return {
    ...options,
    jitter,
    staleIfError: options.staleIfError ?? false,
    backoff: delay('backoff', options.backoff, 300 * SECOND, 600 * SECOND),
    errorMemory: delay('errorMemory', options.errorMemory, SECOND, 5 * SECOND),
    timeout: milliseconds('timeout', options.timeout, 30 * SECOND),
    now: functionOr('now', options.now, Date.now),
    random: functionOr('random', options.random, Math.random),
  }
}

function advisoryWindow(lifetime: number): number {
  if (lifetime < 10 * MINUTE) return lifetime / 5
  if (lifetime <= 20 * MINUTE) return 5 * MINUTE
  return lifetime < 90 * MINUTE ? 15 * MINUTE : 60 * MINUTE
}

/** A value with the instants at which something about it changes, in ms since the epoch. */
export interface Lease<T> {
  readonly value: Readonly<T>
  readonly receivedAt: number
  readonly expiresAt: number
  /** Until here everybody gets the value and nothing happens. */
  readonly freshUntil: number
  /** From here on callers wait for a new one. */
  readonly mandatoryFrom: number
}

/** Which member of a value is missing or of the wrong kind. */
function defect(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `${kind(value)} instead of an object`
  const record = value as Record<string, unknown>
  const { expiresAt } = record
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) {
    return 'an `expiresAt` that is not a number of milliseconds since the epoch'
  }
  const keys = Object.keys(record).filter((key) => key !== 'expiresAt')
  const aws = keys.includes('accessKeyId') || keys.includes('secretAccessKey')
  const needed = aws ? ['accessKeyId', 'secretAccessKey'] : ['token']
  if (!aws && keys.length > 0 && !keys.includes('token')) return undefined
  const missing = needed.find((key) => !isHeaderValue(record[key]))
  return missing && `no usable \`${missing}\``
}

/**
 * Checks a value of the source and works out its windows.
 *
 * @param receivedAt When the request that brought it was begun.
 * @throws {CountersignError} `invalid-value` or `expired-value`.
 */
export function lease<T extends { expiresAt?: number }>(
  value: T,
  receivedAt: number,
  { advisoryWindow: advisory, mandatoryWindow: mandatory, jitter, random, now }: CachePolicy,
): Lease<T> {
  const wrong = defect(value)
  if (wrong) throw new CountersignError('invalid-value', `The source handed out ${wrong}`)
  const lifetime = value.expiresAt === undefined ? Infinity : value.expiresAt - receivedAt
  if (lifetime === Infinity) {
    const always = Infinity
    return {
      value: sealed(value),
      receivedAt: -always,
      expiresAt: always,
      freshUntil: always,
      mandatoryFrom: always,
    }
  }
  const expiresAt = receivedAt + Math.min(lifetime, MAX_LIFETIME)
  if (now() >= expiresAt) {
    throw new CountersignError(
      'expired-value',
      `The source handed out a value that expired at ${isoTime(expiresAt)}`,
    )
  }
  const window = advisory ?? advisoryWindow(lifetime) * (1 - jitter * random())
  const waitFor = Math.min(mandatory ?? Math.min(MINUTE, window / 2), window)
  return {
    value: sealed(lifetime > MAX_LIFETIME ? { ...value, expiresAt } : value),
    receivedAt,
    expiresAt,
    freshUntil: Math.min(expiresAt - window, expiresAt - 1),
    mandatoryFrom: expiresAt - waitFor,
  }
}

/** An instant for people; one that no calendar holds stays a number. */
export function isoTime(instant: number): string {
  return Math.abs(instant) <= 8.64e15 ? new Date(instant).toISOString() : String(instant)
}
