import type { CacheEvent } from '@countersign/core'
import type { SourceWrapper } from '@countersign/services/kalibrate'
import { type Counts, count } from './count.ts'

/**
 * Follows one cache by what it tells, and asks of each contact of its source why it was made.
 *
 * So many there may be, of all caches together:
 *
 * - one at the beginning, as nothing is held;
 * - one for each value that has lived for four fifths of its time: of a lifetime under ten minutes the last
 *   fifth is the advisory window, which the jitter makes shorter, never longer. The same value again is left
 *   alone for half of what remains of it;
 * - one for each refusal of the token that is held, by a server that has really refused that very token: a late
 *   refusal of the one before is none;
 * - one for each contact that has failed, since a failure may be followed by another try, and one for each that all
 *   who waited for it have left;
 * - one for each time that the clock was set, ahead past the end of a value or back before its receipt; and if
 *   that happens in the middle of a contact, nobody knows when its value was received.
 *
 * A contact is one request for a token, and one more for each answer of no use, after which it is
 * tried again. So there are at most as many requests as reasons and useless answers, and each of
 * the latter is a fault, or a vendor's and a client's clock that disagree.
 */
export interface Audit {
  readonly onEvent: (event: CacheEvent) => void
  /** Sends the requests for tokens. */
  readonly fetch: typeof fetch
  /** The requests that were sent while another one was under way that nobody had ended. */
  readonly doubled: readonly string[]
  /** The clock of the cache has been set. */
  jumped(): void
  /** The contacts, by their reason; those without any are `idle`. */
  readonly reasons: Counts
  /** Notes which tokens the cache takes for refused. */
  readonly wrapSource: SourceWrapper
  readonly refused: ReadonlySet<string>
  /** A contact is under way, unless it has been abandoned. */
  readonly pending: boolean
}

export function audit(now: () => number): Audit {
  const reasons: Counts = new Map()
  const doubled: string[] = []
  const refused = new Set<string>()
  const underWay = new Set<AbortSignal | null | undefined>()
  /** Why a contact needs no time to have passed. */
  let reason: string | undefined = 'the first'
  /** From when on the time is reason enough. */
  let due = Infinity
  let pending = false
  let confused = false

  return {
    reasons,
    doubled,
    async fetch(input, init) {
      if ([...underWay].some((signal) => !signal?.aborted)) doubled.push(String(input))
      const signal = init?.signal
      underWay.add(signal)
      try {
        return await fetch(input, init)
      } finally {
        underWay.delete(signal)
      }
    },
    refused,
    wrapSource: (source) => (asked) => {
      const value = asked?.refused
      if (value) refused.add('token' in value ? value.token : (value.sessionToken ?? ''))
      return source(asked)
    },
    get pending() {
      return pending
    },
    jumped() {
      reason = 'the clock was set'
      confused = pending
    },
    onEvent(event) {
      if (event.type === 'refresh-start') {
        count(reasons, reason ?? (now() >= due ? 'it was time' : 'idle'))
        reason = 'the last one was left'
        pending = true
        confused = false
      } else if (event.type === 'refresh-ok' || event.type === 'unchanged') {
        const { expiresAt = Infinity, remaining, duration } = event
        const t = expiresAt - remaining
        const began = t - duration
        due = event.type === 'unchanged' ? (t + expiresAt) / 2 : expiresAt - (expiresAt - began) / 5
        reason = confused ? 'the clock was set' : undefined
        pending = false
      } else if (event.type === 'refresh-failed') {
        reason = 'the last one failed'
        pending = false
      } else if (event.type === 'refused') {
        reason = 'refused'
      }
    },
  }
}
