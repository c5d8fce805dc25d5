import { EventEmitter, getEventListeners } from 'node:events'
import { CountersignError, type Signature, SigningError } from '@countersign/core'
import {
  apart,
  asBytes,
  discard,
  isStream,
  patiently,
  peek,
  piecesOf,
  recordOf,
  rewritten,
} from '@countersign/core/kit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { refusal, request } from './support/sign.ts'

afterEach(() => vi.useRealTimers())

describe('apart: no failure of a signer is taken for one of the network', () => {
  const signed: Signature = { headers: { authorization: 'x' } }
  const network = Object.assign(new Error('no route'), { code: 'ECONNRESET' })
  const fail = (error: unknown) => () => {
    throw error
  }

  test.each([
    ['thrown', fail(network)],
    ['promised', async () => fail(network)()],
  ])('a foreign error, %s, becomes the cause of ours', async (_, how) => {
    const signer = apart({ sign: how, recover: how })
    for (const work of [
      async () => signer.sign(request()),
      async () => signer.recover?.(refusal(signed)),
    ]) {
      const error = await work().catch((error: unknown) => error)
      expect(error).toBeInstanceOf(SigningError)
      expect(error).toMatchObject({ code: 'signing-failed', cause: network })
    }
  })

  test.each([
    ['our own error', new CountersignError('invalid-value', 'no token'), false],
    ['what a caller’s abort says', network, true],
  ])('%s stays what it is', async (_, error, aborted) => {
    const signal = aborted ? AbortSignal.abort(error) : new AbortController().signal
    const signer = apart({ sign: fail(error), recover: async () => fail(error)() })
    const asked = { ...refusal(signed), request: request({ signal }) }
    expect(() => signer.sign(request({ signal }))).toThrow(error)
    await expect(signer.recover?.(asked)).rejects.toBe(error)
  })

  test('what succeeds is handed on: at once, or when it is there', async () => {
    const at = apart({ sign: () => signed, recover: () => true })
    expect([at.sign(request()), at.recover?.(refusal(signed))]).toEqual([signed, true])
    const later = apart({ sign: async () => signed, recover: async () => false })
    expect(await later.sign(request())).toBe(signed)
    expect(await later.recover?.(refusal(signed))).toBe(false)
  })

  test('the rest of a signer is as before, of a class too', () => {
    class Own {
      readonly readsBody = true
      readonly readsTarget = false
      readonly refusals = [403]
      sign() {
        return this.readsBody ? signed : { headers: {} }
      }
    }
    const signer = apart(new Own())
    expect(signer).toMatchObject({ readsBody: true, readsTarget: false, refusals: [403] })
    expect(signer).not.toHaveProperty('recover')
    expect(signer.sign(request())).toBe(signed)
  })
})

