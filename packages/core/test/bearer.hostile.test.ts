import { bearer, cached, clientCredentials, signedFetch } from '@countersign/core'
import { expect, test } from 'vitest'
import { START } from './support/cache.ts'

/** What an endpoint can do by answering well-formed tokens that are of no use. */

/** An API behind an endpoint of tokens, both as told, under a clock that a test sets. */
function stage(token: (n: number) => object, guard: (authorization: string) => number) {
  const state = { now: START, tokens: 0, seen: [] as string[] }
  const now = () => state.now
  const provider = clientCredentials({
    tokenEndpoint: 'https://id.example/token',
    clientId: 'app',
    clientSecret: 's',
    retry: { attempts: 1 },
    fetch: async () => Response.json(token(++state.tokens)),
    now,
  })
  const api = signedFetch(bearer(cached(provider, { now, random: () => 1 })), {
    fetch: async (_, init) => {
      const { authorization = '' } = Object(init?.headers) as Record<string, string>
      state.seen.push(authorization)
      return new Response(null, { status: guard(authorization) })
    },
  })
  return { state, call: () => api('https://api.example/') }
}

test('an endpoint that hands out the refused token again is not asked by every call', async () => {
  const { state, call } = stage(
    () => ({ access_token: 'same', expires_in: 3600 }),
    () => 401,
  )
  for (let n = 0; n < 20; n++) expect((await call()).status).toBe(401)
  // Once for the first token, and once for another.
  expect([state.tokens, state.seen.length]).toEqual([2, 20])
  state.now += 5_001
  for (let n = 0; n < 20; n++) await call()
  // Once in the background, since the token may have been renewed, and once for the next refusal.
  expect(state.tokens).toBe(4)
})

test('an endpoint that hands out expired tokens is an error of the library, and nothing is sent', async () => {
  const answers = [{ expires_in: 0 }, { expires_in: -1 }, { expires_in: '-0.5' }]
  for (const expiry of answers) {
    const { state, call } = stage(
      () => ({ access_token: 'expired', ...expiry }),
      () => 200,
    )
    await expect(call()).rejects.toMatchObject({ name: 'ExchangeError', code: 'invalid-response' })
    expect(state.seen).toEqual([])
  }
})

test('a token that expires while it comes is not used', async () => {
  const { state, call } = stage(
    () => {
      state.now += 2_000
      return { access_token: 'late', expires_in: 1 }
    },
    () => 200,
  )
  await expect(call()).rejects.toMatchObject({ code: 'expired-value' })
  expect(state.seen).toEqual([])
})

test('a token for another tenant is refused by the API, and replaced once for each call', async () => {
  const { state, call } = stage(
    (n) => ({ access_token: `tenant-b-${n}`, expires_in: 3600 }),
    () => 401,
  )
  expect((await call()).status).toBe(401)
  expect(state.seen).toEqual(['Bearer tenant-b-1', 'Bearer tenant-b-2'])
  expect((await call()).status).toBe(401)
  expect(state.seen.slice(2)).toEqual(['Bearer tenant-b-2', 'Bearer tenant-b-3'])
  expect(state.tokens).toBe(3)
})

test('a token that may not do this is no refused token: the endpoint is not asked for another', async () => {
  const { state, call } = stage(
    () => ({ access_token: 'tenant-b', expires_in: 3600 }),
    () => 403,
  )
  for (let n = 0; n < 5; n++) expect((await call()).status).toBe(403)
  expect([state.tokens, state.seen.length]).toEqual([1, 5])
})
