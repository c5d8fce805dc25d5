import { mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Lock, lock } from '../../src/cache/lock.ts'
import { folder, inside } from './folder.ts'

afterEach(() => {
  vi.useRealTimers()
})

const place = () => join(folder(), 'x.lock')
/** Takes it, or fails. */
async function held(path: string, now?: () => number): Promise<Lock> {
  const own = await lock(path, { patience: 60_000, ...(now && { now }) })
  if (!own) throw new Error('It was not free')
  return own
}
const look = (path: string, now?: () => number) => lock(path, { patience: 0, ...(now && { now }) })

/** What a process leaves that was killed so many ms ago, with the lock in its hands. */
function leave(path: string, ago: number): void {
  mkdirSync(path)
  const file = join(path, 'dead')
  writeFileSync(file, '')
  const then = (Date.now() - ago) / 1000
  utimesSync(file, then, then)
}

test('one at a time', async () => {
  const path = place()
  const own = await held(path)
  expect(await look(path)).toBeUndefined()
  own.release()
  const next = await look(path)
  expect(next).toBeDefined()
  expect(await look(path)).toBeUndefined()
  next?.release()
})

test('is private, and leaves nothing behind', async () => {
  const path = place()
  const own = await held(path)
  const [file = ''] = readdirSync(path)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(statSync(join(path, file)).mode & 0o777).toBe(0o600)
  await look(path)
  own.release()
  expect(inside(join(path, '..'))).toEqual([])
})

test('who waits gets it when it is free', async () => {
  const path = place()
  const own = await held(path)
  const order: string[] = []
  const next = held(path).then((lock) => {
    order.push('taken')
    lock.release()
  })
  await vi.waitFor(() => expect(readdirSync(path)).toHaveLength(1))
  order.push('released')
  own.release()
  await next
  expect(order).toEqual(['released', 'taken'])
})

test('who waits can be told to stop', async () => {
  const path = place()
  const own = await held(path)
  const reason = new Error('enough')
  const controller = new AbortController()
  const waiting = lock(path, { patience: 60_000, signal: controller.signal })
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  own.release()
})

describe('a dead holder', () => {
  test.each([
    [2000, false],
    [3100, true],
    [86_400_000, true],
    // The clock was set back since.
    [-4000, true],
  ])('not heard of for %i ms: over = %s', async (ago, over) => {
    const path = place()
    leave(path, ago)
    const own = await look(path)
    expect(own !== undefined).toBe(over)
    own?.release()
  })

  test('is followed by one, where many wait', async () => {
    const path = place()
    leave(path, 3100)
    let inHand = 0
    let most = 0
    const all = Array.from({ length: 20 }, async () => {
      const own = await held(path)
      most = Math.max(most, ++inHand)
      await new Promise(setImmediate)
      inHand--
      own.release()
    })
    await Promise.all(all)
    expect(most).toBe(1)
    expect(inside(join(path, '..'))).toEqual([])
  })

  test('that is none, but was stopped for long, does not take it from the next', async () => {
    const path = place()
    const late = await held(path)
    const next = await held(path, () => Date.now() + 3100)
    late.release()
    expect(readdirSync(path)).toHaveLength(1)
    expect(await look(path, () => Date.now() + 3100)).toBeUndefined()
    next.release()
  })
})

describe('a holder', () => {
  const touched = (path: string) => statSync(join(path, readdirSync(path)[0] ?? '')).mtimeMs

  test('shows that it lives', async () => {
    vi.useFakeTimers()
    const path = place()
    const own = await held(path, Date.now)
    vi.advanceTimersByTime(10_000)
    expect(Date.now() - touched(path)).toBeLessThan(1)
    expect(await look(path, Date.now)).toBeUndefined()
    own.release()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('gives up when it was taken for dead', async () => {
    vi.useFakeTimers()
    const path = place()
    const late = await held(path, Date.now)
    const next = await held(path, () => Date.now() + 3100)
    next.release()
    vi.advanceTimersByTime(1000)
    expect(vi.getTimerCount()).toBe(0)
    expect(inside(join(path, '..'))).toEqual([])
    late.release()
  })
})

test('a place that takes none says so', async () => {
  const path = folder()
  writeFileSync(join(path, 'file'), '')
  await expect(look(join(path, 'none', 'x.lock'))).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(look(join(path, 'file'))).rejects.toThrow(/file is no folder$/)
  expect(inside(path)).toEqual(['file'])
})

test('nothing is removed through a symbolic link', async () => {
  const path = folder()
  const elsewhere = join(path, 'elsewhere')
  leave(elsewhere, 86_400_000)
  symlinkSync(elsewhere, join(path, 'x.lock'))
  await expect(look(join(path, 'x.lock'))).rejects.toThrow(/x\.lock is no folder$/)
  expect(inside(elsewhere)).toEqual(['dead'])
})
