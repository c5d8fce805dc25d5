import { OptionError, SigningError } from './errors.ts'
import type { MaybePromise, SecretSource } from './signer.ts'
import { then } from './signer.ts'

/** What a header can carry everywhere: visible ASCII, with spaces inside. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Names the kind of a value for an error, since the value itself may be a secret. */
export function kind(value: unknown): string {
  if (value === '') return 'an empty string'
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}

export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && HEADER_VALUE.test(value)
}

/** A non-empty string that a header can carry. Its value is never shown. */
export function headerValue(option: string, value: unknown): string {
  if (isHeaderValue(value)) return value
  throw new OptionError(
    option,
    typeof value === 'string' && value !== ''
      ? 'takes visible ASCII characters only: this one has a line break, a control or a non-ASCII character, or a space at an end'
      : `takes a non-empty string, not ${kind(value)}`,
  )
}

export function headerName(option: string, value: unknown): string {
  if (typeof value === 'string' && HEADER_NAME.test(value)) return value.toLowerCase()
  throw new OptionError(option, `takes the name of an HTTP header, not ${JSON.stringify(value)}`)
}

/** A non-empty string of any characters, for forms and JSON. */
export function nonEmpty(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new OptionError(option, `takes a non-empty string, not ${kind(value)}`)
}

/** A secret as given, checked at once if it is a string. */
export function secretSource(
  option: string,
  value: unknown,
  check: (option: string, value: unknown) => string = nonEmpty,
): SecretSource {
  if (typeof value === 'function') return value as () => MaybePromise<string>
  return check(option, value)
}

/** Reads a secret now; what a function answers is checked as a string was when the thing was built. */
export function readSecret(
  option: string,
  source: SecretSource,
  check: (option: string, value: unknown) => string = nonEmpty,
): MaybePromise<string> {
  if (typeof source === 'string') return source
  return then(source(), (value) => {
    try {
      return check(option, value)
    } catch (error) {
      throw new SigningError('invalid-secret', `The source of ${(error as Error).message}`)
    }
  })
}

/** A number of milliseconds, or `fallback`. */
export function milliseconds(option: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value
  throw new OptionError(option, `takes milliseconds, 0 or more, not ${String(value)}`)
}

/** A function, or `fallback`. */
export function functionOr<F>(option: string, value: unknown, fallback: F): F {
  if (value === undefined) return fallback
  if (typeof value === 'function') return value as F
  throw new OptionError(option, `takes a function, not ${kind(value)}`)
}
