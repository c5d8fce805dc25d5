import type { JsonValue } from 'type-fest'
import { abortable, MAX_DELAY, sleep } from './abort.ts'
import { ExchangeError, OptionError } from './errors.ts'
import {
  type Complaint,
  complaint,
  failuresOf,
  members,
  retryAfter,
  queried,
  strings,
  wrapped,
} from './exchange-error.ts'
import { signedFetch } from './fetch.ts'
import {
  assertOptions,
  assertSigner,
  defined,
  functionOr,
  headerName,
  headerValue,
  httpMethod,
  milliseconds,
  unexpected,
} from './options.ts'
import { secureUrl } from './origin.ts'
import type { Provider } from './provider.ts'
import { discard, readUpTo, textOf } from './read.ts'
import { type MaybePromise, type Signer, UNSIGNED } from './signer.ts'
import { isRedirect } from './wire.ts'

/** A value, or a function that makes it anew for each attempt. */
export type Fresh<T> = T | (() => MaybePromise<T>)
export type FormFields = Readonly<Record<string, string | undefined>>

export interface RetryOptions {
  /** Attempts in all. Default 3. */
  attempts?: number
  /** Milliseconds before the second attempt at the most; doubled for each further one, and drawn at random below. Default 500. */
  delay?: number
  /** Whether to try again when it is unknown what the server did: on lost connections, and on statuses other than 429 and 503. Default `true`. */
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

type ReadError = (body: JsonValue | undefined, status: number) => Complaint

interface BaseOptions<T> extends ExchangeSettings {
  url: string | URL
  /** Default `POST` with a form or JSON, else `GET`. */
  method?: string
  headers?: Readonly<Record<string, string>>
  /** Proves to the endpoint who is asking. */
  signer?: Signer
  /** An answer that is not JSON is handed over as text. Default `false`: it is a failure. */
  text?: boolean
  /** Makes a T of the answer, or throws. What it throws is reported without what the answer holds. */
  read(body: JsonValue, answer: ExchangeAnswer): MaybePromise<T>
  /** Reads the endpoint's own error shape. Default: RFC 6749 §5.2 and `{ code, message }`. */
  readError?: ReadError
}

/** The body: form-encoded, JSON, or none. */
type BodyOptions =
  | { form: Fresh<FormFields>; json?: never }
  | { json: Fresh<JsonValue>; form?: never }
  | { form?: never; json?: never }

export type ExchangeOptions<T> = BaseOptions<T> & BodyOptions

const MAX_BODY = 1024 * 1024

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
  assertOptions(options)
  const { form, json } = options
  if (form && json !== undefined) throw new OptionError('json', 'cannot go together with `form`')
  return exchangeOf(
    options,
    async () => ({ form: await fresh(form), json: await fresh(json as Fresh<JsonValue>) }),
    form || json !== undefined ? 'POST' : 'GET',
  )
}

type Proof = Record<string, string>

/** What goes into one attempt. */
interface Prepared {
  form?: FormFields | undefined
  json?: JsonValue | undefined
  headers?: Readonly<Record<string, string>> | undefined
}

/** An exchange whose body and headers are made together, anew for each attempt. */
export function exchangeOf<T>(
  options: BaseOptions<T>,
  prepare: () => Promise<Prepared>,
  defaultMethod = 'POST',
): Provider<T> {
  const { allowInsecure, signer = { sign: () => UNSIGNED } } = options
  assertSigner(signer)
  const retry = options.retry ?? {}
  const url = secureUrl('url', options.url, allowInsecure)
  const method = httpMethod('method', options.method ?? defaultMethod)
  const now = functionOr('now', options.now, Date.now)
  const custom = functionOr('fetch', options.fetch, undefined)
  const timeout = milliseconds('timeout', options.timeout, 20_000)
  const attempts = milliseconds('retry.attempts', retry.attempts, 3)
  const delay = milliseconds('retry.delay', retry.delay, 500)
  functionOr('read', options.read ?? null, 0)
  const readError = functionOr<ReadError>('readError', options.readError, complaint)
  const constant: Record<string, string> = { accept: 'application/json' }
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    constant[headerName('headers', name)] = headerValue(`headers.${name}`, value)
  }

  async function attempt(signal: AbortSignal): Promise<T> {
    const { conceal, answered, redirected, unreachable, unusable } = failuresOf(method, url)
    const startedAt = now()
    const { form, json, headers } = await prepare()
    conceal([...strings(form), ...strings(json)])
    const send = signedFetch(signer, {
      allowInsecure: true,
      async fetch(input, init) {
        const { accept: _, 'content-type': __, ...proof } = Object(init?.headers) as Proof
        for (const value of Object.values(proof)) conceal(wrapped(value))
        conceal(queried(String(input)))
        try {
          return await (custom ?? fetch)(input, init)
        } catch (error) {
          throw unreachable(error)
        }
      },
    })
    const [type, body] = form
      ? ['application/x-www-form-urlencoded', new URLSearchParams(defined(form)).toString()]
      : ['application/json', json !== undefined && JSON.stringify(json)]
    const response = await send(url, {
      method,
      headers: { ...(body && { 'content-type': type }), ...constant, ...headers },
      ...(body && { body }),
      redirect: 'manual',
      signal,
    })
    const { status } = response
    if (isRedirect(status)) {
      discard(response.body)
      throw redirected(status, response.headers.get('location'))
    }
    const { bytes, whole } = await readUpTo(response.body, MAX_BODY).catch((error) => {
      throw unreachable(error)
    })
    const text = textOf(bytes).trim()
    const parsed = parse(text)
    if (status >= 300 || members(parsed).error) {
      throw answered(status, () => readError(parsed, status), retryAfter(response.headers, now()))
    }
    try {
      if (!whole) throw unexpected('its body is larger than 1 MiB')
      const body = parsed ?? (options.text ? text : undefined)
      if (!body) throw unexpected(text ? 'its body is not JSON' : 'its body is empty')
      return await options.read(body, { startedAt, status, headers: response.headers })
    } catch (error) {
      conceal(strings(parsed ?? text))
      throw unusable(status, error)
    }
  }

  /** How long to wait before attempt n + 1; `undefined` if there is none. */
  function pause(error: unknown, n: number): number | undefined {
    const { code, status = 0, retryAfter } = error as ExchangeError
    const failed = code === 'exchange-unavailable' || code === 'exchange-unreachable'
    // Two statuses say that nothing was done; behind any other an answer may have been lost.
    const again = failed && (retry.unanswered !== false || [429, 503].includes(status))
    if (!again || n >= attempts) return undefined
    return retryAfter ?? delay * 2 ** (n - 1) * (0.5 + Math.random() / 2)
  }

  return async ({ signal } = {}) => {
    signal?.throwIfAborted()
    const late = new DOMException(`no answer within ${timeout} ms`, 'TimeoutError')
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(late), Math.min(timeout, MAX_DELAY))
    const ends = now() + timeout
    const either = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal
    try {
      for (let n = 1; ; n++) {
        try {
          return await abortable(attempt(either), either)
        } catch (error) {
          either.throwIfAborted()
          const wait = pause(error, n)
          if (wait === undefined || now() + wait >= ends) throw error
          await sleep(wait, either)
        }
      }
    } catch (error) {
      throw error === late ? failuresOf(method, url).unreachable(late) : error
    } finally {
      clearTimeout(timer)
    }
  }
}

function fresh<V>(source: Fresh<V>): MaybePromise<V> {
  return typeof source === 'function' ? (source as () => MaybePromise<V>)() : source
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
