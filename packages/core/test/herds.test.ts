import { bearer, cached, clientCredentials, signedFetch } from '@countersign/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// How many requests a crowd of calls costs, which no machine is too slow to be held to.

const TOKEN_ENDPOINT = 'https://login.example/token'
const API = 'https://api.example/v1/items'
const START = Date.UTC(2026, 10, 22)

/** An API that takes the newest token alone, beside its token endpoint; both take their time. */
function world(api: { delay?: (call: number) => number; down?: number } = {}) {
  const { delay = () => 5, down = 0 } = api
  const count = { grants: 0, calls: 0 }
  let good = ''
  let serial = 0
  const after = <T>(time: number, answer: () => T) =>
    new Promise<T>((resolve) => setTimeout(() => resolve(answer()), time))
  const send: typeof fetch = (input, init) => {
    if (input === TOKEN_ENDPOINT) {
      const grant = ++count.grants
      return after(50, () => {
        if (grant <= down) return new Response('try later', { status: 503 })
        good = `t${++serial}`
        return Response.json({ access_token: good, token_type: 'Bearer', expires_in: 3600 })
      })
    }
    const call = count.calls++
    const proof = new Headers(init?.headers).get('authorization')
    return after(
      delay(call),
      () => new Response(null, { status: proof === `Bearer ${good}` ? 200 : 401 }),
    )
  }
  const client = { clientId: 'id', clientSecret: 'the secret of the test' }
  const source = clientCredentials({ tokenEndpoint: TOKEN_ENDPOINT, ...client, fetch: send })
  const call = signedFetch(bearer(cached(source)), { fetch: send })

  /** The statuses of so many calls, each told from the others by a count. */
  async function crowd(size: number): Promise<Record<number, number>> {
    Object.assign(count, { grants: 0, calls: 0 })
    const all = Promise.all(Array.from({ length: size }, () => call(API)))
    await vi.runAllTimersAsync()
    const statuses: Record<number, number> = {}
    for (const { status } of await all) statuses[status] = (statuses[status] ?? 0) + 1
    return statuses
  }
  return { count, crowd, revoke: () => (good = 'none is good') }
}

beforeEach(() => vi.useFakeTimers({ now: START, loopLimit: 100_000 }))
afterEach(() => vi.useRealTimers())

test('10,000 calls at an expiry: one token request, and no call fails', async () => {
  const { count, crowd } = world()
  await crowd(1)
  vi.setSystemTime(Date.now() + 3_600_001)
  expect(await crowd(10_000)).toEqual({ 200: 10_000 })
  expect(count).toEqual({ grants: 1, calls: 10_000 })
})

test('1,000 calls at once with a revoked token: one token request, each sent again once', async () => {
  const { count, crowd, revoke } = world()
  await crowd(1)
  revoke()
  expect(await crowd(1000)).toEqual({ 200: 1000 })
  expect(count).toEqual({ grants: 1, calls: 2000 })
})

test('1,000 refusals that come in before, during and after the new token: one token request', async () => {
  const { count, crowd, revoke } = world({ delay: (call) => (call * 7) % 150 })
  await crowd(1)
  revoke()
  expect(await crowd(1000)).toEqual({ 200: 1000 })
  expect(count).toEqual({ grants: 1, calls: 2000 })
})

test('1,000 calls while the token endpoint fails once: two token requests, and no call fails', async () => {
  const { count, crowd } = world({ down: 1 })
  expect(await crowd(1000)).toEqual({ 200: 1000 })
  expect(count).toEqual({ grants: 2, calls: 1000 })
})
