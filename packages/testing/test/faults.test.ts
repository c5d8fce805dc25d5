import { expect, onTestFinished, test, vi } from 'vitest'
import { createSandbox, type Fault } from '../src/index.ts'
import { type Mounted, overBoth, START } from './support.ts'

/** The shortest request that the sandbox answers with 200: no signature, one header. */
const ask = ({ fetch, options }: Mounted, init: RequestInit = {}) =>
  fetch(`${options.optimizelyEvents.baseUrl}/export/credentials`, {
    headers: { authorization: `Bearer ${options.optimizelyEvents.token}` },
    ...init,
  })

const statuses = async (mounted: Mounted, times: number) => {
  const seen: number[] = []
  for (let i = 0; i < times; i++) seen.push((await ask(mounted)).status)
  return seen
}

overBoth((open) => {
  test('a fault befalls the next request, and no more unless it is told', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ status: 503 })
    expect(await statuses(mounted, 2)).toEqual([503, 200])
    mounted.sandbox.inject({ status: 503, times: 2 })
    expect(await statuses(mounted, 3)).toEqual([503, 503, 200])
    const undo = mounted.sandbox.inject({ status: 503, times: Number.POSITIVE_INFINITY })
    expect(await statuses(mounted, 2)).toEqual([503, 503])
    undo()
    expect(await statuses(mounted, 1)).toEqual([200])
  })

  test('a sequence of statuses has a 200 for the vendor’s own answer', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ statuses: [503, 200, 401] })
    mounted.sandbox.inject({ statuses: [500], times: 2 })
    expect(await statuses(mounted, 5)).toEqual([503, 200, 401, 500, 200])
    expect(mounted.sandbox.issued).toHaveLength(2)
  })

  test('a fault waits for the request that it is meant for', async () => {
    const mounted = await open()
    const others: Fault[] = [
      { service: 'kalibrate', status: 500 },
      { endpoint: 'api', status: 500 },
      { method: 'POST', status: 500 },
    ]
    for (const other of others) mounted.sandbox.inject(other)
    mounted.sandbox.inject({
      service: 'optimizelyEvents',
      endpoint: 'token',
      method: 'get',
      status: 418,
    })
    expect(await statuses(mounted, 2)).toEqual([418, 200])
    mounted.sandbox.inject({ status: 503 })
    mounted.sandbox.reset()
    expect(await statuses(mounted, 1)).toEqual([200])
  })

  test('an injected error is worded as the vendor words its own, and the vendor sees nothing', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ status: 401 })
    expect(await (await ask(mounted)).json()).toMatchObject({
      messages: {},
      uuid: expect.any(String),
    })
    expect(mounted.sandbox.issued).toEqual([])
    mounted.sandbox.inject({ status: 401 })
    const { baseUrl } = mounted.options.optimizelyDxp
    expect(await (await mounted.fetch(baseUrl)).json()).toMatchObject({ success: false })
  })

  test('headers, Retry-After and Age are added to whatever answer there is', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ retryAfter: 3, age: 60, headers: { 'x-cache': 'hit' } })
    const { status, headers } = await ask(mounted)
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'retry-after': '3',
      age: '60',
      'x-cache': 'hit',
    })
    mounted.sandbox.inject({ status: 429, retryAfter: new Date(START) })
    const refused = await ask(mounted)
    expect(refused.headers.get('retry-after')).toBe('Thu, 01 Jan 2026 00:00:00 GMT')
  })

  test.each<[string, unknown, string, string]>([
    ['a string', '<html>', '<html>', 'text/plain;charset=UTF-8'],
    ['bytes', new TextEncoder().encode('bytes'), 'bytes', 'application/json'],
    ['an object', { token: 1 }, '{"token":1}', 'application/json'],
    ['a null', null, 'null', 'application/json'],
  ])('a body can be replaced by %s', async (_, body, text, type) => {
    const mounted = await open()
    mounted.sandbox.inject({ body })
    const answer = await ask(mounted)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type])
    expect(await answer.text()).toBe(text)
  })

  test('a 204 has no body', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ status: 204 })
    const answer = await ask(mounted)
    expect([answer.status, await answer.text()]).toEqual([204, ''])
  })

  test('a connection dropped before the answer is a failed fetch, and the vendor saw nothing', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ drop: 'before' })
    await expect(ask(mounted)).rejects.toThrow(new TypeError('fetch failed'))
    expect(mounted.sandbox.issued).toEqual([])
    expect(mounted.sandbox.count({ status: 0 })).toBe(1)
    expect(await statuses(mounted, 1)).toEqual([200])
  })

  test.each(['headers', 'body'] as const)(
    'one dropped after or in the %s breaks the body',
    async (drop) => {
      const mounted = await open()
      mounted.sandbox.inject({ drop })
      const answer = await ask(mounted)
      expect(answer.status).toBe(200)
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
      let received = 0
      const read = async () => {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return
          received += value.length
        }
      }
      await expect(read()).rejects.toThrow(TypeError)
      const whole = Number(answer.headers.get('content-length'))
      expect(received).toBe(drop === 'body' ? whole >> 1 : 0)
      // The vendor has done its part: what it issued is lost on the way.
      expect(mounted.sandbox.issued).toHaveLength(1)
    },
  )

  test('an answer without a body can break off too', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ drop: 'body', body: '' })
    await expect((await ask(mounted)).text()).rejects.toThrow('terminated')
  })

  test('a request kept waiting ends when its caller goes, and its timer too', async () => {
    const mounted = await open()
    const [set, clear] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
    onTestFinished(() => void vi.restoreAllMocks())
    mounted.sandbox.inject({ latency: 3600_000 })
    const controller = new AbortController()
    const waiting = ask(mounted, { signal: controller.signal })
    await expect.poll(() => mounted.sandbox.count({ status: 0 })).toBe(1)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const started = set.mock.calls.findIndex(([, delay]) => delay === 3600_000)
    await expect.poll(() => clear.mock.calls.flat()).toContain(set.mock.results[started]?.value)
    expect(mounted.sandbox.issued).toEqual([])
  })

  test('a request kept waiting is answered after all', async () => {
    const mounted = await open()
    mounted.sandbox.inject({ latency: 1, status: 503 })
    expect(await statuses(mounted, 2)).toEqual([503, 200])
  })
})

test.each<[string, Fault]>([
  ['no requests', { times: 0 }],
  ['no statuses', { statuses: [] }],
  ['a status that is not final', { status: 100 }],
  ['a status that is none', { statuses: [503, 42] }],
])('a fault with %s is a mistake', (_, fault) => {
  expect(() => createSandbox().inject(fault)).toThrow(TypeError)
})
