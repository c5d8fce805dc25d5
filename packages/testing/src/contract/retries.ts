import { expect } from 'vitest'
import { authorizations, type Case, line } from './case.ts'
import type { Call } from './client.ts'
import { clockwise, epi, verifying } from './proof.ts'
import { WELCOME } from './refused.ts'
import { tokens } from './tokens.ts'

/** Lines 19, 20, 25 and 28: a refusal beside the client's own retries and hooks, and by a wrong clock. */
export const retries: readonly Case[] = [
  ...line(19, 'retries: 503, 401, 200', {
    async run({ serve, send }) {
      const issued = tokens('t2')
      let attempts = 0
      const home = await serve((arrival) =>
        ++attempts === 1 ? { status: 503 } : issued.guard(arrival),
      )
      expect(await send(issued.signer, home, { retries: 2 })).toMatchObject(WELCOME)
      expect(authorizations(home)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2'])
    },
  }),
  ...line(20, 'retries: 503, 503, 200, each with a nonce and a timestamp of its own', {
    async run({ serve, send }) {
      const nonces = new Set<string>()
      const verify = verifying(nonces)
      let clock = 1_700_000_000_000
      const home = await serve((arrival) => {
        const reply = verify(arrival)
        return reply.status === 200 && nonces.size < 3 ? { status: 503 } : reply
      })
      const answer = await send(epi({ now: () => clock++ }), home, { retries: 2 })
      expect(answer).toMatchObject({ status: 200, text: 'valid' })
      expect(nonces.size).toBe(3)
      expect(new Set(authorizations(home).map((value) => value?.split(':')[1])).size).toBe(3)
    },
  }),
  ...line(25, 'a response hook of the caller’s own sees the final 200', {
    async run({ serve, send }) {
      const issued = tokens('t2')
      const home = await serve(issued.guard)
      const seen: number[] = []
      const call: Partial<Call> = { onResponse: (status) => seen.push(status) }
      expect(await send(issued.signer, home, call)).toMatchObject(WELCOME)
      expect(seen.at(-1)).toBe(200)
    },
  }),
  ...line(
    28,
    'a clock ten minutes wrong',
    {
      title: 'is learned from a refusal, once, and kept',
      async run({ serve, make }) {
        const home = await serve(clockwise())
        const { send } = make(epi({ now: () => Date.now() - 600_000 }), home)
        expect((await send({ url: home.origin })).status).toBe(200)
        expect(home.arrivals).toHaveLength(2)
        expect((await send({ url: home.origin })).status).toBe(200)
        expect(home.arrivals).toHaveLength(3)
      },
    },
    {
      title: 'a response with an Age teaches nothing',
      async run({ serve, send }) {
        const home = await serve(clockwise({ age: '7' }))
        expect((await send(epi({ now: () => Date.now() - 600_000 }), home)).status).toBe(401)
        expect(home.arrivals).toHaveLength(1)
      },
    },
  ),
]
