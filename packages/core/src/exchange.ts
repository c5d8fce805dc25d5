import type { JsonValue } from 'type-fest'
import { attemptOf, type FormFields, type Prepared } from './attempt.ts'
import { ExchangeError, OptionError } from './errors.ts'
import { type Complaint, Failures } from './exchange-error.ts'
import { abortable } from './flight.ts'
import { functionOr, milliseconds } from './options.ts'
import { httpUrl } from './origin.ts'
import type { Provider } from './provider.ts'
import type { MaybePromise, Signer } from './signer.ts'

/** A value, or a function that makes it anew for each attempt. */
export type Fresh<T> = T | (() => MaybePromise<T>)

export interface RetryOptions {
  /** Attempts in all. Default 3. */
  attempts?: number
  /** Milliseconds before the second attempt at the most; doubled for each further one, and drawn at random below. Default 500. */
  delay?: number
  /** Whether to try again when there was no answer, so that it is unknown what the server did. Default `true`. */
  unanswered?: boolean
}

/** Seams and limits that every exchange shares. */
export interface ExchangeSettings {
  /** Default: the global `fetch` at the time of the call. */
  fetch?: typeof fetch
  /** Milliseconds for all attempts together. Default 20,000. */
  timeout?: number
  /** 408, 429, 5xx and lost connections are tried again; a `Retry-After` that fits the timeout is obeyed. */
  retry?: RetryOptions
  /** Lets the secret travel over plain http to another machine. Default `false`. */
  allowInsecure?: boolean
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  now?: () => number
}

export interface ExchangeAnswer {
  /** When the attempt that brought it was begun, in ms since the Unix epoch: lifetimes count from here. */
  readonly startedAt: number
  readonly status: number
  readonly headers: Headers
}

export interface ExchangeOptions<T> extends ExchangeSettings {
  url: string | URL
  /** Default `POST` with a form or JSON, else `GET`. */
  method?: string
  headers?: Readonly<Record<string, string>>
  /** Proves to the endpoint who is asking. */
  signer?: Signer
  /** The body, form-encoded. */
  form?: Fresh<FormFields>
  /** The body as JSON; not together with `form`. */
  json?: Fresh<JsonValue>
  /** An answer that is not JSON is read as text. Default `false`: it is a failure. */
  text?: boolean
  /** Makes a T of the answer, or throws. What it throws is reported without what the answer holds. */
  read(body: JsonValue, answer: ExchangeAnswer): T
  /** Reads the endpoint's own error shape. Default: RFC 6749 §5.2 and `{ code, message }`. */
  readError?(body: JsonValue | undefined, status: number): Complaint
}

/**
 * Trades one thing for a temporary one over HTTP: the primitive below OAuth and the vendors' own
 * ways to a token. It keeps nothing: put {@link cached} around it.
 *
 * Redirects are refused, a body over 1 MiB is not read, and an answer with an `error` member is an
 * error whatever its status.
 *
 * @throws {OptionError} when it is built, if an option is wrong.
 * @throws {ExchangeError} when it is called, if the endpoint refuses, fails or answers nonsense.
 */
export function exchange<T>(options: ExchangeOptions<T>): Provider<T> {
  const { form, json } = options
  if (form && json !== undefined) throw new OptionError('json', 'cannot go together with `form`')
  if (form) return exchangeOf(options, async () => ({ form: await fresh(form) }))
  if (json === undefined) return exchangeOf(options, () => ({}), 'GET')
  return exchangeOf(options, async () => ({ json: await fresh(json as Fresh<JsonValue>) }))
}

/** An exchange whose body and headers are made together, anew for each attempt. */
export function exchangeOf<T>(
  options: Omit<ExchangeOptions<T>, 'form' | 'json'>,
  prepare: () => MaybePromise<Prepared>,
  defaultMethod = 'POST',
): Provider<T> {
  const { retry = {} } = options
  const url = httpUrl('url', options.url, options.allowInsecure)
  const method = (options.method ?? defaultMethod).toUpperCase()
  const now = functionOr('now', options.now, Date.now)
  const timeout = milliseconds('timeout', options.timeout, 20_000)
  const attempts = milliseconds('retry.attempts', retry.attempts, 3)
  const delay = milliseconds('retry.delay', retry.delay, 500)
  const attempt = attemptOf({ ...options, url, method, now, prepare })

  /** How long to wait before attempt n + 1, or that there is none. */
  function again(error: unknown, n: number): number | false {
    if (!(error instanceof ExchangeError) || n >= attempts) return false
    const { code, retryAfter } = error
    const unanswered = code === 'exchange-unreachable' && retry.unanswered !== false
    if (!unanswered && code !== 'exchange-unavailable') return false
    return retryAfter ?? delay * 2 ** (n - 1) * (0.5 + Math.random() / 2)
  }

  return async ({ signal } = {}) => {
    signal?.throwIfAborted()
    const late = new DOMException(`no answer within ${timeout} ms`, 'TimeoutError')
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(late), timeout)
    const ends = now() + timeout
    const either = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal
    try {
      for (let n = 1; ; n++) {
        try {
          return await abortable(attempt(either), either)
        } catch (error) {
          either.throwIfAborted()
          const wait = again(error, n)
          if (wait === false || now() + wait >= ends) throw error
          await sleep(wait, either)
        }
      }
    } catch (error) {
      throw error === late ? new Failures(method, url).unreachable(late) : error
    } finally {
      clearTimeout(timer)
    }
  }
}

function fresh<V>(source: Fresh<V>): MaybePromise<V> {
  return typeof source === 'function' ? (source as () => MaybePromise<V>)() : source
}

function sleep(duration: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      if (signal.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(end, duration)
    signal.addEventListener('abort', end)
  })
}
