import { type AccessToken, bearer, cached, ExchangeError, type Signer } from '@countersign/core'
import { expect, vi } from 'vitest'
import { authorizations, type Case, door, failure, gate, line, ours, type Stage } from './case.ts'
import type { Answer, Call } from './client.ts'
import { epi, verifying } from './proof.ts'
import { tokens } from './tokens.ts'

/** What a guard of tokens says to the good one. */
export const WELCOME = { status: 200, text: 'welcome' }

/** The second answer was a refusal too: the caller gets what the client makes of a 401. */
function expectRefusal({ client }: Stage, answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, text: 'who are you?' })
  expect(client.isStatusError?.(answer.error) ?? answer.error === undefined).toBe(true)
}

async function renewed({ serve, send }: Stage, call: Partial<Call>): Promise<string[]> {
  const issued = tokens('t2')
  const home = await serve(issued.guard)
  expect(await send(issued.signer, home, call)).toMatchObject(WELCOME)
  expect(authorizations(home)).toEqual(['Bearer t1', 'Bearer t2'])
  return home.arrivals.map(({ body }) => body.toString('latin1'))
}

async function readable({ serve, send }: Stage, call: Partial<Call>): Promise<void> {
  const heard: string[] = []
  const home = await serve(() => ({ status: 401, body: 'x'.repeat(100_000) }))
  const signer: Signer = {
    sign: () => ({ headers: { authorization: 'Own proof' } }),
    recover: async ({ text, signature, status }) => {
      heard.push(`${status} ${signature.headers.authorization} ${(await text()).length}`)
      return false
    },
  }
  expect((await send(signer, home, call)).text).toHaveLength(100_000)
  expect(heard).toEqual(['401 Own proof 65536'])
}

