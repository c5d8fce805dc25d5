import { type AccessToken, bearer, cached, compose, type Signer, within } from '@countersign/core'
import { expect } from 'vitest'
import { authorizations, type Case, failure, line, ours, type Stage } from './case.ts'
import { epi } from './proof.ts'
import { WIRE } from './secrets.ts'
import type { Answering, Site } from './site.ts'
import { tokens } from './tokens.ts'

/** Lines 32 and 34–36: where credentials may go. */
export const places: readonly Case[] = [
  ...line(
    32,
    'an absolute URL to a foreign host',
    {
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
    },
    {
      title: 'that a signer leads to is an error, too',
      async run({ serve, make }) {
        const foreign = await serve(() => ({ body: 'open' }))
        const home = await serve(() => ({ body: 'welcome' }))
        const signer: Signer = {
          sign: () => ({ headers: { authorization: 'secret' }, url: `${foreign.origin}/` }),
        }
        const { send } = make(signer, home, { origins: [home.origin] })
        expect(ours(await failure(send({ url: home.origin })))).toMatchObject({
          code: 'foreign-origin',
        })
        expect([home.arrivals.length, foreign.arrivals.length]).toEqual([0, 0])
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
  ...line(
    36,
    'per request: `signer: false` is untouched, another signs alone',
    {
      title: 'one after the other',
      async run({ serve, make }) {
        const issued = tokens()
        const home = await serve(({ headers }) => ({ body: headers.authorization ?? 'none' }))
        const { send } = make(issued.signer, home)
        const { origin: url } = home
        expect((await send({ url, signer: false })).text).toBe('none')
        expect((await send({ url, signer: bearer('other') })).text).toBe('Bearer other')
        expect(issued.count).toBe(0)
        expect(await failure(send({ url, signer: {} as Signer }))).toBeInstanceOf(Error)
        expect((await send({ url })).text).toBe('Bearer t1')
      },
    },
    {
      title: 'two services side by side on one client, refused and redirected to each other',
      ...WIRE,
      async run({ serve, make }) {
        const [one, other] = [deputy('one'), deputy('other')]
        const sites: Site[] = [
          await serve(one.guard(() => sites[1])),
          await serve(other.guard(() => sites[0])),
        ]
        const [home, away] = sites as [Site, Site]
        const own = within(home.origin, one.signer)
        const others = within(away.origin, other.signer)
        const { send } = make(own, home, { origins: [home.origin, away.origin] })
        const calls = Array.from({ length: 24 }, (_, n) => {
          const path = n % 3 ? '/' : '/leave'
          return n % 2
            ? send({ url: home.origin + path })
            : send({ url: away.origin + path, signer: others })
        })
        const answers = await Promise.all(calls)
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        const strays = [send({ url: away.origin }), send({ url: home.origin, signer: others })]
        for (const stray of strays) {
          expect(ours(await failure(stray))).toMatchObject({ code: 'foreign-origin' })
        }
        for (const [site, name] of [
          [home, 'one'],
          [away, 'other'],
        ] as const) {
          const seen = new Set(authorizations(site))
          // Each of its own tokens, and of a request that was redirected here none at all.
          expect(seen).toEqual(new Set([`Bearer ${name}-1`, `Bearer ${name}-2`, undefined]))
        }
      },
    },
  ),
]

/** A service of its own: its tokens tell whose they are, and its API takes the second one. */
function deputy(name: string) {
  let issued = 0
  const signer = bearer(cached<AccessToken>(async () => ({ token: `${name}-${++issued}` })))
  const guard =
    (elsewhere: () => Site | undefined): Answering =>
    ({ headers, target }) => {
      if (headers.authorization === undefined) return {}
      if (headers.authorization !== `Bearer ${name}-2`) return { status: 401 }
      return target === '/leave'
        ? { status: 302, headers: { location: `${elsewhere()?.origin}/` } }
        : {}
    }
  return { signer, guard }
}
