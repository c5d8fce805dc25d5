import type { JsonValue } from 'type-fest'
import { members } from './answer.ts'
import { ExchangeError } from './errors.ts'
import { place, scrub } from './redact.ts'

/** What an endpoint says about a failure, in its own words. */
export interface Complaint {
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
}

/** Form fields that are no secrets, and that a reader of an error wants to see. RFC 6749 */
const PUBLIC = /^(?:grant_type|client_id|client_assertion_type|scope|audience|resource)$/

/** Every string in a JSON value or a form, but for the fields known to be public. */
export function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => (PUBLIC.test(key) ? [] : strings(item)))
}

/** Reads RFC 6749 §5.2, and the shapes most used elsewhere. */
export function complaint(body: JsonValue | undefined): Complaint {
  const { error, code, error_description, message, detail } = members(body) ?? {}
  const nested: Complaint = typeof error === 'object' ? complaint(error) : {}
  const text = (...values: unknown[]) =>
    values.find((value): value is string => typeof value === 'string' && value !== '')
  return {
    error: text(error, code, nested.error),
    errorDescription: text(error_description, message, detail, nested.errorDescription),
  }
}

/** `Retry-After` in milliseconds: seconds or a date, by the server's clock where it tells it. RFC 9110 §10.2.3 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000
  const server = Date.parse(headers.get('date') ?? '')
  const wait = Date.parse(value) - (Number.isNaN(server) ? now : server)
  return /^[A-Za-z]/.test(value) && wait >= 0 ? wait : undefined
}

/** The server could not answer now: another attempt may do better. RFC 6749 §4.1.2.1 names the two errors. */
function isPassing(status: number, error: string | undefined): boolean {
  return (
    status === 408 ||
    status === 429 ||
    status >= 500 ||
    error === 'temporarily_unavailable' ||
    error === 'server_error'
  )
}

/** Makes the errors of one endpoint, none of which shows a secret of the request or of the answer. */
export class Failures {
  readonly #what: string
  readonly #secrets = new Set<string>()

  constructor(method: string, url: string | URL) {
    this.#what = `${method} ${place(url)}`
  }

  /** Keeps these strings out of every error made from here on. */
  conceal(...lists: readonly string[][]): void {
    for (const list of lists) for (const secret of list) this.#secrets.add(secret)
  }

  /** The endpoint said no, or that it cannot. */
  answered(status: number, { error, errorDescription }: Complaint, after?: number): ExchangeError {
    const retryable = isPassing(status, error)
    const code = error && scrub(error, this.#secrets)
    const words = errorDescription && scrub(errorDescription, this.#secrets)
    const said = [code && ` (${code})`, words && `: ${words}`].filter(Boolean).join('')
    return new ExchangeError(
      retryable ? 'exchange-unavailable' : 'exchange-refused',
      `${this.#what} answered ${status}${said}. ${retryable ? 'Another attempt may succeed.' : 'Check the credentials and what they are allowed.'}`,
      {
        status,
        retryable,
        ...(code && { error: code }),
        ...(words && { errorDescription: words }),
        ...(after !== undefined && { retryAfter: after }),
      },
    )
  }

  redirected(status: number, location: string | null, base: string | URL): ExchangeError {
    const target = location === null ? null : URL.parse(location, base)
    return new ExchangeError(
      'exchange-redirected',
      `${this.#what} redirects${target ? ` to ${place(target)}` : ''}, where credentials are not sent on. Give the final URL.`,
      { retryable: false, ...(status && { status }) },
    )
  }

  unusable(status: number, reason: unknown): ExchangeError {
    const why = reason instanceof Error ? reason.message : String(reason)
    return new ExchangeError(
      'invalid-response',
      `${this.#what} answered ${status} with something else than expected: ${scrub(why, this.#secrets)}`,
      { status, retryable: true },
    )
  }

  unreachable(cause: unknown): ExchangeError {
    const copy = this.#copy(cause)
    const innermost = (at: Error): Error => (at.cause instanceof Error ? innermost(at.cause) : at)
    return new ExchangeError(
      'exchange-unreachable',
      `${this.#what} got no answer: ${innermost(copy).message || copy.message}`,
      { retryable: true, cause: copy },
    )
  }

  /** A foreign error without what it may carry: an HTTP client's errors hold the whole request. */
  #copy(error: unknown, depth = 0): Error {
    if (!(error instanceof Error)) return new Error('unknown failure')
    const { code } = error as { code?: unknown }
    const inner = error instanceof AggregateError ? error.errors[0] : error.cause
    const copy = new Error(scrub(error.message, this.#secrets) || String(code ?? error.name), {
      ...(inner !== undefined && depth < 4 && { cause: this.#copy(inner, depth + 1) }),
    })
    copy.name = error.name
    return typeof code === 'string' ? Object.assign(copy, { code }) : copy
  }
}