/** Lines 15–29 but those of `retries.ts`: refused and repeated. */
export const refused: readonly Case[] = [
  ...line(15, '401 then 200: two requests, the second with the new token', {
    run: async (stage) => expect(await renewed(stage, {})).toEqual(['', '']),
  }),
  ...line(
    16,
    'both bodies are the same, byte for byte',
    {
      title: 'JSON',
      async run(stage) {
        const [first, second] = await renewed(stage, { method: 'POST', json: { a: 'ü' } })
        expect(JSON.parse(Buffer.from(first ?? '', 'latin1').toString())).toEqual({ a: 'ü' })
        expect(second).toBe(first)
      },
    },
    {
      title: 'bytes',
      async run(stage) {
        const body = new Uint8Array([65, 255, 0])
        expect(await renewed(stage, { method: 'PUT', body })).toEqual(['A\xff\0', 'A\xff\0'])
      },
    },
    {
      title: 'a form',
      async run(stage) {
        const body = new FormData()
        body.set('field', 'value')
        const [first, second] = await renewed(stage, { method: 'POST', body })
        expect(first).toContain('value')
        expect(second?.replaceAll(/-{2,}\S+/g, '')).toBe(first?.replaceAll(/-{2,}\S+/g, ''))
      },
    },
  ),
  ...line(
    17,
    '401 for ever',
    {
      title: 'two requests, and the client’s own error or response',
      async run(stage) {
        const issued = tokens('never')
        const home = await stage.serve(issued.guard)
        expectRefusal(stage, await stage.send(issued.signer, home))
        expect([home.arrivals.length, issued.count]).toEqual([2, 2])
      },
    },
    {
      title: 'the signer can read the refusal, and the caller’s answer stays whole',
      run: (stage) => readable(stage, {}),
    },
    {
      title: 'a refresh that fails for good reaches the caller, and nothing is sent again',
      async run({ serve, send }) {
        let calls = 0
        const signer = bearer(
          cached<AccessToken>(async () => {
            if (++calls === 1) return { token: 't1' }
            throw new ExchangeError('exchange-refused', 'revoked', { retryable: false })
          }),
        )
        const home = await serve(() => ({ status: 401 }))
        const error = ours(await failure(send(signer, home, { retries: 2 })))
        expect(error).toMatchObject({ code: 'exchange-refused' })
        expect([home.arrivals.length, calls]).toEqual([1, 2])
      },
    },
  ),
  ...line(
    18,
    'a caller who takes every status',
    {
      title: '401 then 200',
      run: async (stage) => expect(await renewed(stage, { tolerant: true })).toHaveLength(2),
    },
    {
      title: '401 for ever is a response',
      async run({ serve, send }) {
        const issued = tokens('never')
        const home = await serve(issued.guard)
        const answer = await send(issued.signer, home, { tolerant: true })
        expect(answer).toMatchObject({ status: 401, text: 'who are you?' })
        expect(answer.error).toBeUndefined()
        expect(home.arrivals).toHaveLength(2)
      },
    },
  ),
  ...line(21, 'a body stream and a 401: one request, the client’s 401, and a new token next time', {
    async run(stage) {
      const issued = tokens('t2')
      const home = await stage.serve(issued.guard)
      const { send } = stage.make(issued.signer, home)
      const stream = new Blob(['one-shot']).stream()
      expectRefusal(stage, await send({ url: home.origin, method: 'POST', stream }))
      expect(home.arrivals.map(({ body }) => String(body))).toEqual(['one-shot'])
      expect(await send({ url: home.origin })).toMatchObject(WELCOME)
      expect(home.arrivals).toHaveLength(2)
    },
  }),
  ...line(22, '20 concurrent 401s: one token request, 40 requests, all 200', {
    async run({ serve, make }) {
      const issued = tokens()
      await issued.cache()
      issued.good = 't2'
      const all = gate(20)
      const home = await serve(async (arrival) => {
        if (arrival.headers.authorization === 'Bearer t1') await all()
        return issued.guard(arrival)
      })
      const { send } = make(issued.signer, home)
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => send({ url: home.origin })),
      )
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
      expect([issued.count, home.arrivals.length]).toEqual([2, 40])
    },
  }),
  ...line(23, 'a late 401 for a token already replaced: the current one, no token request', {
    async run({ serve, make }) {
      const issued = tokens('t2')
      const arrived = door()
      const held = door()
      const home = await serve(async (arrival) => {
        if (arrival.target === '/late' && arrival.headers.authorization === 'Bearer t1') {
          arrived.open()
          await held.promise
        }
        return issued.guard(arrival)
      })
      const { send } = make(issued.signer, home)
      const late = send({ url: `${home.origin}/late` })
      await arrived.promise
      expect((await send({ url: `${home.origin}/early` })).status).toBe(200)
      expect(issued.count).toBe(2)
      held.open()
      expect((await late).status).toBe(200)
      expect(issued.count).toBe(2)
    },
  }),
  ...line(24, '403: no refresh, no replay', {
    async run({ serve, send }) {
      const issued = tokens()
      const home = await serve(() => ({ status: 403, body: 'no' }))
      expect(await send(issued.signer, home)).toMatchObject({ status: 403, text: 'no' })
      expect([issued.count, home.arrivals.length]).toEqual([1, 1])
    },
  }),
  ...line(
    26,
    'without retries of the client’s own',
    {
      title: 'the replay of a POST waits for no timer of 100 ms',
      async run(stage) {
        // Longer timers never fire: a replay behind one would not come.
        const real = globalThis.setTimeout
        const hasty = (work: () => void, delay = 0) => real(delay < 100 ? work : () => {}, delay)
        vi.stubGlobal('setTimeout', hasty)
        try {
          const call: Partial<Call> = { method: 'POST', body: 'content', retries: 0 }
          expect(await renewed(stage, call)).toEqual(['content', 'content'])
        } finally {
          vi.unstubAllGlobals()
        }
      },
    },
    {
      title: '401 for ever is the client’s own 401',
      async run(stage) {
        const issued = tokens('never')
        const home = await stage.serve(issued.guard)
        const call: Partial<Call> = { method: 'POST', body: 'content', retries: 0 }
        expectRefusal(stage, await stage.send(issued.signer, home, call))
        expect(home.arrivals).toHaveLength(2)
      },
    },
  ),
  ...line(
    27,
    'the caller’s stream',
    {
      title: 'holds only the second body',
      run: async (stage) => expect(await renewed(stage, { streamed: true })).toHaveLength(2),
    },
    {
      title: 'of a refusal is whole, though its signer has read of it',
      run: (stage) => readable(stage, { streamed: true }),
    },
  ),
  ...line(
    29,
    'installed twice',
    {
      title: 'one signature, at most two requests',
      async run(stage) {
        const issued = tokens('never')
        const home = await stage.serve(issued.guard)
        expectRefusal(stage, await stage.send(issued.signer, home, {}, { twice: true }))
        expect(authorizations(home)).toEqual(['Bearer t1', 'Bearer t2'])
      },
    },
    {
      title: 'one nonce, valid',
      async run({ serve, send }) {
        const nonces = new Set<string>()
        const home = await serve(verifying(nonces))
        const call: Partial<Call> = { method: 'POST', body: 'content' }
        expect((await send(epi(), home, call, { twice: true })).text).toBe('valid')
        expect([nonces.size, home.arrivals.length]).toEqual([1, 1])
      },
    },
  ),
]
