import { compose, header, signedFetch, within } from '@countersign/core'
import { hmac, type HmacScheme } from '@countersign/core/hmac'
import { describe, expect, test } from 'vitest'
import { refusal, sign } from './support/sign.ts'

const START = Date.UTC(2026, 10, 21)
const MINUTE = 60_000

/** A signer by a clock that can be moved. */
function signing(changes: Partial<HmacScheme> = {}) {
  const local = { time: START }
  const signer = hmac({
    secret: 'a shared secret',
    message: ['timestamp', 'nonce'],
    headers: { authorization: 'Test {timestamp} {nonce} {signature}' },
    now: () => local.time,
    ...changes,
  })
  return { local, signer }
}

/** The time that a signature tells, by the signer's own format. */
const told = (authorization = '') => Number(authorization.split(' ')[1])

/** A server whose clock is ahead, and which takes nothing that is more than five minutes off. */
function server(local: { time: number }, ahead: number, { delay = 0, age = false } = {}) {
  const state = { times: [] as number[], nonces: new Set<string>(), ahead }
  const answer: typeof fetch = async (_, init) => {
    const [, time, nonce] = String(new Headers(init?.headers).get('authorization')).split(' ')
    state.times.push(Number(time))
    local.time += delay
    const now = local.time + state.ahead
    const good = Math.abs(now - Number(time)) <= 5 * MINUTE && !state.nonces.has(nonce ?? '')
    state.nonces.add(nonce ?? '')
    const headers = { date: new Date(now).toUTCString(), ...(age && { age: '1' }) }
    return new Response(null, { status: good ? 200 : 401, headers })
  }
  return { state, answer }
}

test.each([10, -10, 60])('a server %i minutes ahead is learned once, and kept', async (minutes) => {
  const { local, signer } = signing()
  const { state, answer } = server(local, minutes * MINUTE)
  const api = signedFetch(signer, { fetch: answer })
  expect((await api('https://api.example/')).status).toBe(200)
  expect(state.times).toHaveLength(2)
  for (let hour = 0; hour < 5; hour++) {
    local.time += 60 * MINUTE
    expect((await api('https://api.example/')).status).toBe(200)
  }
  expect(state.times).toHaveLength(7)
  expect(state.nonces.size).toBe(7)
})

test('what a cache has kept, or a wilder clock than allowed, teaches nothing', async () => {
  for (const [ahead, options, changes] of [
    [10 * MINUTE, { age: true }, {}],
    [10 * MINUTE, {}, { maxClockOffset: 5 * MINUTE }],
    [10 * MINUTE, {}, { maxClockOffset: 0 }],
    [25 * 60 * MINUTE, {}, {}],
  ] as const) {
    const { local, signer } = signing(changes)
    const { state, answer } = server(local, ahead, options)
    const response = await signedFetch(signer, { fetch: answer })('https://api.example/')
    expect(response.status).toBe(401)
    expect(state.times).toEqual([START])
    expect(told(sign(signer).headers.authorization)).toBe(START)
  }
})

test('a slow answer teaches nothing false', async () => {
  const { local, signer } = signing()
  const { state, answer } = server(local, 0, { delay: 6 * MINUTE })
  const response = await signedFetch(signer, { fetch: answer })('https://api.example/')
  // It took longer than the server accepts: no clock is to blame.
  expect(response.status).toBe(401)
  expect(state.times).toHaveLength(1)
  expect(told(sign(signer).headers.authorization)).toBe(local.time)
})

test('twenty refusals at a time are each replayed, once', async () => {
  const { local, signer } = signing()
  const { state, answer } = server(local, 10 * MINUTE)
  const api = signedFetch(signer, { fetch: answer })
  const responses = await Promise.all(Array.from({ length: 20 }, () => api('https://api.example/')))
  expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(state.times).toHaveLength(40)
})

test('a refusal that arrives when the clock is learned already is replayed', () => {
  const { local, signer } = signing()
  const [early, late] = [sign(signer), sign(signer)]
  local.time += 100
  const date = new Date(local.time + 10 * MINUTE).toUTCString()
  expect(signer.recover?.(refusal(early, { headers: { date } }))).toBe(true)
  local.time += 40_000
  const later = new Date(local.time + 10 * MINUTE).toUTCString()
  const before = told(sign(signer).headers.authorization)
  expect(signer.recover?.(refusal(late, { headers: { date: later } }))).toBe(true)
  expect(told(sign(signer).headers.authorization)).toBe(before)
})

test('a wrong secret is no matter of the clock: one request', async () => {
  const { local, signer } = signing()
  const times: number[] = []
  const answer: typeof fetch = async () => {
    times.push(local.time)
    return new Response(null, { status: 401, headers: { date: new Date(START).toUTCString() } })
  }
  const response = await signedFetch(signer, { fetch: answer })('https://api.example/')
  expect(response.status).toBe(401)
  expect(times).toHaveLength(1)
})

test('a clock that goes wrong again is learned again', async () => {
  const { local, signer } = signing()
  const { state, answer } = server(local, 10 * MINUTE)
  const api = signedFetch(signer, { fetch: answer })
  await api('https://api.example/')
  state.ahead = 0
  expect((await api('https://api.example/')).status).toBe(200)
  expect((await api('https://api.example/')).status).toBe(200)
  expect(state.times).toHaveLength(5)
})

describe('a refusal', () => {
  const date = new Date(START + 10 * MINUTE).toUTCString()

  test('of a signature of somebody else teaches nothing', () => {
    const { signer } = signing()
    const { signer: other } = signing()
    const foreign = { headers: { authorization: 'Test 1 2 3' } }
    for (const signature of [foreign, sign(other)]) {
      expect(signer.recover?.(refusal(signature, { headers: { date } }))).toBe(false)
    }
    expect(told(sign(signer).headers.authorization)).toBe(START)
    expect(signer.recover?.(refusal(sign(signer), { headers: { date } }))).toBe(true)
    expect(told(sign(other).headers.authorization)).toBe(START)
  })

  test('reaches a signer within others', () => {
    const { signer } = signing()
    const wrapped = within('https://api.example', compose(header('x-a', 'b'), signer))
    const signature = sign(wrapped)
    expect(wrapped.recover?.(refusal(signature, { headers: { date } }))).toBe(true)
    expect(told(sign(wrapped).headers.authorization)).toBeGreaterThan(START + 9 * MINUTE)
  })

  test('of a status that the scheme names is answered', async () => {
    const { local, signer } = signing({ refusals: [403] })
    const statuses = [403, 200]
    const answer: typeof fetch = async () =>
      new Response(null, {
        status: statuses.shift() ?? 500,
        headers: { date: new Date(local.time + 10 * MINUTE).toUTCString() },
      })
    expect((await signedFetch(signer, { fetch: answer })('https://api.example/')).status).toBe(200)
  })
})

test("the caller's own Authorization is kept, and its refusal teaches nothing", async () => {
  const { local, signer } = signing()
  const seen: (string | null)[] = []
  const answer: typeof fetch = async (_, init) => {
    seen.push(new Headers(init?.headers).get('authorization'))
    return new Response(null, {
      status: 401,
      headers: { date: new Date(local.time + 10 * MINUTE).toUTCString() },
    })
  }
  const api = signedFetch(signer, { fetch: answer })
  const headers = { authorization: 'Basic eDp5' }
  expect((await api('https://api.example/', { headers })).status).toBe(401)
  expect(seen).toEqual(['Basic eDp5'])
  expect(told(sign(signer).headers.authorization)).toBe(START)
})
