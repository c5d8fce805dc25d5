import { apiKey, bearer, compose, header, type Signer, within } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { expect } from 'vitest'
import { authorizations, type Case, failure, line, ours, type Stage } from './case.ts'
import type { Call } from './client.ts'
import { epi, SECRET, verifying } from './proof.ts'
import type { Site } from './site.ts'
import { tokens } from './tokens.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const CONTENT: Partial<Call> = { method: 'POST', body: 'content' }

const secretHeaders = ({ arrivals }: Site): string[] =>
  arrivals.flatMap(({ headers }) =>
    ['authorization', 'x-api-key', 'x-tenant', 'x-signature', 'cookie'].filter(
      (name) => name in headers,
    ),
  )

const proofs: Record<string, () => Signer> = {
  'a bearer token': () => bearer('secret-token'),
  'an API key': () => apiKey({ in: 'header', name: 'x-api-key', key: 'secret-key' }),
  'a signature': () => epi(),
  'a signature header': () =>
    hmac({
      secret: SECRET,
      message: ['method', 'target'],
      headers: { 'x-signature': '{signature}' },
    }),
  'a token and a tenant': () => compose(bearer('secret-token'), header('x-tenant', 'acme')),
}

/** A server that verifies, and sends `/a` on to `/b`. */
const onward = (status: number) => {
  const verify = verifying()
  return (arrival: Parameters<typeof verify>[0]) => {
    const reply = verify(arrival)
    if (reply.status !== 200 || arrival.target === '/b') return reply
    return { status, headers: { location: '/b#frag' } }
  }
}

