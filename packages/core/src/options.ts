import { CountersignError, OptionError, SigningError } from './errors.ts'
import { andThen, type MaybePromise, type SecretSource, type Signer } from './signer.ts'

/** What a header can carry everywhere: visible ASCII, with spaces inside. RFC 9110 §5.5 */
const HEADER_VALUE = /^[!-~](?:[ -~]*[!-~])?$/

/** A value for an error, without what might be a secret. */
export function kind(value: unknown): string {
  if (value === '') return 'an empty string'
  if (typeof value === 'string') return 'this string'
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Says what an option takes, and what it was given unless that might be a secret. */
export function wrong(option: string, takes: string, value: unknown): OptionError {
  return new OptionError(option, `takes ${takes}, not ${kind(value)}`)
}

/** Checks that there are options at all, whatever is in them. */
export function assertOptions(options: unknown): asserts options is object {
  if (typeof options !== 'object' || !options) throw wrong('options', 'an object', options)
}

export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && HEADER_VALUE.test(value)
}

/** How a text becomes, or fails to become, what an option takes. */
export type Check = (option: string, value: unknown) => string

/** A text that a header can carry. Its value is never shown. */
export const headerValue: Check = (option, value) => {
  if (isHeaderValue(value)) return value
  throw wrong(option, 'visible ASCII without line breaks', value)
}

/** What the names of headers and methods are made of, RFC 9110 §5.6.2, but for two that every object inherits. */
const TOKEN = /^(?!(?:__proto__|constructor)$)[\w!#$%&'*+.^`|~-]+$/i

/** In lower case. */
export const headerName: Check = (option, value) => {
  if (typeof value === 'string' && TOKEN.test(value)) return value.toLowerCase()
  throw wrong(option, 'the name of an HTTP header', value)
}

/** In upper case. */
export const httpMethod: Check = (option, value) => {
  if (typeof value === 'string' && TOKEN.test(value)) return value.toUpperCase()
  throw wrong(option, 'the name of an HTTP method', value)
}

/** A text of any characters, for forms and JSON. */
export const nonEmpty: Check = (option, value) => {
  if (typeof value === 'string' && value) return value
  throw wrong(option, 'a non-empty string', value)
}

/** Checks what is given as a signer: when a client is built, and for each call of its own. */
export function assertSigner(signer: unknown): asserts signer is Signer {
  if (typeof (signer as Signer | undefined)?.sign !== 'function') {
    throw wrong('signer', 'an object with a `sign` function', signer)
  }
}

/** A secret as given, checked at once if it is a string. */
export function secretSource(
  option: string,
  value: unknown,
  check: Check = nonEmpty,
): SecretSource {
  return typeof value === 'function' ? (value as SecretSource) : check(option, value)
}

/** What a source handed out, checked as an option was when the thing was built. */
export function handedOut<T>(
  option: string,
  value: unknown,
  check: (option: string, value: unknown) => T,
): T {
  try {
    return check(option, value)
  } catch (error) {
    throw new SigningError('invalid-secret', `The source of ${(error as Error).message}`)
  }
}

/** Reads a secret now. */
export function readSecret(
  option: string,
  source: SecretSource,
  check: Check = nonEmpty,
): MaybePromise<string> {
  if (typeof source === 'string') return source
  return andThen(source(), (value) => handedOut(option, value, check))
}

/** A number of milliseconds (or of something else that counts up), or `fallback`. */
export function milliseconds(option: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value
  const given = typeof value === 'number' ? value : kind(value)
  throw new OptionError(option, `takes a number, 0 or more, not ${given}`)
}

/** A function, or `fallback`. */
export function functionOr<F>(option: string, value: unknown, fallback: F): F {
  if (value === undefined) return fallback
  if (typeof value === 'function') return value as F
  throw wrong(option, 'a function', value)
}

/** For readers of answers: what is wrong with this one. It must not quote the answer. */
export function unexpected(what: string): CountersignError {
  return new CountersignError('invalid-response', what)
}

/** The members that are there: in an answer or a form, undefined stands for absent. */
export function defined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present = Object.entries(record).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as never
}