describe('patiently: how long a caller waits', () => {
  const late = () => new Error('late')
  const waits = ({ signal }: AbortController) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })

  test('until the work is done or has failed, and nothing is left behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { signal } = new AbortController()
    const patience = { signal, timeout: 100, late }
    expect(await patiently(patience, () => 'done')).toBe('done')
    await expect(patiently(patience, () => Promise.reject('failed'))).rejects.toBe('failed')
    expect([getEventListeners(signal, 'abort').length, vi.getTimerCount()]).toEqual([0, 0])
  })

  test('until the caller’s signal says otherwise, in its words or in the client’s', async () => {
    for (const [words, reason] of [
      [{}, 'mine'],
      [{ aborted: () => 'cancelled' }, 'cancelled'],
    ] as const) {
      const controller = new AbortController()
      const call = patiently({ signal: controller.signal, ...words, late }, waits)
      controller.abort('mine')
      await expect(call).rejects.toBe(reason)
    }
  })

  test('not at all under a signal that is aborted already, even one without events', async () => {
    for (const signal of [AbortSignal.abort('gone'), { aborted: true, reason: 'gone' }]) {
      const reason = await patiently({ signal, late }, ({ signal }) => signal.reason)
      expect(reason).toBe('gone')
    }
  })

  test('as many milliseconds as it says, and for ever if it does not', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const call = patiently({ timeout: 100, late }, waits)
    vi.advanceTimersByTime(100)
    await expect(call).rejects.toThrow('late')
    for (const timeout of [0, undefined]) void patiently({ timeout, late }, waits)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('piecesOf: a body of any kind in pieces', () => {
  const text = async (body: Parameters<typeof piecesOf>[0]) => {
    const { signed } = await asBytes(piecesOf(body) as never, 1_000)
    return new TextDecoder().decode(signed as Uint8Array)
  }
  const bytes = new TextEncoder().encode('one,')

  test('what can be iterated', async () => {
    expect(await text([bytes, bytes])).toBe('one,one,')
    expect(await text(new Blob(['of a blob']).stream() as never)).toBe('of a blob')
  })

  test('a stream of Node’s first kind', async () => {
    const old = Object.assign(new EventEmitter(), {
      resume() {
        queueMicrotask(() => {
          old.emit('data', bytes)
          old.emit('data', 'zwölf')
          old.emit('end')
        })
      },
    })
    expect(await text(old as never)).toBe('one,zwölf')
  })

  test('a stream of Node’s first kind, whose text becomes bytes', async () => {
    const old = Object.assign(new EventEmitter(), {
      resume: () => queueMicrotask(() => old.emit('data', 'one,')),
    })
    const { value } = await piecesOf(old as never).next()
    expect(value).toEqual(bytes)
  })

  test('a stream of Node’s first kind that breaks', async () => {
    const broken = Object.assign(new EventEmitter(), {
      resume: () => queueMicrotask(() => broken.emit('error', new Error('broken'))),
    })
    await expect(text(broken as never)).rejects.toThrow('broken')
  })

  test('what can be read one single time is a stream', () => {
    const streams = [
      new Blob().stream(),
      // As browsers have it that cannot iterate one.
      { getReader() {} },
      { pipe() {} },
      [].values(),
      (async function* () {})(),
    ]
    expect(streams.map(isStream)).toEqual(Array(5).fill(true))
    expect(['text', bytes, null, undefined, new Blob(), {}].some(isStream)).toBe(false)
  })
})

describe('asBytes: a body as it is signed and sent', () => {
  test('text stays text, and where there is none, none is sent', async () => {
    const payload = await asBytes('text')
    expect([payload.signed, payload.type, payload.take()]).toEqual([
      'text',
      'text/plain;charset=UTF-8',
      'text',
    ])
    for (const none of [null, undefined]) {
      const payload = await asBytes(none)
      expect([payload.signed, payload.take()]).toEqual([undefined, undefined])
    }
  })

  test('a stream is read as far as it may be, and refused beyond that', async () => {
    const stream = () => new Blob(['content']).stream()
    const { signed } = await asBytes(stream(), 7)
    expect(signed).toEqual(new TextEncoder().encode('content'))
    await expect(asBytes(stream(), 6)).rejects.toMatchObject({
      code: 'unreadable-body',
      message: 'The body is larger than the 6 bytes of `buffer`',
    })
    await expect(asBytes(stream())).rejects.toMatchObject({
      code: 'unreadable-body',
      message: expect.stringContaining('`buffer`: how many bytes'),
    })
  })
})

describe('peek: the beginning of a refusal', () => {
  const LIMIT = 64 * 1024
  const long = 'x'.repeat(LIMIT + 1)

  test.each<[string, unknown]>([
    ['text', long],
    ['a Blob', new Blob([long])],
    ['a stream', new Blob([long]).stream()],
    ['bytes', new TextEncoder().encode(long)],
    ['a buffer', new TextEncoder().encode(long).buffer],
  ])('of %s: 64 KiB', async (_, content) => {
    expect(await peek(content)).toBe(long.slice(0, LIMIT))
  })

  test('of anything else there is none', async () => {
    for (const other of [undefined, null, 7, { error: 'x' }]) expect(await peek(other)).toBe('')
  })
})

test('discard: lets go of a stream of either kind, and of one that fails at it', async () => {
  const gone: string[] = []
  discard({ cancel: async () => void gone.push('cancel') })
  discard({ destroy: () => void gone.push('destroy') })
  discard({ cancel: () => Promise.reject(new Error('no')) })
  for (const nothing of [null, undefined, {}]) discard(nothing)
  expect(gone).toEqual(['cancel', 'destroy'])
})

describe('headers as a client keeps them', () => {
  const given = {
    'X-One': 'a',
    'x-number': 5,
    Accept: ['a/b', 'c/d'],
    Cookie: ['a=1', 'b=2'],
    'x-empty': [],
    'x-off': false,
    'x-null': null,
    'x-none': undefined,
  }

  test('are what a signer sees: one value for a name, and none for what is off', () => {
    expect(recordOf(given)).toEqual({
      'x-one': 'a',
      'x-number': '5',
      accept: 'a/b, c/d',
      cookie: 'a=1; b=2',
    })
  })

  test('take the signed values, and keep what is as it was', () => {
    const wanted = { ...recordOf(given), 'x-one': 'b', authorization: 'proof' }
    expect(rewritten(given, wanted)).toEqual({
      'x-number': 5,
      'x-off': false,
      'x-null': null,
      'x-none': undefined,
      accept: 'a/b, c/d',
      cookie: 'a=1; b=2',
      'x-one': 'b',
      authorization: 'proof',
    })
  })

  test('leave off what the caller has switched off, signed or not', () => {
    expect(rewritten({ 'X-Off': false }, { 'x-off': 'proof' })).toEqual({ 'X-Off': false })
  })
})
