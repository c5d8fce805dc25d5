import { cached, CountersignError, ExchangeError, OptionError } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  credentials,
  fails,
  HOUR,
  MINUTE,
  type Rig,
  type RigOptions,
  rigOf,
  SECOND,
  settled,
  START,
  tokens,
  type Value,
} from './support/cache.ts'

/** Of a lifetime of an hour, the last 15 minutes are the advisory window, and the last is the mandatory one. */
const ADVISORY = 50 * MINUTE
const MANDATORY = 59.5 * MINUTE
const EXPIRED = 61 * MINUTE

const final = (): ExchangeError =>
  new ExchangeError('exchange-refused', 'POST answered 401 (invalid_client)', { retryable: false })

type Make = (options?: RigOptions) => Rig<Value>
const kinds = [
  { name: 'tokens', make: tokens as unknown as Make, stale: false },
  { name: 'credentials', make: credentials as unknown as Make, stale: true },
]

describe.each(kinds)('$name', ({ make, stale }) => {
  /** A cache that holds its first value, some time after it was fetched. */
  async function warm(elapsed: number, options?: RigOptions) {
    const rig = make(options)
    const first = await rig.cache()
    rig.now += elapsed
    return { rig, first }
  }

  it('1. valid, outside every window: the same frozen object, synchronously, without contact', async () => {
    const { rig, first } = await warm(44 * MINUTE)
    const again = rig.cache()
    expect(again).toBe(first)
    expect(Object.isFrozen(again)).toBe(true)
    expect(rig.contacts).toHaveLength(1)
  })

  it('1. nothing is asked for before the first call', async () => {
    const rig = make()
    expect(rig.cache.peek()).toBe(undefined)
    await settled()
    expect(rig.contacts).toHaveLength(0)
  })

  it('2. advisory, source ok: the old value at once, the next call gets the new one, one contact', async () => {
    const { rig, first } = await warm(ADVISORY)
    expect(rig.cache()).toBe(first)
    expect(rig.cache()).toBe(first)
    await settled()
    const second = rig.cache()
    expect(second).not.toBe(first)
    expect(rig.cache()).toBe(second)
    expect(rig.contacts).toHaveLength(2)
    expect(rig.events.map(({ type }) => type)).toEqual([
      'refresh-start',
      'refresh-ok',
      'refresh-start',
      'refresh-ok',
    ])
    expect(rig.events[2]).toMatchObject({ background: true })
  })

  it('2. advisory, synchronous source: the old value once, then the new one', async () => {
    const { rig, first } = await warm(ADVISORY)
    rig.answer = rig.ok
    expect(rig.cache()).toBe(first)
    expect(rig.cache()).not.toBe(first)
    expect(rig.contacts).toHaveLength(2)
  })

  it('2. an event tells how long the source took', async () => {
    const { rig } = await warm(HOUR)
    rig.answer = async () => {
      rig.now += 100
      throw new Error('no route to host')
    }
    await (async () => rig.cache())().catch(() => {})
    expect(rig.events).toContainEqual(
      expect.objectContaining({ type: 'refresh-failed', duration: 100 }),
    )
    rig.now += HOUR
    rig.answer = async (asked) => {
      rig.now += 250
      return rig.ok(asked)
    }
    await rig.cache()
    expect(rig.events.at(-1)).toMatchObject({ type: 'refresh-ok', duration: 250 })
  })

  it.each([
    { how: 'rejects', answer: fails() },
    {
      how: 'throws',
      answer: () => {
        throw new Error('no route to host')
      },
    },
    { how: 'fails for good', answer: fails(final()) },
  ])(
    '3. advisory, source $how: the old value, no second contact until the backoff has passed, then one',
    async ({ answer }) => {
      // A quarter of what is still valid is less than the least backoff.
      const { rig, first } = await warm(46 * MINUTE)
      rig.answer = answer
      expect(rig.cache()).toBe(first)
      await settled()
      rig.now += 3.5 * MINUTE - 1
      for (let i = 0; i < 10; i++) expect(rig.cache()).toBe(first)
      await settled()
      expect(rig.contacts).toHaveLength(2)
      rig.now += 1
      for (let i = 0; i < 10; i++) expect(rig.cache()).toBe(first)
      await settled()
      expect(rig.contacts).toHaveLength(3)
    },
  )

  it('3. the backoff is drawn from 300 to 600 s where a quarter of the validity is more', async () => {
    for (const [random, backoff] of [
      [0, 300],
      [0.5, 450],
      [1, 600],
    ] as const) {
      const { rig } = await warm(8 * HOUR - 59 * MINUTE, {
        lifetime: 8 * HOUR,
        random: () => random,
        jitter: 0,
      })
      rig.answer = fails()
      rig.cache()
      await settled()
      rig.now += backoff * SECOND - 1
      rig.cache()
      expect(rig.contacts).toHaveLength(2)
      rig.now += 1
      rig.cache()
      expect(rig.contacts).toHaveLength(3)
    }
  })

  it.each([
    { asked: 20 * SECOND, waits: 20 * SECOND },
    { asked: 0, waits: 0 },
    { asked: HOUR, waits: 3.5 * MINUTE },
    { asked: Number.NaN, waits: 3.5 * MINUTE },
    { asked: -5, waits: 3.5 * MINUTE },
    { asked: 'soon', waits: 3.5 * MINUTE },
  ])('3. a Retry-After of $asked ms is obeyed, up to the cap', async ({ asked, waits }) => {
    const { rig, first } = await warm(46 * MINUTE)
    rig.answer = fails(Object.assign(new Error('busy'), { retryAfter: asked }))
    rig.cache()
    await settled()
    rig.now += Math.max(waits - 1, 0)
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(waits ? 2 : 3)
    rig.now += 1
    await settled()
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(waits ? 3 : 4)
  })

  it('3. a backoff is never under a second', async () => {
    const { rig, first } = await warm(HOUR - 2 * SECOND)
    rig.answer = fails()
    expect(await rig.cache()).toBe(first)
    rig.now += SECOND - 1
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
    rig.now += 1
    expect(await rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(3)
  })

  it('3. a backoff does not outlive the value', async () => {
    const { rig, first } = await warm(HOUR - 2)
    rig.answer = fails()
    expect(await rig.cache()).toBe(first)
    rig.now += 1
    expect(rig.cache.peek()).toBe(first)
    rig.now += 1
    rig.answer = rig.ok
    expect(rig.cache()).not.toBe(first)
    expect(rig.contacts).toHaveLength(3)
  })

  it('4. mandatory, source ok: callers wait and get the new value', async () => {
    const { rig, first } = await warm(MANDATORY)
    const asked = [rig.cache(), rig.cache(), rig.cache()]
    expect(asked.every((answer) => answer instanceof Promise)).toBe(true)
    const [second, ...others] = await Promise.all(asked)
    expect(second).not.toBe(first)
    for (const other of others) expect(other).toBe(second)
    expect(rig.contacts).toHaveLength(2)
    expect(rig.events[2]).toMatchObject({ type: 'refresh-start', background: false })
  })

  it('4. mandatory, a background refresh on its way: callers wait for that one', async () => {
    const { rig, first } = await warm(ADVISORY)
    expect(rig.cache()).toBe(first)
    rig.now = START + MANDATORY
    expect(await rig.cache()).not.toBe(first)
    expect(rig.contacts).toHaveLength(2)
  })

  it.each([{ error: new Error('no route to host') }, { error: final() }])(
    '5. mandatory, source fails ($error.message): the old value',
    async ({ error }) => {
      const { rig, first } = await warm(MANDATORY)
      rig.answer = fails(error)
      expect(await Promise.all([rig.cache(), rig.cache()])).toEqual([first, first])
      expect(rig.cache()).toBe(first)
      expect(rig.contacts).toHaveLength(2)
    },
  )

  it('6. expired, source ok: the new value', async () => {
    const { rig, first } = await warm(EXPIRED)
    expect(rig.cache.peek()).toBe(undefined)
    const second = await rig.cache()
    expect(second).not.toBe(first)
    expect(rig.contacts).toHaveLength(2)
    expect(rig.contacts[1]?.refused).toBe(undefined)
  })

  it('7. expired, source fails: stale only if allowed', async () => {
    const { rig, first } = await warm(EXPIRED)
    const error = new Error('no route to host')
    rig.answer = fails(error)
    if (!stale) {
      await expect(rig.cache()).rejects.toBe(error)
      await expect(rig.cache()).rejects.toBe(error)
      expect(rig.contacts).toHaveLength(3)
      return
    }
    expect(await rig.cache()).toBe(first)
    rig.now += 300 * SECOND - 1
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
    expect(rig.events.filter(({ type }) => type === 'stale-served')).toHaveLength(1)
    rig.now += 1
    expect(await rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(3)
    rig.now += 300 * SECOND
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache()).not.toBe(first)
  })

  it('7. expired, source fails for good: the error, remembered', async () => {
    const { rig, first } = await warm(EXPIRED)
    const error = final()
    rig.answer = fails(error)
    await expect(rig.cache()).rejects.toBe(error)
    expect(() => rig.cache()).toThrow(error)
    expect(rig.contacts).toHaveLength(2)
    rig.now += 5 * SECOND
    rig.answer = fails(new Error('no route to host'))
    if (stale) expect(await rig.cache()).toBe(first)
    else await expect(rig.cache()).rejects.toThrow('no route')
    expect(rig.contacts).toHaveLength(3)
  })

  it('7. a Retry-After longer than the backoff does not stretch it', async () => {
    if (!stale) return
    const { rig, first } = await warm(EXPIRED)
    rig.answer = fails(Object.assign(new Error('busy'), { retryAfter: 24 * HOUR }))
    expect(await rig.cache()).toBe(first)
    rig.now += 300 * SECOND
    await rig.cache()
    expect(rig.contacts).toHaveLength(3)
  })

  it('8. empty, source fails: the error to every waiter, and the next call contacts again', async () => {
    const rig = make()
    const error = new Error('no route to host')
    rig.answer = fails(error)
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => rig.cache()))
    for (const answer of answers) expect(answer).toEqual({ status: 'rejected', reason: error })
    expect(rig.contacts).toHaveLength(1)
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache()).toBeTypeOf('object')
    expect(rig.contacts).toHaveLength(2)
  })

  it.each([
    { how: 'itself', wrap: (error: Error) => error },
    { how: 'as a cause', wrap: (error: Error) => new Error('login failed', { cause: error }) },
  ])(
    '9. empty, source fails for good (said by the error $how): for 1-5 s the same error without contact',
    async ({ wrap }) => {
      for (const random of [0, 1]) {
        const rig = make({ random: () => random })
        const error = wrap(final())
        rig.answer = fails(error)
        await expect(rig.cache()).rejects.toBe(error)
        rig.now += SECOND - 1
        for (let i = 0; i < 100; i++) expect(() => rig.cache()).toThrow(error)
        expect(rig.contacts).toHaveLength(1)
        rig.now += 4 * SECOND + 1
        await expect(rig.cache()).rejects.toBe(error)
        expect(rig.contacts).toHaveLength(2)
      }
    },
  )

  it('9. an error that is its own cause ends the search', async () => {
    const rig = make()
    const error = new Error('round')
    error.cause = error
    rig.answer = fails(error)
    await expect(rig.cache()).rejects.toBe(error)
  })

  it.each([
    { when: 'empty', elapsed: undefined },
    { when: 'advisory', elapsed: ADVISORY },
    { when: 'mandatory', elapsed: MANDATORY },
    { when: 'expired', elapsed: EXPIRED },
  ])('10. source hands out an expired value, $when: a failed refresh', async ({ elapsed }) => {
    const { rig, first } =
      elapsed === undefined ? { rig: make(), first: undefined } : await warm(elapsed)
    rig.lifetime = 0
    const served = elapsed !== undefined && (stale || elapsed < HOUR)
    if (served) expect(await rig.cache()).toBe(first)
    else await expect(rig.cache()).rejects.toMatchObject({ code: 'expired-value' })
    await settled()
    expect(rig.events.find(({ type }) => type === 'refresh-failed')).toMatchObject({
      code: 'expired-value',
      message: expect.stringContaining(new Date(rig.now).toISOString()),
    })
  })

  it('10. source hands out a value that expires while it is on its way: a failed refresh', async () => {
    const rig = make()
    rig.answer = async (asked) => {
      const value = rig.ok(asked)
      rig.now += rig.lifetime
      return value
    }
    await expect(rig.cache()).rejects.toMatchObject({ code: 'expired-value' })
  })

  it.each([
    { minutes: 4, window: 48 * SECOND },
    { minutes: 10, window: 5 * MINUTE },
    { minutes: 20, window: 5 * MINUTE },
    { minutes: 20.5, window: 15 * MINUTE },
    { minutes: 89.9, window: 15 * MINUTE },
    { minutes: 90, window: HOUR },
    { minutes: 360, window: HOUR },
  ])(
    '11. and 17. a lifetime of $minutes min: from exactly $window ms before its end',
    async ({ minutes, window }) => {
      const { rig, first } = await warm(minutes * MINUTE - window, { lifetime: minutes * MINUTE })
      expect(rig.cache()).toBe(first)
      expect(rig.contacts).toHaveLength(1)
      rig.now += 1
      expect(rig.cache()).toBe(first)
      expect(rig.contacts).toHaveLength(2)
    },
  )

  it('11. jitter shortens the window by up to a tenth', async () => {
    const { rig } = await warm(360 * MINUTE - 54 * MINUTE, {
      lifetime: 360 * MINUTE,
      random: () => 1,
    })
    rig.cache()
    expect(rig.contacts).toHaveLength(1)
    rig.now += 1
    rig.cache()
    expect(rig.contacts).toHaveLength(2)
  })

  it('11. the windows are worked out anew for every value', async () => {
    const { rig } = await warm(46 * MINUTE)
    rig.lifetime = 4 * MINUTE
    rig.cache()
    await settled()
    rig.now += 4 * MINUTE - 48 * SECOND
    rig.cache()
    expect(rig.contacts).toHaveLength(2)
    rig.now += 1
    rig.cache()
    expect(rig.contacts).toHaveLength(3)
  })

  it('11. a given window wins', async () => {
    const { rig, first } = await warm(30 * MINUTE, {
      advisoryWindow: 30 * MINUTE,
      mandatoryWindow: 10 * MINUTE,
      random: () => 1,
    })
    rig.cache()
    expect(rig.contacts).toHaveLength(1)
    rig.now += 1
    rig.answer = async () => new Promise(() => {})
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
    rig.now = START + 50 * MINUTE
    expect(rig.cache()).toBe(first)
    rig.now += 1
    expect(rig.cache()).toBeInstanceOf(Promise)
  })

  it('11. without a window a value is served to its last moment', async () => {
    const { rig, first } = await warm(HOUR - 1, { advisoryWindow: 0 })
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(1)
    rig.now += 1
    expect(rig.cache()).toBeInstanceOf(Promise)
  })

  it('11. a mandatory window takes up no more than half of a default advisory one', async () => {
    // Of 15 s, the last 3 are advisory.
    const { rig, first } = await warm(13.5 * SECOND, { lifetime: 15 * SECOND })
    rig.answer = async () => new Promise(() => {})
    expect(rig.cache()).toBe(first)
    rig.now += 1
    expect(rig.cache()).toBeInstanceOf(Promise)
  })

  it('12. lifetime 60 s, 20 calls spread over 30 s: one contact', async () => {
    const rig = make({ lifetime: MINUTE, random: Math.random })
    for (let i = 0; i < 20; i++) {
      await rig.cache()
      rig.now += 1.5 * SECOND
    }
    expect(rig.contacts).toHaveLength(1)
  })

  it('12. lifetime 15 min, 1,000 calls over 7 min: one contact', async () => {
    const rig = make({ lifetime: 15 * MINUTE, random: Math.random })
    for (let i = 0; i < 1000; i++) {
      await rig.cache()
      rig.now += 0.42 * SECOND
    }
    expect(rig.contacts).toHaveLength(1)
  })

  it('12. a window wider than the lifetime: not one contact per call', async () => {
    const rig = make({ lifetime: MINUTE, advisoryWindow: 5 * MINUTE, mandatoryWindow: 5 * MINUTE })
    for (let i = 0; i < 600; i++) {
      await rig.cache()
      rig.now += SECOND
    }
    expect(rig.contacts.length).toBeLessThan(41)
  })

  it.each([
    { what: 'the same expiry', drift: 0 },
    { what: 'an expiry that is worked out anew', drift: 0.3 },
  ])(
    '13. the same value again in the window, with $what: not one contact per call',
    async ({ drift }) => {
      const { rig, first } = await warm(46 * MINUTE, { advisoryWindow: 30 * MINUTE })
      const { ...same } = first
      rig.answer = async () => ({ ...same, expiresAt: START + HOUR + drift * rig.contacts.length })
      for (let t = 0; t < 13.9 * MINUTE; t += SECOND) {
        expect(await rig.cache()).toEqual({ ...same, expiresAt: expect.any(Number) })
        rig.now += SECOND
      }
      expect(rig.contacts.length).toBeLessThan(20)
    },
  )

  it('13. the same value again: it stays, and is not asked for before half of what remains', async () => {
    const { rig, first } = await warm(46 * MINUTE)
    rig.answer = async () => ({ ...first })
    rig.cache()
    await settled()
    expect(rig.events.at(-1)).toMatchObject({
      type: 'unchanged',
      remaining: 14 * MINUTE,
      renewIn: 7 * MINUTE,
      expiresAt: START + HOUR,
    })
    rig.now += 7 * MINUTE
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
    rig.now += 1
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(3)
  })

  it('13. the refused value again: it is not served past its end, however long it was to be left alone', async () => {
    const { rig, first } = await warm(HOUR - 2_000)
    rig.answer = async () => ({ ...first })
    expect(await rig.cache({ refused: first })).toBe(first)
    rig.now += 1_999
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
    rig.now += 1
    rig.answer = rig.ok
    expect(await rig.cache()).not.toBe(first)
    expect(rig.contacts).toHaveLength(3)
  })

  it('14. refused current value, source ok: the new value, asked for with the refused one', async () => {
    const { rig, first } = await warm(0)
    const second = await rig.cache({ refused: first })
    expect(second).not.toBe(first)
    expect(rig.cache()).toBe(second)
    expect(rig.contacts).toHaveLength(2)
    expect(rig.contacts[1]?.refused).toBe(first)
    expect(rig.events.filter(({ type }) => type === 'refused')).toHaveLength(1)
  })

  it('14. refused current value: who asks without a refusal waits, too', async () => {
    const { rig, first } = await warm(0)
    const asked = [rig.cache({ refused: first }), rig.cache(), rig.cache()]
    for (const value of await Promise.all(asked)) expect(value).not.toBe(first)
    expect(rig.cache.peek()).toBeTypeOf('object')
    expect(rig.contacts).toHaveLength(2)
  })

  it('14. refused current value, source fails: the error for tokens, the old value for credentials', async () => {
    const { rig, first } = await warm(0)
    const error = new Error('no route to host')
    rig.answer = fails(error)
    if (stale) {
      expect(await rig.cache({ refused: first })).toBe(first)
      expect(rig.cache()).toBe(first)
      expect(rig.contacts).toHaveLength(2)
      expect(rig.events.at(-1)?.type).toBe('stale-served')
      return
    }
    await expect(rig.cache({ refused: first })).rejects.toBe(error)
    expect(rig.cache.peek()).toBe(undefined)
    await expect(rig.cache()).rejects.toBe(error)
    expect(rig.contacts).toHaveLength(3)
  })

  it('14. refused current value, source fails for good: the error, remembered', async () => {
    const { rig, first } = await warm(0)
    const error = final()
    rig.answer = fails(error)
    await expect(rig.cache({ refused: first })).rejects.toBe(error)
    expect(() => rig.cache()).toThrow(error)
    expect(() => rig.cache({ refused: first })).toThrow(error)
    expect(rig.contacts).toHaveLength(2)
  })

  it('14. refused, and the source hands out the same: kept, and refusals count again after 1-5 s', async () => {
    const { rig, first } = await warm(0)
    rig.answer = async () => ({ ...first })
    expect(await rig.cache({ refused: first })).toBe(first)
    for (let i = 0; i < 10; i++) expect(rig.cache({ refused: first })).toBe(first)
    rig.now += 2.5 * SECOND
    expect(rig.cache({ refused: first })).toBe(first)
    expect(rig.contacts).toHaveLength(2)
    rig.now += 1
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache({ refused: first })).not.toBe(first)
    expect(rig.contacts).toHaveLength(3)
  })

  it('15. refused during backoff: one contact, then the backoff holds', async () => {
    const { rig, first } = await warm(46 * MINUTE)
    const error = new Error('no route to host')
    rig.answer = fails(error)
    expect(rig.cache()).toBe(first)
    await settled()
    if (stale) expect(await rig.cache({ refused: first })).toBe(first)
    else await expect(rig.cache({ refused: first })).rejects.toBe(error)
    expect(rig.contacts).toHaveLength(3)
    for (let i = 0; i < 10; i++) {
      if (stale) expect(rig.cache({ refused: first })).toBe(first)
      else expect(() => rig.cache({ refused: first })).toThrow(error)
    }
    expect(rig.contacts).toHaveLength(3)
    rig.now += stale ? 600 * SECOND : 5 * SECOND
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache()).not.toBe(first)
    expect(rig.contacts).toHaveLength(4)
  })

  it('15. refused while its source failed: replaced within 5 s of the end of that, not after the backoff', async () => {
    const { rig, first } = await warm(HOUR)
    rig.answer = fails()
    for (let i = 0; i < 3; i++) await (async () => rig.cache({ refused: first }))().catch(() => {})
    expect(rig.contacts).toHaveLength(3)
    rig.now += 5 * SECOND
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache({ refused: first })).not.toBe(first)
    expect(rig.contacts).toHaveLength(4)
  })

  it('15. a success ends what a failure began: the next refusal is like the first', async () => {
    const { rig, first } = await warm(46 * MINUTE)
    const ok = rig.answer
    rig.answer = fails()
    expect(rig.cache()).toBe(first)
    await settled()
    rig.answer = ok
    const second = await rig.cache({ refused: first })
    rig.answer = fails()
    for (const contacts of [4, 5]) {
      if (stale) expect(await rig.cache({ refused: second })).toBe(second)
      else await expect(rig.cache({ refused: second })).rejects.toThrow('no route')
      expect(rig.contacts).toHaveLength(contacts)
    }
  })

  it('16. refused older value: the current one, without contact', async () => {
    const { rig, first } = await warm(0)
    const second = await rig.cache({ refused: first })
    expect(rig.cache({ refused: first })).toBe(second)
    expect(rig.cache({ refused: { ...second } })).toBe(second)
    expect(rig.contacts).toHaveLength(2)
  })

  it('17. valid until just before its end, not at its end', async () => {
    const { rig, first } = await warm(HOUR - 1)
    expect(rig.cache.peek()).toBe(first)
    rig.now += 1
    expect(rig.cache.peek()).toBe(undefined)
  })

  it('a value without an expiry is served until it is refused', async () => {
    const rig = make()
    rig.answer = async (asked) => ({ ...(await rig.ok(asked)), expiresAt: undefined })
    const first = await rig.cache()
    rig.now += 50 * 365 * 24 * HOUR
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(1)
    expect(await rig.cache({ refused: first })).not.toBe(first)
  })

  it('36. the clock jumps ahead: a refresh', async () => {
    const { rig, first } = await warm(24 * HOUR)
    expect(await rig.cache()).not.toBe(first)
    expect(rig.contacts).toHaveLength(2)
  })

  it('36. the clock is set back, but not behind the receipt: the same value', async () => {
    const rig = make()
    rig.now = START + HOUR
    const first = await rig.cache()
    rig.now += 30 * MINUTE
    expect(rig.cache()).toBe(first)
    rig.now -= 30 * MINUTE
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(1)
  })

  it('36. the clock is set back behind the receipt: one refresh at the next call', async () => {
    const rig = make()
    rig.now = START + 10 * HOUR
    const first = await rig.cache()
    rig.now = START
    expect(rig.cache.peek()).toBe(undefined)
    const second = await rig.cache()
    expect(second).not.toBe(first)
    expect(rig.cache()).toBe(second)
    expect(rig.contacts).toHaveLength(2)
  })

  it('36. the clock is set back, and the source hands out the same: not one contact per call', async () => {
    const { rig, first } = await warm(0)
    rig.answer = async () => ({ ...first })
    rig.now -= 10 * MINUTE
    for (let i = 0; i < 10; i++) expect(await rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
  })

  it('36. refused, the same again, and the clock is set back: the source hears of the refusal', async () => {
    const { rig, first } = await warm(0)
    rig.answer = async () => ({ ...first })
    await rig.cache({ refused: first })
    rig.now -= 10 * MINUTE
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache({ refused: first })).not.toBe(first)
    expect(rig.contacts.at(-1)?.refused).toBe(first)
  })

  it('36. the clock is set back, and the source fails: as after an expiry', async () => {
    const { rig, first } = await warm(0)
    rig.answer = fails()
    rig.now -= HOUR
    if (!stale) {
      await expect(rig.cache()).rejects.toThrow('no route')
      return
    }
    for (let i = 0; i < 10; i++) expect(await rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
  })

  it('36. the clock is set back, and the source fails for good: the old value has no second life', async () => {
    const { rig } = await warm(0)
    rig.answer = fails(final())
    rig.now -= HOUR
    await expect(rig.cache()).rejects.toThrow('invalid_client')
    expect(() => rig.cache()).toThrow('invalid_client')
    expect(rig.cache.peek()).toBe(undefined)
  })

  it('36. a clock set back does not stretch the memory of an error', async () => {
    const rig = make()
    rig.answer = fails(final())
    await expect(rig.cache()).rejects.toThrow('invalid_client')
    rig.now -= HOUR
    await expect(rig.cache()).rejects.toThrow('invalid_client')
    expect(rig.contacts).toHaveLength(2)
  })

  it('36. the clock is set back while a value is on its way: who waits gets it, then a refresh', async () => {
    const rig = make()
    rig.answer = async (asked) => {
      const value = await rig.ok(asked)
      rig.now -= 10 * MINUTE
      return value
    }
    const first = await rig.cache()
    expect(rig.cache.peek()).toBe(undefined)
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache()).not.toBe(first)
    expect(rig.contacts).toHaveLength(2)
  })

  it('clear() forgets the value and the failure, and serves who waits already without keeping', async () => {
    const { rig, first } = await warm(EXPIRED)
    const asked = rig.cache()
    rig.cache.clear()
    const second = await asked
    expect(second).not.toBe(first)
    expect(Object.isFrozen(second)).toBe(true)
    expect(rig.cache.peek()).toBe(undefined)
    const third = await rig.cache()
    expect(third).not.toBe(second)
    rig.answer = fails(final())
    rig.cache.clear()
    await expect(rig.cache()).rejects.toThrow('invalid_client')
    rig.cache.clear()
    rig.answer = async (asked) => rig.ok(asked)
    expect(await rig.cache()).toBeTypeOf('object')
  })
})

