import { kind, unexpected } from './options.ts'

/** `NaN` for what is no number. */
function numeric(value: unknown): number {
  if (typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value)) return Number(value)
  return typeof value === 'number' ? value : Number.NaN
}

/**
 * Reads a lifetime in seconds, a number or a numeric string, such as `expires_in`.
 *
 * @param from When the request was begun, in ms since the Unix epoch.
 * @returns The instant of expiry in ms since the Unix epoch; `undefined` if the lifetime is absent.
 * @throws {CountersignError} `invalid-response`, naming the field, for anything else, and for 0 or less.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 §5.1}
 */
export function expiresIn(value: unknown, from: number, field = 'expires_in'): number | undefined {
  if (value === undefined || value === null) return undefined
  const seconds = numeric(value)
  if (!Number.isFinite(seconds * 1000)) {
    throw unexpected(`\`${field}\` takes seconds, not ${kind(value)}`)
  }
  if (seconds <= 0) throw unexpected(`\`${field}\` is ${seconds}: already expired`)
  return from + seconds * 1000
}

/** Between the two readings of a number: 1973 in milliseconds, the year 5138 in seconds. */
const MILLISECONDS_FROM = 1e11
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)$/i

/**
 * Reads an instant: epoch seconds, epoch milliseconds (from 10¹¹ on), or ISO 8601 with a zone.
 *
 * @returns The instant in ms since the Unix epoch; `undefined` if it is absent.
 * @throws {CountersignError} `invalid-response`, naming the field, for anything else.
 */
export function expiresAt(value: unknown, field = 'expires_at'): number | undefined {
  if (value === undefined || value === null) return undefined
  const number = numeric(value)
  const instant =
    typeof value === 'string' && ISO_8601.test(value)
      ? Date.parse(value.replace(',', '.'))
      : number * (Math.abs(number) < MILLISECONDS_FROM ? 1000 : 1)
  if (Number.isFinite(instant)) return instant
  throw unexpected(
    `\`${field}\` takes epoch seconds, epoch milliseconds or ISO 8601 with a zone, not ${kind(value)}`,
  )
}
