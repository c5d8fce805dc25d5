import { apiKey, bearer, compose, header, type Signer } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { expect } from 'vitest'
import { authorizations, type Case, failure, line, type Stage } from './case.ts'
import type { Call } from './client.ts'
import { epi, SECRET, verifying } from './proof.ts'
import type { Answering, Site } from './site.ts'
import { tokens } from './tokens.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const CONTENT: Partial<Call> = { method: 'POST', body: 'content' }

const SECRET_HEADERS = ['authorization', 'x-api-key', 'x-tenant', 'x-signature', 'cookie']
/** The secret headers of each request. */
const secretsOf = ({ arrivals }: Site): string[][] =>
  arrivals.map(({ headers }) => SECRET_HEADERS.filter((name) => name in headers))

const proofs: Record<string, { signer: () => Signer; sent: string[] }> = {
  'a bearer token': { signer: () => bearer('secret-token'), sent: ['authorization'] },
  'an API key': {
    signer: () => apiKey({ in: 'header', name: 'x-api-key', key: 'secret-key' }),
    sent: ['x-api-key'],
  },
  'a signature': { signer: () => epi(), sent: ['authorization'] },
  'a signature header': {
    signer: () =>
      hmac({
        secret: SECRET,
        message: ['method', 'target'],
        headers: { 'x-signature': '{signature}' },
      }),
    sent: ['x-signature'],
  },
  'a token and a tenant': {
    signer: () => compose(bearer('secret-token'), header('x-tenant', 'acme')),
    sent: ['authorization', 'x-tenant'],
  },
}

/** Two origins that a redirect goes between. */
type Border = (
  stage: Stage,
  home: Answering,
  foreign: Answering,
) => Promise<[Site, Site]> | [Site, Site]

/** What differs between home and the foreign origin. The scheme and the host differ alone. */
const BORDERS = {
  'another port': async ({ serve }, home, foreign) => [await serve(home), await serve(foreign)],
  'another host': ({ meet }, home, foreign) =>
    meet(['http://127.0.0.1', home], ['http://localhost', foreign]),
  'from https to http': ({ meet }, home, foreign) =>
    meet(['https://127.0.0.1', home], ['http://127.0.0.1', foreign]),
} satisfies Record<string, Border>

/** Sends content and these headers to a home that redirects, and sees both ends. */
async function crossing(
  stage: Stage,
  where: keyof typeof BORDERS,
  status: number,
  signer: Signer,
  headers: Record<string, string> = {},
): Promise<[home: Site, foreign: Site]> {
  const sites: [home: Site, foreign: Site] = await BORDERS[where](
    stage,
    () => ({ status, headers: { location: `${sites[1].origin}/there?a=b` } }),
    () => ({ body: 'foreign' }),
  )
  const call = { ...CONTENT, headers: { ...headers, 'x-harmless': 'kept' } }
  expect((await stage.send(signer, sites[0], call)).text).toBe('foreign')
  expect(sites[1].arrivals).toMatchObject([
    { target: '/there?a=b', headers: { 'x-harmless': 'kept' } },
  ])
  return sites
}

// Where a client follows by itself, it is MSW that follows, and by rules of its own.
const WIRE = { on: 'wire' } as const

const leaving = (where: keyof typeof BORDERS) =>
  REDIRECTS.map((status) => ({
    ...WIRE,
    title: `${where}, ${status}: nothing secret arrives there`,
    async run(stage: Stage) {
      for (const [name, { signer, sent }] of Object.entries(proofs)) {
        const [home, foreign] = await crossing(stage, where, status, signer())
        expect([secretsOf(home), secretsOf(foreign)], name).toEqual([[sent], [[]]])
      }
    },
  }))

const leavingWithOwn = (where: keyof typeof BORDERS) => ({
  ...WIRE,
  title: `${where}: a cookie and an authorization of the caller’s own stay at home`,
  async run(stage: Stage) {
    const own = { authorization: 'Basic b3duOng=', cookie: 'session=1' }
    for (const status of REDIRECTS) {
      for (const [name, { signer }] of Object.entries(proofs)) {
        const [home, foreign] = await crossing(stage, where, status, signer(), own)
        expect(home.arrivals, name).toMatchObject([{ headers: own }])
        expect(secretsOf(foreign), name).toEqual([[]])
      }
    }
  },
})

/** A server that verifies, and sends `/a` on to `/b`. */
const onward = (status: number) => {
  const verify = verifying()
  return (arrival: Parameters<typeof verify>[0]) => {
    const reply = verify(arrival)
    if (reply.status !== 200 || arrival.target === '/b') return reply
    return { status, headers: { location: '/b#frag' } }
  }
}

/** Lines 30, 31 and 33: what a redirect takes along. */
export const redirects: readonly Case[] = [
  ...line(
    30,
    'a redirect to another origin',
    ...leaving('another port'),
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
    ...leaving('another host'),
    ...leaving('from https to http'),
    leavingWithOwn('another port'),
    leavingWithOwn('another host'),
    leavingWithOwn('from https to http'),
    {
      ...WIRE,
      title: '307 and 308 keep the body, wherever they lead',
      async run(stage) {
        for (const where of Object.keys(BORDERS) as (keyof typeof BORDERS)[]) {
          for (const status of [307, 308]) {
            const [, foreign] = await crossing(stage, where, status, epi())
            expect(foreign.arrivals).toMatchObject([
              { method: 'POST', body: Buffer.from('content') },
            ])
          }
        }
      },
    },
    {
      ...WIRE,
      title: 'a foreign 401 refuses no token that the client kept at home by itself',
      async run({ serve, send }) {
        const issued = tokens()
        const foreign = await serve(() => ({ status: 401 }))
        const home = await serve(() => ({
          status: 302,
          headers: { location: `${foreign.origin}/` },
        }))
        expect((await send(issued.signer, home)).status).toBe(401)
        expect([issued.count, home.arrivals.length, foreign.arrivals.length]).toEqual([1, 1, 1])
      },
    },
  ),
  ...line(31, 'the foreign origin answers 503, then 401: still nothing', {
    async run({ serve, send }) {
      for (const [name, { signer }] of Object.entries(proofs)) {
        let hits = 0
        const foreign = await serve(() => ({ status: ++hits === 1 ? 503 : 401 }))
        const home = await serve(() => ({
          status: 302,
          headers: { location: `${foreign.origin}/` },
        }))
        expect([401, 503]).toContain((await send(signer(), home, { retries: 2 })).status)
        expect(secretsOf(foreign).flat(), name).toEqual([])
      }
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
    ...REDIRECTS.map((status) => ({
      ...WIRE,
      title: `${status}: all that is secret arrives again, and a signature over the target is another`,
      async run({ serve, send }: Stage) {
        for (const [name, { signer, sent }] of Object.entries(proofs)) {
          const home = await serve(({ target }) =>
            target === '/b' ? {} : { status, headers: { location: '/b' } },
          )
          const headers = { cookie: 'session=1' }
          await send(signer(), home, { ...CONTENT, url: '/a', headers })
          expect(secretsOf(home), name).toEqual(Array(2).fill([...sent, 'cookie']))
          const [first, second] = home.arrivals.map(({ headers }) => headers['x-signature'])
          if (first) expect(second).not.toBe(first)
        }
      },
    })),
  ),
]
