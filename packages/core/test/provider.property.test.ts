import { cached, type CacheOptions, ExchangeError, type MaybePromise } from '@countersign/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SECOND, START, type TestToken } from './support/cache.ts'

/** What the source does with a contact, once it is told to go on. */
type Outcome =
  | { kind: 'ok'; lifetime: number | undefined }
  | { kind: 'same' }
  | { kind: 'expired' }
  | { kind: 'fails'; retryable?: boolean; retryAfter?: number }
  | { kind: 'throws' }
  | { kind: 'sync'; lifetime: number }
  | { kind: 'never' }

type Step =
  | { act: 'read'; abortable: boolean }
  | { act: 'refuse'; which: 'current' | 'older' | 'foreign' }
  | { act: 'abort'; index: number }
  | { act: 'answer' | 'late' | 'deadline' }
  | { act: 'clock'; by: number }

const lifetimes = fc.oneof(
  fc.integer({ min: 1, max: 2 * SECOND }),
  fc.integer({ min: 1, max: 7200 }).map((seconds) => seconds * SECOND),
  fc.constant(1e15),
)
const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ok' as const), lifetime: lifetimes }) },
  fc.constant({ kind: 'ok' as const, lifetime: undefined }),
  fc.constant({ kind: 'same' as const }),
  fc.constant({ kind: 'expired' as const }),
  fc.constant({ kind: 'throws' as const }),
  fc.constant({ kind: 'never' as const }),
  fc.record({ kind: fc.constant('sync' as const), lifetime: lifetimes }),
  {
    weight: 4,
    arbitrary: fc.record(
      {
        kind: fc.constant('fails' as const),
        retryable: fc.boolean(),
        retryAfter: fc.double({ min: -1, max: 1e6 }),
      },
      { requiredKeys: ['kind'] },
    ),
  },
)
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constant('read' as const), abortable: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('refuse' as const),
      which: fc.constantFrom('current' as const, 'older' as const, 'foreign' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('abort' as const), index: fc.nat(4) }) },
  { weight: 5, arbitrary: fc.constant({ act: 'answer' as const }) },
  fc.constantFrom({ act: 'late' as const }, { act: 'deadline' as const }),
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('clock' as const),
      by: fc.oneof(
        fc.integer({ min: 0, max: SECOND }),
        fc.integer({ min: 0, max: 10 * SECOND }),
        fc.integer({ min: 0, max: 7200 }).map((seconds) => seconds * SECOND),
        fc.integer({ min: -3600, max: 0 }).map((seconds) => seconds * SECOND),
      ),
    }),
  },
)
const options = fc.record(
  {
    staleIfError: fc.boolean(),
    advisoryWindow: fc.integer({ min: 0, max: 7_200_000 }),
    mandatoryWindow: fc.integer({ min: 0, max: 600_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    backoff: fc.integer({ min: 0, max: 600_000 }),
    errorMemory: fc.integer({ min: 0, max: 5000 }),
  },
  { requiredKeys: ['staleIfError'] },
)

interface Contact {
  readonly signal: AbortSignal
  readonly outcome: Outcome
  go(): void
}
interface Wait {
  readonly controller: AbortController | undefined
  settled: boolean
}
/** What can be known of a value from outside. */
interface Birth {
  readonly began: number
  readonly end: number
}

/** Plays one sequence, and checks after each step what must hold whatever happens. */
async function play(
  script: readonly Step[],
  plan: readonly Outcome[],
  given: CacheOptions,
): Promise<void> {
  let now = START
  let drawn = 0
  let contacts = 0
  let current: TestToken | undefined
  const births = new Map<string, Birth>()
  const served: TestToken[] = []
  const waits: Wait[] = []
  const open = new Set<Contact>()
  const abandoned: Contact[] = []
  const faults: unknown[] = []

  function hold(contact: Contact): void {
    // Not thrown: it would pass for a failure of the source.
    if (open.size > 0) faults.push(new Error('two contacts at a time'))
    open.add(contact)
    contact.signal.addEventListener('abort', () => {
      if (open.delete(contact)) abandoned.push(contact)
    })
  }

  const cache = cached<TestToken>(
    ({ signal } = {}) => {
      const outcome = plan[contacts++] ?? { kind: 'ok', lifetime: 3_600_000 }
      const name = `t${contacts}`
      const began = now
      const token = (lifetime: number | undefined): TestToken => {
        births.set(name, { began, end: lifetime === undefined ? Infinity : began + lifetime })
        return { token: name, ...(lifetime !== undefined && { expiresAt: began + lifetime }) }
      }
      if (outcome.kind === 'throws') throw new Error('thrown')
      if (outcome.kind === 'sync') return token(outcome.lifetime)
      return new Promise<TestToken>((resolve, reject) => {
        const contact: Contact = {
          signal: signal as AbortSignal,
          outcome,
          go() {
            // An answer after the end of its contact must not reach anybody.
            const late = !open.delete(contact)
            if (late) resolve({ token: 'late' })
            else if (outcome.kind === 'ok') resolve(token(outcome.lifetime))
            else if (outcome.kind === 'expired') resolve(token(0))
            else if (outcome.kind === 'same' && current) {
              births.set(current.token, { began, end: current.expiresAt ?? Infinity })
              resolve({ ...current })
            } else if (outcome.kind === 'fails' && outcome.retryable === false) {
              reject(new ExchangeError('exchange-refused', 'no', { retryable: false }))
            } else reject(Object.assign(new Error('failed'), outcome))
          },
        }
        hold(contact)
      })
    },
    {
      ...given,
      now: () => now,
      random: () => {
        drawn = (drawn + 0.37) % 1
        return drawn
      },
    },
  )

  function check(value: TestToken, atOnce: boolean): void {
    const birth = births.get(value.token)
    expect(birth, `${value.token} is from nowhere`).toBeDefined()
    expect(Object.isFrozen(value)).toBe(true)
    served.push(value)
    current = value
    if (given.staleIfError) return
    expect(now, 'served past its expiry').toBeLessThan(birth?.end as number)
    // Who waited for it while the clock was set back gets it, but nobody afterwards.
    if (atOnce)
      expect(now, 'served before its receipt').toBeGreaterThanOrEqual(birth?.began as number)
  }

  /** A valid value beats any failure. */
  function checkFailure(wait?: Wait): void {
    if (wait?.controller?.signal.aborted) return
    expect(cache.peek(), 'failed with a value at hand').toBe(undefined)
  }

  function read(refused?: TestToken, controller?: AbortController): void {
    let answer: MaybePromise<TestToken>
    try {
      answer = cache({ refused, signal: controller?.signal })
    } catch (error) {
      if ((error as Error).name === 'AssertionError') throw error
      return checkFailure()
    }
    if (!(answer instanceof Promise)) return check(answer, true)
    const wait: Wait = { controller, settled: false }
    waits.push(wait)
    answer
      .finally(() => {
        wait.settled = true
      })
      .then(
        (value) => check(value, false),
        () => checkFailure(wait),
      )
      .catch((error) => faults.push(error))
  }

  async function settle(): Promise<void> {
    // Enough turns of the microtask queue for any answer to reach whoever waits for it.
    for (let i = 0; i < 12; i++) await undefined
    if (faults.length > 0) throw faults[0]
  }
  const answer = () => {
    for (const contact of open) if (contact.outcome.kind !== 'never') contact.go()
  }

  for (const step of script) {
    if (step.act === 'read') read(undefined, step.abortable ? new AbortController() : undefined)
    else if (step.act === 'refuse') {
      read({ current: cache.peek(), older: served[0], foreign: { token: 'x' } }[step.which])
    } else if (step.act === 'abort') waits[step.index]?.controller?.abort()
    else if (step.act === 'clock') now += step.by
    else if (step.act === 'answer') answer()
    else if (step.act === 'late') abandoned.pop()?.go()
    else vi.advanceTimersByTime(30 * SECOND)
    await settle()
  }
  answer()
  await settle()
  vi.advanceTimersByTime(30 * SECOND)
  await settle()
  expect(waits.filter((wait) => !wait.settled)).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
}

describe('any sequence of reads, refusals, aborts, answers, deadlines and clock steps', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('one contact at a time, nothing past its end or before its receipt, nobody left waiting', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { maxLength: 60 }),
        fc.array(outcomes, { maxLength: 20 }),
        options,
        play,
      ),
      { numRuns: 5000 },
    )
  })
})
