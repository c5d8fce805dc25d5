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
import { functionOr, milliseconds, wrong } from './options.ts'
import type { Provider, ProviderOptions } from './provider.ts'
import { isPromise, type MaybePromise } from './signer.ts'

/** A provider that keeps its value. */
export interface CachedProvider<T> extends Provider<T> {
  /** The value, if one is there and still good. Never contacts the source. */
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
 * between calls. Share one cache among all clients of the same credentials.
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
  functionOr('source', source ?? null, source)
  const { staleIfError } = options
  const onEvent = functionOr<CacheOptions['onEvent']>('onEvent', options.onEvent, undefined)
  const now = functionOr('now', options.now, Date.now)
  const random = functionOr('random', options.random, Math.random)
  const number = <F>(name: NumberOption, fallback?: F) =>
    milliseconds(name, options[name], fallback as number) as number | F
  const advisory = number('advisoryWindow', undefined)
  const mandatory = number('mandatoryWindow', undefined)
  const jitter = number('jitter', 0.1)
  const backoff = number('backoff', 600_000)
  const errorMemory = number('errorMemory', 5000)
  const timeout = number('timeout', 30_000)
  if (jitter > 1) throw wrong('jitter', 'a share from 0 to 1', jitter)

  // What is held is good from `start` until before `end`. Until `fresh` nothing happens, until
  // `calm` it is renewed in the background, and from then on callers wait for the next one.
  let held: Value | undefined
  let start = NEVER
  let fresh = NEVER
  let calm = NEVER
  /** `NEVER`, too, once a server has refused what is held. */
  let end = NEVER
  /** While nothing happens, refusals of what is held count no more: one has led to a contact. */
  let graced = false
  /** How the last refresh failed, and when those who cannot be served hear of it without a contact. */
  let failure: { error: unknown; from: number; until: number } | undefined
  let flight: Flight<T> | undefined
  /** The source or the listener is being called: what they ask for in that call leads to no contact. */
  let busy = 0

  const isGood = (t: number): boolean => t >= start && t < end
  const draw = (most: number): number => (most * (1 + random())) / 2

  function tell(event: CacheEvent): void {
    busy++
    // A faulty listener must not cost anybody a token.
    ;(async () => onEvent?.(event))().catch(() => {})
    busy--
  }

  function keep(value: Value, began: number): T {
    const t = now()
    const next = checked(value, began, t)
    // The held object stays, so that a refusal of it is recognized.
    const unchanged = held && isSame(held, next) ? held : undefined
    const kept = unchanged ?? next
    graced = !!unchanged && end === NEVER
    failure = undefined
    held = kept
    start = began
    end = next.expiresAt ?? Infinity
    const lifetime = end - began
    const window = Math.min(
      advisory ?? advisoryWindow(lifetime) * (1 - jitter * random()),
      // A wider one would mean a contact for every call.
      lifetime * 0.75,
    )
    calm = end - (mandatory ?? Math.min(60_000, window / 2))
    // A source that has nothing newer has it neither at once; one whose value was refused may soon.
    fresh = graced ? t + draw(errorMemory) : unchanged ? (t + end) / 2 : end - Math.max(window, 1)
    tell({
      type: unchanged ? 'unchanged' : 'refresh-ok',
      duration: t - began,
      expiresAt: next.expiresAt,
      remaining: end - t,
    })
    return kept
  }

  /** What callers get when a refresh failed, or the error. */
  function fall(error: unknown, began: number): T {
    const t = now()
    const good = isGood(t)
    const final = hint(error, 'retryable') === false
    const kept = good || (staleIfError && !final) ? held : undefined
    failure = { error, from: t, until: !kept && (final || graced) ? t + draw(errorMemory) : NEVER }
    if (kept) {
      const asked = hint(error, 'retryAfter') as number
      const drawn = draw(backoff)
      const limit = good ? Math.max(1000, (end - t) / 4) : drawn
      const next = t + Math.min(asked >= 0 ? asked : drawn, limit)
      if (!good) {
        start = t
        end = next
      }
      fresh = Math.min(next, end) - 1
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
    const old = isGood(t) && t <= calm ? held : undefined
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
      const brought = source({ refused: end > NEVER ? undefined : held, signal: controller.signal })
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
    const rests = t >= start && t <= fresh
    const rejects = held !== undefined && refused === held && !(graced && rests)
    if (rejects && end > NEVER) {
      fresh = end = NEVER
      tell({ type: 'refused' })
    }
    if (isGood(t) && (busy || t <= fresh || (flight && t <= calm))) return held as T
    if (flight) return flight(signal)
    if (busy) {
      throw new CountersignError('reentrant-refresh', 'A source or listener called its own cache')
    }
    if (failure && t >= failure.from && t < failure.until) throw failure.error
    graced = rejects && !!failure
    return contact(t, signal)
  }

  const provider: Provider<T> = (asked) => {
    const t = now()
    return t <= fresh && t >= start && asked?.refused !== held ? (held as T) : read(t, asked ?? {})
  }
  return Object.assign(provider, {
    peek: () => (isGood(now()) ? held : undefined),
    clear() {
      held = failure = flight = undefined
      fresh = end = NEVER
    },
  })
}

/** What an error says about trying again, or else one that it was caused by. */
function hint(error: unknown, name: 'retryable' | 'retryAfter', depth = 8): unknown {
  const { [name]: said, cause } = (error ?? {}) as Record<string, unknown>
  return said ?? (cause && depth ? hint(cause, name, depth - 1) : undefined)
}
