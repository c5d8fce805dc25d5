import { apiKey, compose, header, type Signer } from '@countersign/core'
import { expect } from 'vitest'
import { authorizations, type Case, failure, line, ours, type Stage } from './case.ts'
import { epi } from './proof.ts'
import { CONTENT, proofs, REDIRECTS, secretsOf, WIRE } from './secrets.ts'
import type { Answering, Site } from './site.ts'
import { tokens } from './tokens.ts'

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
  'from http to https': ({ meet }, home, foreign) =>
    meet(['http://127.0.0.1', home], ['https://127.0.0.1', foreign]),
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

/** Lines 30 and 31: what a redirect to another origin takes along. */
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
    {
      ...WIRE,
      title: 'from http to https, any: nothing secret arrives there',
      async run(stage) {
        for (const { run } of leaving('from http to https')) await run(stage)
      },
    },
    leavingWithOwn('from http to https'),
    {
      ...WIRE,
      title: 'an API key in the query stays at home, though a redirect repeats it',
      async run({ serve, send }) {
        const foreign = await serve(() => ({ body: 'foreign' }))
        const home = await serve(({ target }) => {
          const [path, query] = target.split('?')
          const to = path === '/first' ? '/next' : `${foreign.origin}/`
          return { status: 302, headers: { location: `${to}?${query}` } }
        })
        const signer = apiKey({ in: 'query', name: 'key', key: 'a b&c' })
        expect(ours(await failure(send(signer, home, { url: '/first?page=2' })))).toMatchObject({
          code: 'redirect-refused',
          message: expect.not.stringContaining('key='),
        })
        expect([home.arrivals.length, foreign.arrivals.length]).toEqual([2, 0])
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
]
