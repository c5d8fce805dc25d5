import { mock } from 'node:test'
import type { World } from '../clients/client.ts'
import { type Arrival, authorizationOf, granted, inMemory } from './network.ts'
import { newToken } from './token.ts'

const HOUR = 3_600_000
/** What the token endpoint takes to answer, in milliseconds. */
export const GRANTED_AFTER = 50

/** A world of delays, in which tokens end, are revoked, and are not to be had. */
export interface HerdWorld extends World {
  readonly calls: number
  readonly grants: number
  /** How long the API takes for the i-th call from now on, in milliseconds. */
  delays(delay: (i: number) => number): void
  /** Lets an hour and a half go by. */
  expire(): void
  /** Revokes every token that has been handed out. */
  revoke(): void
  /** The token endpoint fails once. */
  breakDown(): void
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Sets the clock of this process: everybody's expiry is read by `Date`. */
export function herdWorld(): HerdWorld {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  /** By the header that proves it, when each token ends. */
  const good = new Map<string, number>()
  let calls = 0
  let grants = 0
  let delay: (i: number) => number = () => 0
  let broken = false

  async function grant(): Promise<string | undefined> {
    grants++
    const fails = broken
    broken = false
    await sleep(GRANTED_AFTER)
    if (fails) return undefined
    const token = newToken()
    good.set(`Bearer ${token}`, Date.now() + HOUR)
    return token
  }

  async function serve(arrival: Arrival): Promise<number> {
    const proof = authorizationOf(arrival)
    await sleep(delay(calls++))
    // Without any it is an open API: who does not authenticate shows what calls alone take.
    return proof === undefined || Date.now() < (good.get(proof) ?? 0) ? 200 : 401
  }

  const network = inMemory(serve, async () => {
    const token = await grant()
    return token === undefined ? new Response(null, { status: 503 }) : granted(token)
  })
  return {
    ...network,
    constant: '',
    tokenEndpoint: 'https://id.example.com/token',
    async fetchToken() {
      const token = await grant()
      if (token === undefined) throw new Error('the token endpoint answered 503')
      return { token, expiresAt: Date.now() + HOUR }
    },
    get calls() {
      return calls
    },
    get grants() {
      return grants
    },
    delays(next) {
      calls = grants = 0
      delay = next
    },
    expire: () => mock.timers.setTime(Date.now() + 1.5 * HOUR),
    revoke: () => good.clear(),
    breakDown() {
      broken = true
    },
  }
}