it('13. the same instance of a class again: nothing has changed', async () => {
  class Live {
    readonly token = 'live'
    readonly expiresAt = START + HOUR
  }
  const live = new Live()
  const rig = tokens()
  rig.answer = async () => live
  expect(await rig.cache()).toBe(live)
  rig.now += ADVISORY
  expect(rig.cache()).toBe(live)
  await settled()
  expect(rig.events.at(-1)).toMatchObject({ type: 'unchanged', renewIn: 5 * MINUTE })
})

it.each([
  ['TypeError', new TypeError('fetch failed')],
  ['string', 'no'],
  ['undefined', undefined],
])(
  'an event tells of a foreign failure that it is a %s, and none of its words',
  async (code, error) => {
    const rig = tokens()
    rig.answer = () => Promise.reject(error)
    await expect(rig.cache()).rejects.toBe(error)
    expect(rig.events.at(-1)).toEqual({ type: 'refresh-failed', duration: 0, code })
  },
)

describe('values that are none', () => {
  const bad: [value: unknown, says: RegExp][] = [
    [undefined, /undefined/],
    [null, /null/],
    ['t', /string/],
    [{}, /`token`/],
    [{ expiresAt: START + HOUR }, /`token`/],
    [{ type: 'Bearer', expiresAt: START + HOUR }, /`token`/],
    [{ token: '' }, /`token`/],
    [{ token: undefined, scope: 'x' }, /`token`/],
    [{ token: 5 }, /`token`/],
    [{ token: 'a\r\nb' }, /`token`/],
    [{ accessKeyId: 'a' }, /`secretAccessKey`/],
    [{ secretAccessKey: 'a', sessionToken: 'b' }, /`accessKeyId`/],
    [{ accessKeyId: '', secretAccessKey: 'a' }, /`accessKeyId`/],
    [{ token: 't', expiresAt: Number.NaN }, /`expiresAt`/],
    [{ token: 't', expiresAt: Infinity }, /`expiresAt`/],
    [{ token: 't', expiresAt: '2026-01-01' }, /`expiresAt`/],
    [{ token: 't', expiresAt: new Date() }, /`expiresAt`/],
  ]
  it.each(bad)('%j: a failed refresh that names what is missing', async (value, says) => {
    const rig = tokens()
    rig.answer = async () => value as never
    const failed = rig.cache()
    await expect(failed).rejects.toThrow(says)
    await expect(failed).rejects.toMatchObject({ code: 'invalid-value' })
    await expect(failed).rejects.toBeInstanceOf(CountersignError)
  })

  it.each([-1e300, -1, 0])('an expiry at %d: expired', async (expiresAt) => {
    const rig = tokens()
    rig.answer = async () => ({ token: 't', expiresAt })
    await expect(rig.cache()).rejects.toMatchObject({ code: 'expired-value' })
  })

  it('a lifetime of more than ten years is clamped, in the value, too', async () => {
    const rig = tokens({ lifetime: 1e20 })
    const { expiresAt } = await rig.cache()
    expect(new Date(expiresAt as number).getUTCFullYear()).toBe(2036)
  })

  it('a failure that is no error reaches the caller, and the next call asks again', async () => {
    const rig = tokens()
    for (const nothing of [null, undefined]) {
      rig.answer = () => Promise.reject(nothing)
      await expect(rig.cache()).rejects.toBe(nothing)
    }
    rig.answer = rig.ok
    expect(rig.cache()).toMatchObject({ token: 't3' })
  })

  it('any other shape is the business of its owner', async () => {
    const rig = rigOf((n) => ({ cookie: `session=${n}` }))
    expect(await rig.cache()).toMatchObject({ cookie: 'session=1' })
  })

  it('instances of a class are kept as they are, and told apart by identity', async () => {
    class Secret {
      readonly #text: string
      readonly expiresAt: number
      constructor(text: string, expiresAt: number) {
        this.#text = text
        this.expiresAt = expiresAt
      }
      get token() {
        return this.#text
      }
    }
    const rig = rigOf<Secret>(() => new Secret('', 0))
    rig.answer = () => new Secret(`t${rig.contacts.length}`, START + HOUR)
    const first = await rig.cache()
    expect(first.token).toBe('t1')
    rig.now += ADVISORY
    rig.cache()
    const second = await rig.cache()
    expect(second.token).toBe('t2')
    rig.now += 1
    rig.answer = () => second
    expect(rig.cache({ refused: second })).toBe(second)
    expect(rig.events.at(-1)?.type).toBe('unchanged')
  })

  it('a value with one member more or less is another', async () => {
    const rig = rigOf<{ token: string; scope?: string }>(() => ({ token: 't' }))
    const first = await rig.cache()
    for (const value of [{ ...first, scope: 'read' }, first]) {
      rig.answer = () => ({ ...value })
      expect(rig.cache({ refused: rig.cache.peek() })).toEqual(value)
      expect(rig.events.at(-1)?.type).toBe('refresh-ok')
    }
  })
})

describe('options', () => {
  const source = async () => ({ token: 't' })
  const wrong: [option: string, value: unknown][] = [
    ['advisoryWindow', -1],
    ['advisoryWindow', '5'],
    ['mandatoryWindow', Number.NaN],
    ['jitter', 1.1],
    ['jitter', -0.1],
    ['backoff', Infinity],
    ['backoff', { min: 1, max: 2 }],
    ['errorMemory', -1],
    ['timeout', '30s'],
    ['now', 5],
    ['random', 0.5],
    ['onEvent', {}],
  ]
  it.each(wrong)('%s: %j is a TypeError that names the option', (option, value) => {
    const build = () => cached(source, { [option]: value })
    expect(build).toThrow(OptionError)
    expect(build).toThrow(TypeError)
    expect(build).toThrow(new RegExp(`^${option} takes`))
  })

  it('a source that is no function is a TypeError', () => {
    for (const none of [undefined, null, { token: 't' }, 't']) {
      expect(() => cached(none as never)).toThrow(/^source takes a function/)
    }
  })

  it('undefined stands for absent', async () => {
    const options = Object.fromEntries(wrong.map(([option]) => [option, undefined]))
    expect(await cached(source, options)()).toEqual({ token: 't' })
  })
})
