import { bearer, cached, clientCredentials } from '@countersign/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { authorizations, failure, ours } from './case.ts'
import type { Client } from './client.ts'
import { loopback } from './site.ts'

/** What a token endpoint answers to the n-th request, and what a call then comes to. */
interface Wrong {
  answer(n: number): object
  /** The tokens that were sent to the API, none of which it takes. */
  readonly sent: readonly string[]
  readonly asked: number
  /** Of the error; without one, the API's refusal is the answer. */
  readonly code?: string
}

const WRONG: Record<string, Wrong> = {
  'the previous token again': {
    answer: () => ({ access_token: 'previous', expires_in: 60 }),
    sent: ['previous'],
    asked: 2,
  },
  'an expired token': {
    answer: () => ({ access_token: 'expired', expires_in: 0 }),
    sent: [],
    asked: 1,
    code: 'invalid-response',
  },
  'an expired token in place of a refused one': {
    answer: (n) => ({ access_token: `t${n}`, expires_in: n === 1 ? 60 : -1 }),
    sent: ['t1'],
    asked: 2,
    code: 'invalid-response',
  },
  'tokens of another tenant': {
    answer: (n) => ({ access_token: `theirs${n}`, expires_in: 60 }),
    sent: ['theirs1', 'theirs2'],
    asked: 2,
  },
}

/** Holds a client to the same end, after as many requests as that takes, whatever token it is given. */
export function wrongTokens(client: Client): void {
  describe(`${client.name}: tokens`, () => {
    test.each(Object.entries(WRONG))(
      'a token endpoint that answers %s',
      async (_, { answer, sent, asked, code }) => {
        const endpoint = await loopback(() => ({
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(answer(endpoint.arrivals.length)),
        }))
        const home = await loopback(() => ({ status: 401, body: 'who are you?' }))
        onTestFinished(async () => void (await Promise.all([endpoint.close(), home.close()])))
        const tokenEndpoint = `${endpoint.origin}/token`
        const tokens = cached(
          clientCredentials({ tokenEndpoint, clientId: 'a', clientSecret: 'b' }),
        )
        const { send } = client.make(bearer(tokens), { origins: [home.origin] })
        const call = send({ url: home.origin })
        if (code) expect(ours(await failure(call))).toMatchObject({ name: 'ExchangeError', code })
        else expect(await call).toMatchObject({ status: 401, text: 'who are you?' })
        expect(authorizations(home)).toEqual(sent.map((token) => `Bearer ${token}`))
        expect(endpoint.arrivals).toHaveLength(asked)
      },
    )
  })
}
