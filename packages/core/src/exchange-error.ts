import type { JsonObject, JsonValue } from 'type-fest'
import { type CountersignErrorCode, ExchangeError, type ExchangeFailure } from './errors.ts'
import { defined } from './options.ts'
import { textOf } from './read.ts'
import { place, scrub, shown } from './redact.ts'

/** What an endpoint says about a failure, in its own words. */
export interface Complaint {
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
}

/** The members of an answer; none if it is no JSON object. */
export function members(body: JsonValue | undefined): JsonObject {
  return typeof body === 'object' && body && !Array.isArray(body) ? (body as JsonObject) : {}
}

/** Form fields that are no secrets, and that a reader of an error wants to see. RFC 6749 */
const PUBLIC = /^(?:grant_type|client_id|client_assertion_type|scope|audience|resource)$/

/** No honest answer holds more secrets. */
const MOST = 1_000

/** The strings in a JSON value or a form, but for the fields known to be public: as many as an honest one holds. */
export function strings(value: unknown): string[] {
  const found: string[] = []
  // Without recursion, and in one pass: who answers decides how deep and how long the value is.
  const rest: unknown[] = [value]
  for (let seen = 0; rest.length > 0 && found.length < MOST && seen < 100 * MOST; seen++) {
    const at = rest.pop()
    if (typeof at === 'string') found.push(at)
    else if (typeof at === 'object' && at !== null) {
      for (const key in at) if (!PUBLIC.test(key)) rest.push(at[key as keyof typeof at])
    }
  }
  return found
}

/** What of a header must not be told: all of it, its parts, and the secret that HTTP Basic wraps. */
export function wrapped(header: string): string[] {
  const secrets = [header, ...header.split(/[ :]/)]
  const [, basic] = /^Basic ([a-z\d+/]+=*)$/i.exec(header) ?? []
  if (!basic || basic.length % 4) return secrets
  const bytes = Uint8Array.from(atob(basic), (character) => character.charCodeAt(0))
  // The password; an API key takes the place of the name, with nothing behind it.
  const secret = textOf(bytes).replace(/^[^:]*:(?=.)|:$/s, '')
  // OAuth form-encodes it first, RFC 6749 §2.3.1.
  return [...secrets, secret, ...new URLSearchParams(`=${secret}`).getAll('')]
}

/** What a URL asks with, such as an API key: as it stands there, and as it is meant. */
export function queried(url: string): string[] {
  const { search, searchParams } = new URL(url)
  return [...search.split(/[?&=]/), ...searchParams.values()]
}

/** Reads RFC 6749 §5.2, and the shapes most used elsewhere. */
export function complaint(body: JsonValue | undefined): Complaint {
  const { error, code, error_description, message, detail } = members(body)
  const { code: innerCode, message: innerMessage } = members(error)
  const first = (...values: unknown[]) =>
    values.find((value): value is string => typeof value === 'string' && value !== '')
  return {
    error: first(error, code, innerCode),
    errorDescription: first(error_description, message, detail, innerMessage),
  }
}

/** `Retry-After` in milliseconds: seconds, or a date by the server's own clock. RFC 9110 §10.2.3 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after') ?? ''
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000
  const wait = Date.parse(value) - (Date.parse(headers.get('date') ?? '') || now)
  return value.endsWith('GMT') && wait >= 0 ? wait : undefined
}

interface ForeignError extends Error {
  readonly code?: unknown
  /** Of an AggregateError. */
  readonly errors?: readonly unknown[]
}

interface Failures {
  /** Keeps these strings out of every error made from here on. */
  conceal(values: Iterable<string>): void
  /** The endpoint said no, or that it cannot now; `said` makes of it what it can. */
  answered(status: number, said: () => Complaint, retryAfter?: number): ExchangeError
  redirected(status: number, location: string | null): ExchangeError
  unusable(status: number, reason: unknown): ExchangeError
  unreachable(reason: unknown): ExchangeError
}

/** Makes the errors of one attempt, none of which shows a secret of the request or of its answer. */
export function failuresOf(method: string, url: URL): Failures {
  const secrets = new Set<string>()
  const clean = (text: string | undefined) => (text ? scrub(text, secrets) : undefined)
  const fail = (
    code: CountersignErrorCode,
    what: string,
    details: Partial<ExchangeFailure>,
  ): ExchangeError => {
    const retryable = code !== 'exchange-refused' && code !== 'exchange-redirected'
    return new ExchangeError(code, `${method} ${place(url)} ${what}`, { retryable, ...details })
  }

  /** A foreign error without what it may carry: an HTTP client's errors hold the whole request. */
  function copy(error: unknown, depth = 0): Error {
    const { name, message, code, cause, errors } = Object(error) as ForeignError
    const inner = errors?.[0] ?? cause
    const options = inner instanceof Error && depth < 4 ? { cause: copy(inner, depth + 1) } : {}
    return Object.assign(new Error(clean(message) ?? name, options), defined({ name, code }))
  }

  return {
    conceal(values) {
      for (const value of values) secrets.add(value)
    },

    answered(status, said, retryAfter) {
      let complaint: Complaint = {}
      try {
        const { error, errorDescription } = said()
        complaint = { error: clean(error), errorDescription: clean(errorDescription) }
      } catch {
        // Nothing that its reader has reckoned with: the status says enough.
      }
      const { error, errorDescription } = complaint
      // RFC 6749 §4.1.2.1 names the two errors.
      const passing =
        [408, 429].includes(status) ||
        status >= 500 ||
        /^(?:temporarily_unavailable|server_error)$/.test(error ?? '')
      const words = shown([error, errorDescription].filter(Boolean).join(': '))
      return fail(
        passing ? 'exchange-unavailable' : 'exchange-refused',
        `answered ${status}${words && ` (${words})`}. ${passing ? 'Try again later.' : 'Check the credentials.'}`,
        defined({ status, error, errorDescription, retryAfter }),
      )
    },

    redirected(status, location) {
      const to = location === null ? null : URL.parse(location, url)
      const where = to?.protocol.startsWith('http') && clean(place(to))
      return fail(
        'exchange-redirected',
        `redirects${where ? ` to ${where}` : ''}. Credentials do not follow: give the final URL.`,
        { status },
      )
    },

    unusable: (status, reason) =>
      fail('invalid-response', `answered ${status}, but ${clean(Object(reason).message)}`, {
        status,
      }),

    unreachable(reason) {
      const cause = copy(reason)
      let innermost = cause
      while (innermost.cause instanceof Error) innermost = innermost.cause
      return fail('exchange-unreachable', `got no answer: ${innermost.message}`, { cause })
    },
  }
}
