import { header } from '@countersign/core'
import { expect } from 'vitest'
import { type Case, failure, line, type Stage } from './case.ts'
import { epi, verifying } from './proof.ts'
import { CONTENT, proofs, REDIRECTS, secretsOf, WIRE } from './secrets.ts'

/** A server that verifies, and sends `/a` on to `/b`. */
const onward = (status: number) => {
  const verify = verifying()
  return (arrival: Parameters<typeof verify>[0]) => {
    const reply = verify(arrival)
    if (reply.status !== 200 || arrival.target === '/b') return reply
    return { status, headers: { location: '/b#frag' } }
  }
}

/** Line 33: redirects that stay at home. */
export const redirectsHome: readonly Case[] = [
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
