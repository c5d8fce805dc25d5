import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { learningClock } from '../src/clock.ts'

const START = Date.UTC(2026, 10, 21)
const DAY = 86_400_000
const MINUTE = 60_000

/** A local clock that can be moved, and a server whose clock is ahead of it. */
function clocks(ahead: number, maxOffset = DAY) {
  const local = { time: START }
  const clock = learningClock(() => local.time, maxOffset)
  return {
    local,
    clock,
    /** The refusal that the server writes now, with whole seconds. */
    date: (extra: Record<string, string> = {}) =>
      new Headers({ date: new Date(local.time + ahead).toUTCString(), ...extra }),
    /** By how much a request signed now tells the server another time than its own. */
    error: () => {
      const { at, offset } = clock.stamp()
      return at + offset - (local.time + ahead)
    },
  }
}

describe.each([10 * MINUTE, -10 * MINUTE, 23 * 60 * MINUTE])('a server %i ms ahead', (ahead) => {
  test('is learned from one refusal, and kept', () => {
    const { clock, local, date, error } = clocks(ahead)
    const stamp = clock.stamp()
    local.time += 300
    expect(clock.learn(date(), stamp)).toBe(true)
    expect(Math.abs(error())).toBeLessThan(2_000)

    local.time += 60 * MINUTE
    expect(Math.abs(error())).toBeLessThan(2_000)
    const later = clock.stamp()
    // Refused again by a clock that is right: it was not the time.
    expect(clock.learn(date(), later)).toBe(false)
    expect(clock.stamp()).toEqual(later)
  })

  test('teaches nothing through a cache, or without a date', () => {
    const { clock, date } = clocks(ahead)
    const stamp = clock.stamp()
    for (const headers of [
      date({ age: '0' }),
      date({ age: '600' }),
      new Headers(),
      new Headers({ date: 'yesterday' }),
      new Headers({ date: '' }),
    ]) {
      expect(clock.learn(headers, stamp)).toBe(false)
      expect(clock.stamp()).toEqual({ at: START, offset: 0 })
    }
  })

  test('teaches nothing beyond the bound', () => {
    const bounds = [0, Math.abs(ahead) - 10_000]
    for (const bound of bounds) {
      const { clock, date } = clocks(ahead, bound)
      expect(clock.learn(date(), clock.stamp())).toBe(false)
      expect(clock.stamp().offset).toBe(0)
    }
  })
})

test.each([5_000, -5_000])(
  'a server %i ms ahead is no other time, and teaches nothing',
  (ahead) => {
    const { clock, date } = clocks(ahead)
    expect(clock.learn(date(), clock.stamp())).toBe(false)
    expect(clock.stamp().offset).toBe(0)
  },
)

test('a server that is ahead by the bound is learned still', () => {
  const { clock, date } = clocks(10 * MINUTE, 10 * MINUTE)
  expect(clock.learn(date(), clock.stamp())).toBe(true)
  expect(clock.stamp().offset).toBe(10 * MINUTE)
})

test('a stamp of nearly the time that is learned is not worth another try', () => {
  const { clock, local } = clocks(0)
  const first = clock.stamp()
  const dated = (ahead: number) => new Headers({ date: new Date(local.time + ahead).toUTCString() })
  expect(clock.learn(dated(10 * MINUTE), first)).toBe(true)
  expect(clock.learn(dated(5_000), clock.stamp())).toBe(true)
  expect(clock.stamp().offset).toBe(5_000)
  expect(clock.learn(dated(5_000), first)).toBe(false)
})

test('a clock that is right learns nothing, however long the answer took', () => {
  for (const [there, back] of [
    [0, 0],
    [200, 100],
    [0, 90_000],
    [90_000, 0],
    [45_000, 45_000],
  ] as const) {
    const { clock, local, date } = clocks(0)
    const stamp = clock.stamp()
    local.time += there
    const headers = date()
    local.time += back
    expect(clock.learn(headers, stamp)).toBe(false)
    expect(clock.stamp().offset).toBe(0)
  }
})

test('a slow answer of a server that is ahead is off by half of its way at the most', () => {
  const { clock, local, date, error } = clocks(10 * MINUTE)
  const stamp = clock.stamp()
  local.time += 20_000
  const headers = date()
  local.time += 10_000
  expect(clock.learn(headers, stamp)).toBe(true)
  expect(Math.abs(error())).toBeLessThanOrEqual(15_000 + 1_000)

  // A quick one makes it exact.
  const next = clock.stamp()
  local.time += 10
  clock.learn(date(), next)
  expect(Math.abs(error())).toBeLessThanOrEqual(6_000)
})

test('many refusals at a time: the first teaches, each is worth another try', () => {
  const { clock, local, date } = clocks(10 * MINUTE)
  const stamps = Array.from({ length: 20 }, () => {
    local.time += 7
    return clock.stamp()
  })
  const headers = date()
  const offsets = stamps.map((stamp) => {
    local.time += 11
    expect(clock.learn(headers, stamp)).toBe(true)
    return clock.stamp().offset
  })
  expect(new Set(offsets).size).toBe(1)
})

test('a local clock that is put right afterwards is learned anew', () => {
  const { clock, local, date } = clocks(0)
  local.time -= 30 * MINUTE
  const headers = new Headers({ date: new Date(START).toUTCString() })
  expect(clock.learn(headers, clock.stamp())).toBe(true)
  expect(clock.stamp().offset).toBe(30 * MINUTE)

  local.time = START + 1_000
  expect(clock.learn(date(), clock.stamp())).toBe(true)
  expect(Math.abs(clock.stamp().offset)).toBeLessThan(2_000)
})

test('whatever the way and the clocks, what is learned is true within the uncertainty of the way', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -2 * DAY, max: 2 * DAY }),
      fc.array(fc.tuple(fc.nat({ max: 60_000 }), fc.nat({ max: 60_000 })), { minLength: 1 }),
      (ahead, ways) => {
        const { clock, local, date } = clocks(ahead)
        for (const [there, back] of ways) {
          const stamp = clock.stamp()
          local.time += there
          const headers = date()
          local.time += back
          clock.learn(headers, stamp)
          const { offset } = clock.stamp()
          expect(Math.abs(offset)).toBeLessThanOrEqual(DAY)
          // Date has whole seconds; five more are no difference. Beyond the bound nothing is learned.
          const within = Math.abs(ahead) < DAY - 120_000 ? there + back + 6_000 : Infinity
          expect(Math.abs(offset - ahead)).toBeLessThanOrEqual(within)
        }
      },
    ),
  )
})
