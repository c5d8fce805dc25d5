import { CountersignError, OptionError } from './errors.ts'
import { Flight } from './flight.ts'
import {
  type CacheEvent,
  type CacheOptions,
  cachePolicy,
  type Delay,
  type Lease,
  lease,
} from './lifetime.ts'
import { kind } from './options.ts'
import { isPromise, type MaybePromise } from './signer.ts'

/** A token for an `Authorization: Bearer` header, and when it ends. */
export interface AccessToken {
  readonly token: string
  /** As the endpoint names it, such as `Bearer`. */
  readonly type?: string
  /** Milliseconds since the Unix epoch. Absent: served until refused. */
  readonly expiresAt?: number
}

/** Credentials of the AWS shape, temporary where they have an end. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt?: number
}

export interface ProviderOptions<T> {
  /** The value that a server has just refused, by identity. */
  refused?: T | undefined
  /** Ends this caller's wait. */
  signal?: AbortSignal | undefined
}

/** Obtains a T from wherever Ts come from, at once where that is possible. */
// A method's type, which compares `refused` either way: who hands a value back got it from this very
// provider. So a provider of more than a T, such as one whose `expiresAt` is never absent, is one of Ts.
export type Provider<T> = {
  provide(options?: ProviderOptions<T>): MaybePromise<T>
}['provide']

/** A provider that keeps its value. */
export interface CachedProvider<T> extends Provider<T> {
  /** The value, if one is there and still good. Never contacts the source. */
  peek(): T | undefined
  /** Forgets the value and every failure. Who waits already is still served. */
  clear(): void
}

/**
 * Keeps what a source hands out for as long as it is good, and renews it in time: one state machine
 * for access tokens and AWS credentials alike, after the refresh behaviour that the AWS SDKs share.
 *
 * A warm call is synchronous and returns the same frozen object. There is one contact of the source
 * at a time, whoever asks. A failed refresh never costs a value that is still valid. No timer runs
 * between calls. Share one cache among all clients of the same credentials.
 *
 * @param source Obtains a new value; a `refused` value in its options tells that a server turned that one down.
 * @throws {OptionError} when an option is wrong.
 */
