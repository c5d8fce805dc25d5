import { createHash } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test, vi } from 'vitest'
import { patience } from '../../src/request/patience.ts'
import { incoming, outgoing } from '../../src/request/transfer.ts'

const KIB = 1024
const PART = 64 * KIB
const PARTS = 1024

/** Patience that tells which of its words came last. */
function watch() {
  const said: string[] = []
  const { signal } = new AbortController()
  const told = { signal, wait: () => void said.push('wait'), rest: () => void said.push('rest') }
  let moved = 0
  const add = (bytes: number) => {
    moved += bytes
  }
  return { patience: told, moved: add, said, total: () => moved }
}

/** A body of 64 MiB that is made as it is read, and how much of it has been. */
function large() {
  let made = 0
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (made === PARTS) controller.close()
        else controller.enqueue(new Uint8Array(PART).fill(made++))
      },
    },
    { highWaterMark: 0 },
  )
  return { body, made: () => made }
}

describe('what comes in', () => {
  test('64 MiB go through with a few parts in flight', async () => {
    const { body, made } = large()
    const seen = watch()
    let taken = 0
    let most = 0
    const slow = new Writable({
      highWaterMark: 16 * KIB,
      write(_part, _encoding, done) {
        most = Math.max(most, made() - taken)
        taken += 1
        setImmediate(done)
      },
    })
    await pipeline(incoming(body, seen), slow)
    expect([taken, seen.total()]).toEqual([PARTS, PARTS * PART])
    expect(most).toBeLessThan(8)
  })

  test('is waited for only while it is asked for', async () => {
    const seen = watch()
    const parts = incoming(Readable.from([Buffer.from('one')]), seen)
    await parts.next()
    expect(seen.said).toEqual(['wait', 'rest'])
    await parts.next()
    expect(seen.said.at(-1)).toBe('rest')
  })

  test('says how far it has come when it breaks off', async () => {
    const cause = new TypeError('terminated', { cause: new Error('other side closed') })
    async function* body() {
      yield Buffer.alloc(1000)
      throw cause
    }
    const parts = incoming(body(), watch())
    await parts.next()
    await expect(parts.next()).rejects.toThrow(
      'the answer broke off after 1000 bytes: other side closed',
    )
  })

  test('may be nothing', async () => {
    expect(await incoming(null, watch()).next()).toEqual({ done: true, value: undefined })
  })
})

describe('what goes out', () => {
  test('of a stream, only what is taken is read', async () => {
    const { body, made } = large()
    const seen = watch()
    const out = outgoing(Readable.fromWeb(body as never), seen) as ReadableStream<Uint8Array>
    const hash = createHash('sha256')
    let taken = 0
    let most = 0
    for await (const part of out) {
      taken += part.byteLength / PART
      most = Math.max(most, made() - taken)
      hash.update(part)
      await new Promise(setImmediate)
    }
    expect([taken, seen.total()]).toEqual([PARTS, PARTS * PART])
    expect(most).toBeLessThan(8)
    expect(hash.digest('hex')).toBe(hashOfLarge())
  })

  test('of a file, its size is known and it can be sent again', async () => {
    const seen = watch()
    const blob = outgoing(new Blob(['one', 'two']), seen) as Blob
    for (const _ of [1, 2]) {
      const { body, headers } = new Request('http://a/', { method: 'POST', body: blob })
      expect(await new Response(body).text()).toBe('onetwo')
      expect([blob.size, headers.get('content-type'), seen.total()]).toEqual([6, null, 6])
    }
  })

  test('the server is waited for while it has a part, and at the end', async () => {
    const seen = watch()
    const parts = (outgoing(Readable.from(['one']), seen) as ReadableStream)[Symbol.asyncIterator]()
    await parts.next()
    expect(seen.said.slice(0, 2)).toEqual(['rest', 'wait'])
    await parts.next()
    expect(seen.said.at(-1)).toBe('wait')
  })
})

function hashOfLarge(): string {
  const hash = createHash('sha256')
  for (let i = 0; i < PARTS; i++) hash.update(new Uint8Array(PART).fill(i))
  return hash.digest('hex')
}

describe('patience', () => {
  test('runs out when nothing moves, and not while it rests', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { signal, wait, rest } = patience(1000, () => new Error('waited in vain'))
      wait()
      vi.advanceTimersByTime(999)
      wait()
      vi.advanceTimersByTime(999)
      rest()
      vi.advanceTimersByTime(5000)
      expect(signal.aborted).toBe(false)
      wait()
      vi.advanceTimersByTime(1000)
      expect(signal.reason).toEqual(new Error('waited in vain'))
    } finally {
      vi.useRealTimers()
    }
  })
})
