import {
  type AccessToken,
  bearer,
  type CachedProvider,
  cached,
  type Signer,
} from '@countersign/core'
import type { Arrival, Reply } from './site.ts'

/** A token endpoint in a variable: hands out `t1`, `t2`, … and counts. */
export interface Tokens {
  readonly signer: Signer
  readonly cache: CachedProvider<AccessToken>
  /** How many tokens were handed out. */
  count: number
  /** The only token that {@link Tokens.guard} lets pass. */
  good: string
  /** 200 for the good token, else 401. */
  guard(arrival: Arrival): Reply
}

/** @param wait Delays each token. */
export function tokens(
  good = 't1',
  wait?: (signal: AbortSignal | undefined) => Promise<void>,
): Tokens {
  const cache = cached<AccessToken>(async ({ signal } = {}) => {
    await wait?.(signal)
    state.count++
    return { token: `t${state.count}`, expiresAt: Date.now() + 3_600_000 }
  })
  const state: Tokens = {
    signer: bearer(cache),
    cache,
    count: 0,
    good,
    guard: ({ headers }) =>
      headers.authorization === `Bearer ${state.good}`
        ? { status: 200, body: 'welcome' }
        : { status: 401, body: 'who are you?' },
  }
  return state
}
