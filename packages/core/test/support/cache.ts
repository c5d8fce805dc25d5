import {
  type AwsCredentials,
  type CachedProvider,
  type CacheEvent,
  type CacheOptions,
  cached,
  type MaybePromise,
  type ProviderOptions,
} from '@countersign/core'

export const SECOND = 1000
export const MINUTE: number = 60 * SECOND
export const HOUR: number = 60 * MINUTE
/** Midnight, so that a date in a failure is easy to read. */
export const START: number = Date.UTC(2026, 0, 1)

export interface Value {
  readonly expiresAt?: number | undefined
}
export interface RigOptions extends CacheOptions {
  /** How long a value lives. Default an hour. */
  lifetime?: number
}
type Answer<T> = (options: ProviderOptions<T>) => MaybePromise<T>

/** A cache under a clock that a test sets, before a source that does as told and counts. */
export interface Rig<T extends object> {
  readonly cache: CachedProvider<T>
  readonly events: CacheEvent[]
  /** How often the source was called, and with what. */
  readonly contacts: ProviderOptions<T>[]
  now: number
  /** How long a value lives that {@link Rig.ok} makes. */
  lifetime: number
  /** What the source does; {@link Rig.ok} at first. */
  answer: Answer<T>
  /** A new value, numbered by its contact. */
  ok: Answer<T>
}

/** Draws the least delay and no jitter, so that figures in a test are round. */
const LEAST = (): number => 0

export function rigOf<T extends object>(make: (n: number) => T, options: RigOptions = {}): Rig<T> {
  const { lifetime = HOUR, onEvent, ...rest } = options
  const rig: Rig<T> = {
    cache: cached<T>(
      (asked = {}) => {
        rig.contacts.push(asked)
        return rig.answer(asked)
      },
      {
        now: () => rig.now,
        random: LEAST,
        onEvent: (event) => {
          rig.events.push(event)
          return onEvent?.(event)
        },
        ...rest,
      },
    ),
    events: [],
    contacts: [],
    now: START,
    lifetime,
    answer: async (asked) => rig.ok(asked),
    ok: () => ({ ...make(rig.contacts.length), expiresAt: rig.now + rig.lifetime }),
  }
  return rig
}

export interface TestToken extends Value {
  readonly token: string
}

/** Tokens as they come by default: never served past their end. */
export const tokens = (options?: RigOptions): Rig<TestToken> =>
  rigOf<TestToken>((n) => ({ token: `t${n}` }), options)

/** AWS credentials as they come by default: served past their end while the source fails. */
export const credentials = (options?: RigOptions): Rig<AwsCredentials> =>
  rigOf<AwsCredentials>(
    (n) => ({ accessKeyId: `id${n}`, secretAccessKey: `key${n}`, sessionToken: `session${n}` }),
    { staleIfError: true, ...options },
  )

export const fails =
  (error: unknown = new Error('no route to host')): (() => Promise<never>) =>
  async () => {
    throw error
  }

export const never = (): Promise<never> => new Promise(() => {})

export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** A promise, and how to settle it. */
export function deferred<T>(): Deferred<T> {
  const parts: Partial<Deferred<T>> = {}
  const promise = new Promise<T>((resolve, reject) => {
    Object.assign(parts, { resolve, reject })
  })
  return Object.assign(parts as Deferred<T>, { promise })
}

/** Lets everything happen that needs no time. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
