import { abortable } from './abort.ts'
import { CountersignError } from './errors.ts'
import { type Flight, shared } from './flight.ts'
import {
  advisoryWindow,
  type CacheEvent,
  type CacheOptions,
  checked,
  type Expiring,
  isSame,
} from './lifetime.ts'
import { assertOptions, functionOr, milliseconds, wrong } from './options.ts'
import type { Provider, ProviderOptions } from './provider.ts'
import { isPromise, type MaybePromise } from './signer.ts'

/** A provider that keeps its value. */
export interface CachedProvider<T> extends Provider<T> {
  /** What a call would get without waiting, if there is such a value. Never contacts the source. */
  peek(): T | undefined
  /** Forgets the value and every failure. Who waits already is still served. */
  clear(): void
}

/** Before and after all time. */
const NEVER = -Infinity

type NumberOption =
  | 'advisoryWindow'
  | 'mandatoryWindow'
  | 'jitter'
  | 'backoff'
  | 'errorMemory'
  | 'timeout'

/**
 * Keeps what a source hands out for as long as it is good, and renews it in time: one state machine
 * for access tokens and AWS credentials alike, after the refresh behaviour that the AWS SDKs share.
 *
 * A warm call is synchronous and returns the same frozen object. There is one contact of the source
 * at a time, whoever asks. A failed refresh never costs a value that is still valid. No timer runs
 * between calls; a refresh that is under way holds the process until its source answers or gives
 * up. Share one cache among all clients of the same credentials.
 *
 * @param source Obtains a new value; a `refused` value in its options tells that a server turned that one down.
 * @throws {OptionError} when an option is wrong.
 */