/** Lines 30–36: where credentials may go. */
export const places: readonly Case[] = [
  ...line(
    30,
    'a redirect to another origin',
    ...REDIRECTS.flatMap((status) => ({
      title: `${status}: nothing secret arrives there`,
      // Where a client follows by itself, it is MSW that follows, and by rules of its own.
      on: 'wire' as const,
      async run({ serve, send }: Stage) {
        for (const [name, signer] of Object.entries(proofs)) {
          const foreign = await serve(() => ({ body: 'foreign' }))
          const home = await serve(() => ({
            status,
            headers: { location: `${foreign.origin}/there?a=b` },
          }))
          const headers = { cookie: 'session=1', 'x-harmless': 'kept' }
          const answer = await send(signer(), home, { ...CONTENT, headers })
          expect(answer.text, name).toBe('foreign')
          expect(foreign.arrivals, name).toMatchObject([
            { target: '/there?a=b', headers: { 'x-harmless': 'kept' } },
          ])
          if (status >= 307) expect(String(foreign.arrivals[0]?.body)).toBe('content')
          expect(secretHeaders(foreign), name).toEqual([])
          expect(secretHeaders(home), name).not.toEqual([])
        }
      },
    })),
    {
      title: 'an API key in the query stays at home, and comes back on the next hop',
      async run({ serve, send }) {
        const foreign = await serve(() => ({ body: 'foreign' }))
        const home = await serve(({ target }) =>
          target.startsWith('/next')
            ? { status: 302, headers: { location: `${foreign.origin}/` } }
            : { status: 302, headers: { location: '/next?page=2' } },
        )
        const signer = apiKey({ in: 'query', name: 'key', key: 'a b&c' })
        await send(signer, home, { url: '/first' })
        const decoded = home.arrivals.map(({ target }) => target.replace('+', '%20'))
        expect(decoded).toEqual(['/first?key=a%20b%26c', '/next?page=2&key=a%20b%26c'])
        expect(foreign.arrivals.map(({ target }) => target)).toEqual(['/'])
      },
    },
    {
      title: 'a foreign origin that sends the request home again gets nothing signed',
      async run({ serve, send }) {
        const home = await serve(({ target }) =>
          target === '/' ? { status: 302, headers: { location: `${foreign.origin}/` } } : {},
        )
        const foreign: Site = await serve(() => ({
          status: 302,
          headers: { location: `${home.origin}/delete-everything` },
        }))
        expect((await send(epi(), home)).status).toBe(200)
        expect(authorizations(home)).toEqual([expect.stringMatching(/^epi-hmac /), undefined])
      },
    },
    {
      title: 'a foreign 401 asks for no new token',
      async run({ serve, send }) {
        const issued = tokens()
        const foreign = await serve(() => ({ status: 401 }))
        const home = await serve(() => ({
          status: 302,
          headers: { location: `${foreign.origin}/` },
        }))
        const signer = compose(issued.signer, header('x-tenant', 'acme'))
        expect((await send(signer, home)).status).toBe(401)
        expect([issued.count, foreign.arrivals.length]).toEqual([1, 1])
      },
    },
  ),
  ...line(31, 'the foreign origin answers 503, then 401: still nothing', {
    async run({ serve, send }) {
      for (const [name, signer] of Object.entries(proofs)) {
        let hits = 0
        const foreign = await serve(() => ({ status: ++hits === 1 ? 503 : 401 }))
        const home = await serve(() => ({
          status: 302,
          headers: { location: `${foreign.origin}/` },
        }))
        expect([401, 503]).toContain((await send(signer(), home, { retries: 2 })).status)
        expect(secretHeaders(foreign), name).toEqual([])
      }
    },
  }),
  ...line(32, 'an absolute URL to a foreign host', {
    title: 'an error before a token is fetched, or unsigned by choice',
    async run({ serve, make }) {
      const issued = tokens()
      const foreign = await serve(() => ({ body: 'open' }))
      const home = await serve(issued.guard)
      const signer = within(home.origin, issued.signer)
      const { send } = make(signer, home, { origins: [home.origin, foreign.origin] })
      const error = ours(await failure(send({ url: `${foreign.origin}/page/2?secret=1` })))
      expect(error).toMatchObject({
        code: 'foreign-origin',
        message: expect.not.stringContaining('secret'),
      })
      expect([issued.count, foreign.arrivals.length]).toEqual([0, 0])
      expect((await send({ url: foreign.origin, signer: false })).text).toBe('open')
      expect(authorizations(foreign)).toEqual([undefined])
      expect((await send({ url: home.origin })).text).toBe('welcome')
    },
  }),
  ...line(
    33,
    'a redirect at home under a signature over the target',
    ...REDIRECTS.map((status) => ({
      title: `${status}: signed anew${status >= 307 ? ', the body kept' : ''}`,
      async run({ serve, send }: Stage) {
        const home = await serve(onward(status))
        expect((await send(epi(), home, { ...CONTENT, url: '/a' })).text).toBe('valid')
        expect(home.arrivals.map(({ target }) => target)).toEqual(['/a', '/b'])
        const { method, body } = home.arrivals[1] ?? {}
        if (status >= 307) expect(`${method} ${body}`).toBe('POST content')
        // A client with rules of its own may keep the method; then it keeps the body too.
        else expect(['GET ', 'POST content']).toContain(`${method} ${body}`)
      },
    })),
    {
      title: 'a loop ends in an error',
      async run({ serve, send }) {
        const home = await serve(({ target }) => ({
          status: 302,
          headers: { location: `/${Number(target.slice(1)) + 1}` },
        }))
        const error = await failure(send(epi(), home).then(({ error }) => Promise.reject(error)))
        expect(error).toBeInstanceOf(Error)
        expect(home.arrivals.length).toBeLessThanOrEqual(22)
      },
    },
    {
      title: 'a caller who does not follow sees it',
      async run({ serve, send }) {
        const home = await serve(onward(302))
        const answer = await send(epi(), home, { url: '/a', redirect: 'manual', tolerant: true })
        expect([answer.status, home.arrivals.length]).toEqual([302, 1])
      },
    },
    {
      title: 'a stream is not sent on without its body',
      async run({ serve, send }) {
        const home = await serve(() => ({ status: 307, headers: { location: '/b' } }))
        const stream = new Blob(['x']).stream()
        const call = send(header('x-api-key', 'secret-key'), home, { method: 'POST', stream })
        expect(await failure(call)).toBeInstanceOf(Error)
        expect(home.arrivals).toHaveLength(1)
      },
    },
  ),
  ...line(
    34,
    'plain http to another machine',
    {
      title: 'refused before a token is fetched',
      async run({ serve, make }) {
        const issued = tokens()
        const home = await serve(issued.guard)
        for (const origin of [
          'http://api.example.com',
          'http://127.0.0.1.example.com',
          'http://10.0.0.1',
        ]) {
          const { send } = make(issued.signer, home, { origins: [origin] })
          expect(ours(await failure(send({ url: `${origin}/?a=secret` })))).toMatchObject({
            code: 'insecure-url',
            message: expect.not.stringContaining('secret'),
          })
        }
        expect([issued.count, home.arrivals.length]).toEqual([0, 0])
      },
    },
    {
      title: '`allowInsecure` lets it pass',
      on: 'msw',
      async run({ serve, send }) {
        const issued = tokens()
        const home = await serve(issued.guard)
        const origin = home.origin.replace('https:', 'http:')
        const there = { ...home, origin }
        const setup = { allowInsecure: true, origins: [origin] }
        expect((await send(issued.signer, there, {}, setup)).text).toBe('welcome')
      },
    },
  ),
  ...line(
    35,
    'an authorization of the caller’s own is kept, no token is fetched, nothing is replayed',
    ...[
      { title: 'in a header', own: { headers: { Authorization: 'Basic b3duOng=' } } },
      { title: 'in the client’s own option', own: { auth: { username: 'own', password: 'x' } } },
    ].map(({ title, own }) => ({
      title,
      async run({ serve, send }: Stage) {
        const issued = tokens()
        const home = await serve(() => ({ status: 401 }))
        for (const signer of [issued.signer, epi(), compose(issued.signer)]) {
          expect((await send(signer, home, own)).status).toBe(401)
        }
        expect(authorizations(home)).toEqual(Array(3).fill('Basic b3duOng='))
        expect(issued.count).toBe(0)
      },
    })),
  ),
  ...line(36, 'per request: `signer: false` is untouched, another signs alone', {
    async run({ serve, make }) {
      const issued = tokens()
      const home = await serve(({ headers }) => ({ body: headers.authorization ?? 'none' }))
      const { send } = make(issued.signer, home)
      expect((await send({ url: home.origin, signer: false })).text).toBe('none')
      expect((await send({ url: home.origin, signer: bearer('other') })).text).toBe('Bearer other')
      expect(issued.count).toBe(0)
      expect(await failure(send({ url: home.origin, signer: {} as Signer }))).toBeInstanceOf(Error)
      expect((await send({ url: home.origin })).text).toBe('Bearer t1')
    },
  }),
]
