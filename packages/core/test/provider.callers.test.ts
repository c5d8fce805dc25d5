import { type CacheEvent, cached, CountersignError, type MaybePromise } from '@countersign/core'
import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  credentials,
  deferred,
  fails,
  HOUR,
  MINUTE,
  never,
  SECOND,
  settled,
  START,
  type TestToken,
  tokens,
} from './support/cache.ts'

const crowd = <T>(count: number, ask: () => T): T[] => Array.from({ length: count }, ask)

describe('many callers', () => {
  it('18. 10,000 cold callers: one contact, all served the same', async () => {
    const rig = tokens()
    const answers = await Promise.all(crowd(10_000, () => rig.cache()))
    expect(new Set(answers).size).toBe(1)
    expect(rig.contacts).toHaveLength(1)
  })

  it('19. 10,000 callers across an expiry: one contact, and never a half-new pair', async () => {
    const rig = credentials()
    await rig.cache()
    rig.now += 58 * MINUTE
    const asked = crowd(10_000, () => {
      // From the advisory window through the mandatory one into the expiry.
      rig.now += 15
      return rig.cache()
    })
    for (const { accessKeyId, secretAccessKey, sessionToken } of await Promise.all(asked)) {
      const n = accessKeyId.slice(2)
      expect([secretAccessKey, sessionToken]).toEqual([`key${n}`, `session${n}`])
    }
    expect(rig.contacts).toHaveLength(2)
  })

  it('19. a value cannot be changed by who got it', async () => {
    const rig = credentials()
    const value = await rig.cache()
    expect(() => Object.assign(value, { secretAccessKey: 'mine' })).toThrow(TypeError)
    expect(await rig.cache()).toMatchObject({ secretAccessKey: 'key1' })
  })

  it('19. a source that changes the object it handed out changes nothing', async () => {
    const own = { token: 't1', expiresAt: START + HOUR }
    const cache = cached(async () => own, { now: () => START })
    await cache()
    own.token = 't2'
    expect(await cache()).toEqual({ token: 't1', expiresAt: START + HOUR })
  })

  it('20. a shared failure reaches all waiters, then is forgotten', async () => {
    const rig = tokens()
    const error = new Error('no route to host')
    rig.answer = fails(error)
    const answers = await Promise.allSettled(crowd(1000, () => rig.cache()))
    expect(answers.every((answer) => answer.status === 'rejected' && answer.reason === error)).toBe(
      true,
    )
    rig.answer = rig.ok
    expect(rig.cache()).toMatchObject({ token: 't2' })
  })

  it('21. one caller aborts: it alone rejects, with its own reason; the others are served', async () => {
    const rig = tokens()
    const answer = deferred<TestToken>()
    rig.answer = () => answer.promise
    const controller = new AbortController()
    const reason = new Error('changed my mind')
    const first = rig.cache({ signal: controller.signal })
    const second = rig.cache({ signal: new AbortController().signal })
    const third = rig.cache()
    controller.abort(reason)
    await expect(first).rejects.toBe(reason)
    expect(rig.contacts[0]?.signal?.aborted).toBe(false)
    answer.resolve({ token: 't' })
    expect(await Promise.all([second, third])).toEqual([{ token: 't' }, { token: 't' }])
    expect(rig.contacts).toHaveLength(1)
  })

  it('21. who has aborted already starts nothing, but is served what is there', async () => {
    const rig = tokens()
    const signal = AbortSignal.abort(new Error('too late'))
    expect(() => rig.cache({ signal })).toThrow('too late')
    expect(rig.contacts).toHaveLength(0)
    const first = await rig.cache()
    rig.now += 50 * MINUTE
    const answer = deferred<TestToken>()
    rig.answer = () => answer.promise
    expect(rig.cache({ signal })).toBe(first)
    rig.now += 20 * MINUTE
    const waiting = rig.cache()
    await expect(rig.cache({ signal })).rejects.toThrow('too late')
    expect(rig.contacts[1]?.signal?.aborted).toBe(false)
    answer.resolve({ token: 'new' })
    expect(await waiting).toEqual({ token: 'new' })
  })

  it('21. no listener is left on a signal', async () => {
    const rig = tokens()
    const { signal } = new AbortController()
    await rig.cache({ signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    rig.now += 2 * HOUR
    rig.answer = fails()
    await expect(rig.cache({ signal })).rejects.toThrow('no route')
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('22. all callers abort: the source is aborted, and the next call starts afresh', async () => {
    const rig = tokens()
    rig.answer = never
    const controllers = crowd(3, () => new AbortController())
    const asked = controllers.map(({ signal }) => rig.cache({ signal }))
    for (const controller of controllers) {
      expect(rig.contacts[0]?.signal?.aborted).toBe(false)
      controller.abort(new Error('leaving'))
    }
    expect(rig.contacts[0]?.signal?.aborted).toBe(true)
    rig.answer = rig.ok
    expect(rig.cache()).toMatchObject({ token: 't2' })
    for (const answer of asked) await expect(answer).rejects.toThrow('leaving')
    expect(rig.cache()).toMatchObject({ token: 't2' })
  })

  it('22. what callers leave behind costs no valid value, and no backoff', async () => {
    const rig = tokens()
    const first = await rig.cache()
    rig.now += 59.5 * MINUTE
    rig.answer = never
    const controller = new AbortController()
    const asked = rig.cache({ signal: controller.signal })
    controller.abort()
    await expect(asked).rejects.toThrow('aborted')
    expect(rig.cache.peek()).toBe(first)
    rig.answer = async (request) => rig.ok(request)
    expect(await rig.cache()).toEqual({ token: 't3', expiresAt: rig.now + HOUR })
  })

  it('22. a background refresh goes on when a caller who joined it leaves', async () => {
    const rig = tokens()
    const first = await rig.cache()
    rig.now += 50 * MINUTE
    const answer = deferred<TestToken>()
    rig.answer = () => answer.promise
    expect(rig.cache()).toBe(first)
    rig.now += 9.5 * MINUTE
    const controller = new AbortController()
    const asked = rig.cache({ signal: controller.signal })
    controller.abort(new Error('leaving'))
    await expect(asked).rejects.toThrow('leaving')
    expect(rig.contacts[1]?.signal?.aborted).toBe(false)
    answer.resolve({ token: 'new' })
    await settled()
    expect(rig.cache()).toEqual({ token: 'new' })
  })

  it('24. four staggered 401s with the same old token: one refresh', async () => {
    const rig = tokens()
    const refused = await rig.cache()
    const answer = deferred<TestToken>()
    rig.answer = () => answer.promise
    const before = rig.cache({ refused })
    const during = rig.cache({ refused })
    answer.resolve({ token: 'new' })
    const next = await before
    const after = [rig.cache({ refused }), rig.cache({ refused })]
    expect(await Promise.all([during, ...after])).toEqual([next, next, next])
    expect(rig.contacts).toHaveLength(2)
    expect(rig.events.filter(({ type }) => type === 'refused')).toHaveLength(1)
  })

  it('24. a 401 while a background refresh is on its way waits for that one', async () => {
    const rig = tokens()
    const refused = await rig.cache()
    rig.now += 50 * MINUTE
    expect(rig.cache()).toBe(refused)
    expect(await rig.cache({ refused })).toMatchObject({ token: 't2' })
    expect(rig.contacts).toHaveLength(2)
  })

  it('14. a cache behind a cache is told what was refused', async () => {
    const rig = tokens()
    const outer = cached(rig.cache, { now: () => rig.now })
    const refused = await outer()
    expect(await outer({ refused })).toMatchObject({ token: 't2' })
    expect(outer()).toBe(rig.cache())
    expect(rig.contacts).toHaveLength(2)
  })

  it('26. a late failure does not undo a newer success', async () => {
    const rig = tokens()
    const slow = deferred<TestToken>()
    rig.answer = () => slow.promise
    const controller = new AbortController()
    const asked = rig.cache({ signal: controller.signal })
    controller.abort(new Error('leaving'))
    await expect(asked).rejects.toThrow('leaving')
    rig.answer = rig.ok
    const newer = rig.cache()
    slow.reject(new Error('late'))
    await settled()
    expect(rig.cache()).toBe(newer)
  })

  it('26. a late failure of a cleared contact reaches its own waiters alone', async () => {
    const rig = tokens()
    const slow = deferred<TestToken>()
    rig.answer = () => slow.promise
    const asked = rig.cache()
    rig.cache.clear()
    rig.answer = rig.ok
    const newer = rig.cache()
    slow.reject(new Error('late'))
    await expect(asked).rejects.toThrow('late')
    expect(rig.cache()).toBe(newer)
    expect(rig.events.some(({ type }) => type === 'refresh-failed')).toBe(false)
  })

  it('26. the end of a cleared contact leaves a newer one to its callers', async () => {
    const rig = tokens()
    const [slow, slower] = [deferred<TestToken>(), deferred<TestToken>()]
    rig.answer = () => slow.promise
    const asked = rig.cache()
    rig.cache.clear()
    rig.answer = () => slower.promise
    const newer = rig.cache()
    slow.resolve({ token: 'slow' })
    expect(await asked).toMatchObject({ token: 'slow' })
    const joined = rig.cache()
    slower.resolve({ token: 'slower' })
    expect(await joined).toBe(await newer)
    expect(rig.contacts).toHaveLength(2)
  })
})

describe('23. a source that never answers', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('23. the deadline error for everyone; the next call starts afresh; a late answer changes nothing', async () => {
    const rig = tokens()
    const slow = deferred<TestToken>()
    rig.answer = () => slow.promise
    const asked = Promise.allSettled(crowd(3, () => rig.cache()))
    await vi.advanceTimersByTimeAsync(30 * SECOND - 1)
    expect(rig.contacts[0]?.signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(rig.contacts[0]?.signal?.aborted).toBe(true)
    for (const answer of await asked) {
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: { code: 'refresh-timeout', message: 'No answer within 30000 ms' },
      })
    }
    rig.answer = rig.ok
    const newer = rig.cache()
    slow.resolve({ token: 'late' })
    await vi.advanceTimersByTimeAsync(0)
    expect(rig.cache()).toBe(newer)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('23. in the background: the old value, then a backoff', async () => {
    const rig = tokens({ timeout: 5 * SECOND })
    const first = await rig.cache()
    rig.now += 50 * MINUTE
    rig.answer = never
    expect(rig.cache()).toBe(first)
    await vi.advanceTimersByTimeAsync(5 * SECOND)
    expect(rig.events.at(-1)).toMatchObject({ type: 'refresh-failed', code: 'refresh-timeout' })
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(2)
  })

  it('23. a deadline beyond what a timer can hold does not fire at once', async () => {
    const rig = tokens({ timeout: 2 ** 40 })
    rig.answer = never
    let ended = false
    Promise.resolve(rig.cache()).finally(() => {
      ended = true
    })
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(ended).toBe(false)
    rig.cache.clear()
  })

  it('8. no timer is left after an answer, nor after a failure, nor after all have left', async () => {
    const rig = tokens()
    await rig.cache()
    rig.now += 2 * HOUR
    rig.answer = fails()
    await expect(rig.cache()).rejects.toThrow('no route')
    rig.answer = never
    const controller = new AbortController()
    const asked = rig.cache({ signal: controller.signal })
    controller.abort(new Error('leaving'))
    await expect(asked).rejects.toThrow('leaving')
    expect(vi.getTimerCount()).toBe(0)
  })
})

it('23. where timers are numbers, as in a browser, the deadline is kept as well', async () => {
  const { setTimeout } = globalThis
  vi.stubGlobal('setTimeout', (...timer: Parameters<typeof setTimeout>) =>
    Number(setTimeout(...timer)),
  )
  onTestFinished(() => void vi.unstubAllGlobals())
  const rig = tokens({ timeout: 0 })
  expect(await rig.cache()).toMatchObject({ token: 't1' })
  rig.cache.clear()
  rig.answer = never
  await expect(rig.cache()).rejects.toMatchObject({ code: 'refresh-timeout' })
})

describe('25. calls in the midst of a refresh', () => {
  /** A cache whose listener asks it for a value on every event. */
  function nosy(act: (rig: ReturnType<typeof tokens>, event: CacheEvent) => unknown) {
    const rig = tokens({
      onEvent: (event) => {
        act(rig, event)
      },
    })
    return rig
  }

  it('25. a source that calls its own cache: an error, no deadlock', async () => {
    const rig = tokens()
    rig.answer = async () => rig.cache()
    await expect(rig.cache()).rejects.toMatchObject({ code: 'reentrant-refresh' })
    rig.answer = (() => rig.cache()) as typeof rig.answer
    expect(() => rig.cache()).toThrow(CountersignError)
    rig.answer = rig.ok
    expect(rig.cache()).toMatchObject({ token: 't3' })
  })

  it('25. a source that calls its own cache for a value that is still good gets that one', async () => {
    const rig = tokens()
    const first = await rig.cache()
    rig.now += 50 * MINUTE
    const seen: MaybePromise<TestToken>[] = []
    rig.answer = async (asked) => {
      seen.push(rig.cache())
      return rig.ok(asked)
    }
    rig.cache()
    await settled()
    expect(seen).toEqual([first])
    expect(await rig.cache()).toMatchObject({ token: 't2' })
  })

  it('25. a listener that calls the cache waits like everybody', async () => {
    const seen: MaybePromise<TestToken>[] = []
    const rig = nosy(({ cache }) => seen.push(cache()))
    const first = await rig.cache()
    expect(rig.contacts).toHaveLength(1)
    expect(await Promise.all(seen)).toEqual([first, first])
    rig.now += 2 * HOUR
    expect(await rig.cache()).toMatchObject({ token: 't2' })
    expect(rig.contacts).toHaveLength(2)
  })

  it('25. a listener that refuses every value it hears of does not start a chase', async () => {
    const rig = nosy(({ cache }) => cache({ refused: cache.peek() }))
    await rig.cache()
    await settled()
    expect(rig.contacts).toHaveLength(1)
    rig.answer = fails()
    await Promise.resolve(rig.cache()).catch(() => {})
    await settled()
    expect(rig.contacts.length).toBeLessThan(4)
  })

  it('25. a listener that clears the cache costs nobody a value', async () => {
    for (const make of [tokens, credentials]) {
      const rig = make({ onEvent: () => rig.cache.clear() })
      expect(await rig.cache()).toBeTypeOf('object')
      expect(rig.cache.peek()).toBe(undefined)
      rig.answer = fails() as never
      await expect(rig.cache()).rejects.toThrow('no route')
    }
    const rig = credentials({
      onEvent: ({ type }) => {
        if (type === 'refresh-failed') rig.cache.clear()
      },
    })
    const first = await rig.cache()
    rig.now += 59.5 * MINUTE
    rig.answer = fails()
    expect(await rig.cache()).toBe(first)
    expect(rig.cache.peek()).toBe(undefined)
  })

  it('25. a listener that throws or rejects is ignored', async () => {
    for (const onEvent of [
      () => {
        throw new Error('faulty')
      },
      async () => {
        throw new Error('faulty')
      },
    ]) {
      const rig = tokens({ onEvent })
      expect(await rig.cache()).toMatchObject({ token: 't1' })
      rig.now += 50 * MINUTE
      rig.cache()
      await settled()
      expect(rig.cache()).toMatchObject({ token: 't2' })
    }
  })
})