export function cached<T extends object>(
  // Not as a bound of T: no type without `expiresAt` would keep it.
  source: Provider<T & Expiring>,
  options: CacheOptions = {},
): CachedProvider<T> {
  type Value = T & Expiring
  assertOptions(options)
  functionOr('source', source ?? null, source)
  const { staleIfError } = options
  const onEvent = functionOr<(event: CacheEvent) => void>('onEvent', options.onEvent, () => {})
  const now = functionOr('now', options.now, Date.now)
  const random = functionOr('random', options.random, Math.random)
  const number = (name: NumberOption, fallback?: number) =>
    milliseconds(name, options[name], fallback as number)
  const advisory = number('advisoryWindow') as number | undefined
  const mandatory = number('mandatoryWindow') as number | undefined
  const jitter = number('jitter', 0.1)
  const backoff = number('backoff', 600_000)
  const errorMemory = number('errorMemory', 5000)
  const timeout = number('timeout', 30_000)
  if (jitter > 1) throw wrong('jitter', 'a share from 0 to 1', jitter)

  // What is held is good from `goodFrom` until before `goodUntil`. Until `restUntil` nothing
  // happens, until `waitFrom` it is renewed in the background, and then callers wait for the next.
  let held: Value | undefined
  let goodFrom = NEVER
  let restUntil = NEVER
  let waitFrom = NEVER
  /** `NEVER`, too, once a server has refused what is held. */
  let goodUntil = NEVER
  /** A refusal has led to a contact, in vain: until `restUntil`, no other does. */
  let deaf = false
  /** When and how the last refresh failed; `NEVER` once one has succeeded. */
  let failedAt = NEVER
  let failure: unknown
  /** Until then, those who cannot be served hear of the failure, and nobody contacts the source. */
  let mutedUntil = NEVER
  let flight: Flight<T> | undefined
  /** The source or the listener is being called: what they ask for in that call leads to no contact. */
  let busy = 0

  const isGood = (t: number): boolean => t >= goodFrom && t < goodUntil
  const draw = (most: number): number => (most * (1 + random())) / 2

  function tell(event: CacheEvent): void {
    busy++
    // A faulty listener must not cost anybody a token.
    ;(async () => onEvent(event))().catch(() => {})
    busy--
  }

  function keep(value: Value, began: number): T {
    const t = now()
    const next = checked(value, began, t)
    // The same value again: the held object stays, so that a refusal of it is recognized.
    const kept = held && isSame(held, next) ? held : next
    const unchanged = kept === held
    deaf = unchanged && goodUntil === NEVER
    failedAt = mutedUntil = NEVER
    held = kept
    goodFrom = began
    goodUntil = next.expiresAt ?? Infinity
    const lifetime = goodUntil - began
    const window = Math.min(
      advisory ?? advisoryWindow(lifetime) * (1 - jitter * random()),
      // A wider one would mean a contact for every call.
      lifetime * 0.75,
    )
    waitFrom = goodUntil - (mandatory ?? Math.min(60_000, window / 2))
    // What has nothing newer is left alone for a while, or for a moment if the value was refused.
    restUntil = deaf
      ? Math.min(t + draw(errorMemory), goodUntil - 1)
      : unchanged
        ? (t + goodUntil) / 2
        : goodUntil - Math.max(window, 1)
    tell({
      type: unchanged ? 'unchanged' : 'refresh-ok',
      duration: t - began,
      expiresAt: next.expiresAt,
      remaining: goodUntil - t,
      renewIn: restUntil - t,
    })
    return kept
  }

  /** What callers get when a refresh failed, or the error. */
  function fall(error: unknown, began: number): T {
    const t = now()
    const good = isGood(t)
    const final = hint(error, 'retryable') === false
    const kept = good || (staleIfError && !final) ? held : undefined
    failure = error
    failedAt = t
    mutedUntil = !kept && (final || deaf) ? t + draw(errorMemory) : NEVER
    if (kept) {
      const asked = hint(error, 'retryAfter') as number
      // A server takes it no more, so that nobody is served by leaving the source alone for long.
      const drawn = draw(deaf ? errorMemory : backoff)
      const limit = good ? Math.max(1000, (goodUntil - t) / 4) : drawn
      const next = t + Math.min(asked >= 0 ? asked : drawn, limit)
      if (!good) {
        goodFrom = t
        goodUntil = next
      }
      restUntil = Math.min(next, goodUntil) - 1
    }
    const { code, message } =
      error instanceof CountersignError
        ? error
        : { code: error instanceof Error ? error.name : typeof error }
    tell({ type: 'refresh-failed', duration: t - began, code, message })
    if (!kept) throw error
    if (!good) tell({ type: 'stale-served', expiresAt: kept.expiresAt })
    return kept
  }

  /** The one contact of the source. */
  function contact(t: number, signal: AbortSignal | undefined): MaybePromise<T> {
    const old = isGood(t) && t <= waitFrom ? held : undefined
    if (!old) signal?.throwIfAborted()
    const controller = new AbortController()
    let own: Flight<T> | undefined
    // Cleared meanwhile: those who wait are served, and nothing is kept.
    const land = (value: Value): T => (flight === own ? keep(value, t) : checked(value, t, now()))
    const miss = (error: unknown): T => {
      if (flight === own) return fall(error, t)
      throw error
    }
    const leave = () => {
      if (flight === own) flight = undefined
    }
    busy++
    try {
      const brought = source({
        refused: goodUntil > NEVER ? undefined : held,
        signal: controller.signal,
      })
      if (isPromise(brought)) {
        const work = abortable(brought, controller.signal) as Promise<T>
        const outcome = work.then(land).catch(miss).finally(leave)
        flight = own = shared(outcome, controller, timeout, old ? 1 : 0, leave)
      }
      tell({ type: 'refresh-start', background: !!old })
      if (own) return old ?? own(signal)
      const next = land(brought as Value)
      return old ?? next
    } catch (error) {
      return miss(error)
    } finally {
      busy--
    }
  }

  /** Everything but a warm call. */
  function read(t: number, { refused, signal }: ProviderOptions<T>): MaybePromise<T> {
    const resting = t >= goodFrom && t <= restUntil
    const rejects = held !== undefined && refused === held && !(deaf && resting)
    if (rejects && goodUntil > NEVER) {
      restUntil = goodUntil = NEVER
      tell({ type: 'refused' })
    }
    if (isGood(t) && (busy || t <= restUntil || (flight && t <= waitFrom))) return held as T
    if (flight) return flight(signal)
    if (busy) {
      throw new CountersignError('reentrant-refresh', 'A source or listener called its own cache')
    }
    if (t >= failedAt && t < mutedUntil) throw failure
    deaf = rejects && failedAt > NEVER
    return contact(t, signal)
  }

  const provider: Provider<T> = (asked) => {
    const t = now()
    return t <= restUntil && t >= goodFrom && asked?.refused !== held
      ? (held as T)
      : read(t, asked ?? {})
  }
  return Object.assign(provider, {
    peek: () => (isGood(now()) ? held : undefined),
    clear() {
      held = flight = undefined
      restUntil = goodUntil = failedAt = mutedUntil = NEVER
    },
  })
}

/** What an error says about trying again, or else one that it was caused by. */
function hint(error: unknown, name: 'retryable' | 'retryAfter', depth = 8): unknown {
  const { [name]: said, cause } = (error ?? {}) as Record<string, unknown>
  return said ?? (cause && depth ? hint(cause, name, depth - 1) : undefined)
}