export function cached<T extends { expiresAt?: number }>(
  source: Provider<T>,
  options: CacheOptions = {},
): CachedProvider<T> {
  if (typeof source !== 'function')
    throw new OptionError('source', `takes a function, not ${kind(source)}`)
  const policy = cachePolicy(options)
  const { now } = policy

  let held: Lease<T> | undefined
  /** The fast path's own copy of the lease's bounds; an empty interval sends every call the long way. */
  let freshFrom = Infinity
  let freshUntil = -Infinity
  /** A server has turned the held value down. */
  let deposed = false
  /** After a failure, the source is left alone for this interval … */
  let quiet = { from: Infinity, until: -Infinity }
  /** … but for one refusal … */
  let graced = false
  /** … and this is what those hear who cannot be served meanwhile. */
  let failure: { error: unknown } | undefined
  let flight: Flight<T> | undefined
  /** The source or a listener is being called: what they ask for in that call cannot lead to a contact. */
  let busy = false

  const draw = ({ min, max }: Delay) => min + (max - min) * policy.random()
  const isGood = (t: number): boolean =>
    held !== undefined && !deposed && t >= held.receivedAt && t < held.expiresAt

  function tell(event: CacheEvent): void {
    if (!policy.onEvent) return
    const before = busy
    busy = true
    // A faulty listener must not cost anybody a token.
    try {
      const result: unknown = policy.onEvent(event)
      if (isPromise(result)) result.catch(() => {})
    } catch {}
    busy = before
  }

  function rest(from: number, duration: number): void {
    quiet = { from, until: from + duration }
  }

  function accept(value: T, began: number): T {
    const next = lease(value, began, policy)
    const t = now()
    const end = next.expiresAt === Infinity ? {} : { expiresAt: next.expiresAt }
    const again = held !== undefined && isSame(held.value, next.value)
    if (held && again) {
      // Nothing new is to be had yet. The held object stays, so that a refusal of it is recognized.
      const remaining = held.expiresAt - t
      graced = deposed
      rest(t, deposed ? draw(policy.errorMemory) : remaining / 2)
      tell({ type: 'unchanged', remaining, ...end })
    } else {
      held = next
      rest(t, 0)
      graced = false
      tell({ type: 'refresh-ok', duration: t - began, ...end })
    }
    deposed = false
    failure = undefined
    freshFrom = held.receivedAt
    freshUntil = held.freshUntil
    return held.value as T
  }

  /** A refresh failed: what callers get instead, or the error. */
  function fall(error: unknown, began: number): T {
    const t = now()
    const wasQuiet = t >= quiet.from && t < quiet.until
    const final = isFinal(error)
    const ours = error instanceof CountersignError
    tell({
      type: 'refresh-failed',
      duration: t - began,
      code: ours ? error.code : nameOf(error),
      ...(ours && { message: error.message }),
    })
    failure = undefined
    if (held && (isGood(t) || (policy.staleIfError && !final))) {
      const cap = isGood(t) ? Math.max(1000, (held.expiresAt - t) / 4) : policy.backoff.max
      rest(t, Math.min(retryAfter(error) ?? draw(policy.backoff), cap))
      return serve(held, t)
    }
    if (!policy.staleIfError) forget()
    if (final || (wasQuiet && graced)) {
      failure = { error }
      rest(t, draw(policy.errorMemory))
    } else rest(t, 0)
    throw error
  }

  function forget(): void {
    held = undefined
    deposed = false
    freshUntil = -Infinity
  }

  function serve({ value, expiresAt }: Lease<T>, t: number): T {
    if (!isGood(t)) tell({ type: 'stale-served', ...(expiresAt !== Infinity && { expiresAt }) })
    return value as T
  }

  /** The one contact of the source. */
  function contact(
    t: number,
    refused: T | undefined,
    signal: AbortSignal | undefined,
  ): MaybePromise<T> {
    const background = isGood(t) && held !== undefined && t <= held.mandatoryFrom
    const old = held
    const controller = new AbortController()
    let brought: MaybePromise<T>
    busy = true
    try {
      brought = source({ ...(refused !== undefined && { refused }), signal: controller.signal })
      if (!isPromise(brought)) {
        tell({ type: 'refresh-start', background })
        brought = accept(brought, t)
        return background && old ? (old.value as T) : brought
      }
    } catch (error) {
      return fall(error, t)
    } finally {
      busy = false
    }

    const own: Flight<T> = new Flight(brought, {
      controller,
      timeout: policy.timeout,
      settle: (work) =>
        work.then(
          (value) => landed(value),
          (error) => missed(error),
        ),
      onAbandoned: () => {
        if (flight === own) flight = undefined
      },
    })
    const landed = (value: T): T => {
      // Cleared meanwhile: those who wait are served, and nothing is kept.
      if (flight !== own) return lease(value, t, policy).value as T
      try {
        const result = accept(value, t)
        flight = undefined
        return result
      } catch (error) {
        return missed(error)
      }
    }
    const missed = (error: unknown): T => {
      if (flight !== own) throw error
      flight = undefined
      return fall(error, t)
    }
    flight = own
    tell({ type: 'refresh-start', background })
    if (background && old) {
      own.detach()
      return old.value as T
    }
    return own.join(signal)
  }

  /** Everything but a warm call. */
  function read(t: number, { refused, signal }: ProviderOptions<T>): MaybePromise<T> {
    const isQuiet = t >= quiet.from && t < quiet.until
    const rejects = held !== undefined && refused === held.value && !(isQuiet && graced)
    if (rejects && !deposed) {
      deposed = true
      freshUntil = -Infinity
      tell({ type: 'refused' })
    }
    const good = isGood(t)
    if (held && good && (busy || (flight && t <= held.mandatoryFrom))) return held.value as T
    if (flight) return flight.join(signal)
    if (busy) {
      throw new CountersignError(
        'reentrant-refresh',
        'The source asked its own cache for a value: it would wait for itself',
      )
    }
    if (isQuiet && !rejects) {
      if (held && (good || policy.staleIfError) && !failure) return serve(held, t)
      if (failure) throw failure.error
    }
    signal?.throwIfAborted()
    graced = rejects && isQuiet
    return contact(t, rejects ? refused : undefined, signal)
  }

  const provider: Provider<T> = (options) => {
    const t = now()
    if (t <= freshUntil && t >= freshFrom && held && options?.refused !== held.value) {
      return held.value as T
    }
    return read(t, options ?? {})
  }
  return Object.assign(provider, {
    peek: () => (isGood(now()) ? (held?.value as T) : undefined),
    clear: () => {
      forget()
      flight = undefined
      failure = undefined
      rest(now(), 0)
    },
  })
}

function isSame(a: object, b: object): boolean {
  const keys = Object.keys(a) as (keyof typeof a)[]
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

/** Whether an error, or one that it was caused by, says that trying again cannot help. */
function isFinal(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ((at as { retryable?: unknown }).retryable === false) return true
  }
  return false
}

function retryAfter(error: unknown): number | undefined {
  const value = (error as { retryAfter?: unknown } | undefined)?.retryAfter
  return typeof value === 'number' && value >= 0 ? value : undefined
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
