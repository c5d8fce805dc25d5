import {
  type AccessToken,
  bearer,
  cached,
  clientCredentials,
  type Provider,
} from '@countersign/core'
import { expect, onTestFinished, vi } from 'vitest'
import { authorizations, type Case, door, failure, line, ours, type Stage } from './case.ts'
import { epi, verifying } from './proof.ts'
import { refusing } from './site.ts'
import { tokens } from './tokens.ts'

/** A token that never comes; whoever waits for it has to leave. */
const never = (signal: AbortSignal | undefined) =>
  new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

const messages = (error: unknown): string[] =>
  error instanceof Error ? [error.message, ...messages(error.cause)] : []

/** Lines 37–42: waiting, and the shape of the client. */
export const waiting: readonly Case[] = [
  ...line(
    37,
    'an abort during a token wait: the client’s own abort error, nothing sent',
    ...[
      { title: 'with a provider that takes a signal', signer: () => tokens('', never).signer },
      {
        title: 'with one that does not',
        signer: () => bearer(() => new Promise<string>(() => {})),
      },
    ].map(({ title, signer }) => ({
      title,
      async run({ client, serve, send }: Stage) {
        const home = await serve(() => ({}))
        const controller = new AbortController()
        const asked = door()
        const inner = signer()
        const waits = {
          ...inner,
          sign(request: Parameters<typeof inner.sign>[0]) {
            asked.open()
            return inner.sign(request)
          },
        }
        const call = failure(send(waits, home, { signal: controller.signal }))
        // The token never comes: that the call ends at all is the abort's doing.
        await asked.promise
        controller.abort()
        expect(client.isAbort(await call)).toBe(true)
        expect(home.arrivals).toHaveLength(0)
      },
    })),
    {
      title: 'an abort while the new token is awaited leaves no request behind',
      async run({ client, serve, send }) {
        const controller = new AbortController()
        const home = await serve(() => ({ status: 401 }))
        const provider: Provider<AccessToken> = ({ refused } = {}) => {
          if (!refused) return { token: 't1' }
          controller.abort()
          return new Promise(() => {})
        }
        const call = send(bearer(provider), home, { signal: controller.signal })
        expect(client.isAbort(await failure(call))).toBe(true)
        expect(home.arrivals).toHaveLength(1)
      },
    },
  ),
  ...line(38, 'two wait, one aborts: the other is served, with one token request', {
    async run({ client, serve, make }) {
      const held = door()
      const asked = door()
      const issued = tokens('t1', () => {
        asked.open()
        return held.promise
      })
      const home = await serve(issued.guard)
      const { send } = make(issued.signer, home)
      const controller = new AbortController()
      const first = failure(send({ url: home.origin, signal: controller.signal }))
      const second = send({ url: home.origin })
      await asked.promise
      controller.abort()
      expect(client.isAbort(await first)).toBe(true)
      held.open()
      expect((await second).status).toBe(200)
      expect([issued.count, home.arrivals.length]).toEqual([1, 1])
    },
  }),
  ...line(
    39,
    'no retry of the client’s multiplies the attempts to get a token',
    {
      title: 'an endpoint that refuses connections: our error, after the attempts of the exchange',
      on: 'wire',
      async run({ serve, send }) {
        const gone = await refusing()
        onTestFinished(gone.close)
        const home = await serve(() => ({}))
        const attempts = vi.fn(fetch)
        const provider = clientCredentials({
          tokenEndpoint: `${gone.origin}/token`,
          clientId: 'id',
          clientSecret: 'secret-of-client',
          fetch: attempts,
          retry: { delay: 0 },
        })
        const error = await failure(send(bearer(cached(provider)), home, { retries: 2 }))
        expect(ours(error)).toMatchObject({
          name: 'ExchangeError',
          code: 'exchange-unreachable',
          message: expect.stringContaining(`POST ${gone.origin}/token`),
        })
        expect([attempts.mock.calls.length, home.arrivals.length]).toEqual([3, 0])
      },
    },
    {
      title: 'a provider with an error of the network of its own',
      async run({ serve, send }) {
        const home = await serve(() => ({}))
        const failing = vi.fn(async () => {
          throw Object.assign(new TypeError('fetch failed'), { code: 'ECONNRESET' })
        })
        const error = await failure(send(bearer(failing), home, { retries: 2 }))
        expect(messages(error)).toContain('fetch failed')
        expect([failing.mock.calls.length, home.arrivals.length]).toEqual([1, 0])
      },
    },
  ),
  ...line(40, 'a timeout during a token wait: the client’s own timeout error, nothing sent', {
    async run({ client, serve, send }) {
      const home = await serve(() => ({}))
      const call = send(tokens('', never).signer, home, { timeout: 20, retries: 0 })
      expect(client.isTimeout(await failure(call))).toBe(true)
      expect(home.arrivals).toHaveLength(0)
    },
  }),
  ...line(
    41,
    'the client keeps its shape',
    {
      title: 'extended by its own means it still signs',
      async run({ serve, send }) {
        const home = await serve(verifying())
        const call = { url: '/a', method: 'POST', body: 'content' }
        expect((await send(epi(), home, call, { derived: true })).text).toBe('valid')
      },
    },
    {
      title: 'a transport of the caller’s own sends, signed',
      async run({ serve, send }) {
        const home = await serve(verifying())
        const transport = vi.fn()
        const call = { url: '/a', method: 'POST', body: 'content' }
        expect((await send(epi(), home, call, { transport })).text).toBe('valid')
        expect(transport).toHaveBeenCalledOnce()
      },
    },
  ),
  ...line(
    42,
    'the client’s own stream',
    {
      title: 'on a valid token',
      async run({ serve, make }) {
        const issued = tokens()
        const home = await serve(issued.guard)
        const { stream } = make(issued.signer, home)
        expect(await stream?.({ url: home.origin })).toMatchObject({ status: 200, text: 'welcome' })
        expect(authorizations(home)).toEqual(['Bearer t1'])
      },
    },
    {
      title: 'on a refused one the 401 surfaces, and the next call has a new one',
      async run({ client, serve, make }) {
        for (const tolerant of [false, true]) {
          const issued = tokens('t2')
          const home = await serve(issued.guard)
          const { stream } = make(issued.signer, home)
          const call = { url: home.origin, tolerant }
          const answer = await stream?.(call)
          expect(answer?.status).toBe(401)
          expect(answer?.error !== undefined && client.isStatusError?.(answer.error)).toBe(
            !tolerant,
          )
          expect(authorizations(home)).toEqual(['Bearer t1'])
          expect(await stream?.(call)).toMatchObject({ status: 200, text: 'welcome' })
        }
      },
    },
  ),
]
