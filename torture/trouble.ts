import type { Fault } from '@countersign/testing'
import type { Fate, WireFault } from '@countersign/testing/faults'
import type { Dice } from './dice.ts'

/** What befalls requests and connections, and how often: by a rate that wanders between two bounds. */
export interface Trouble {
  /** For the next request. */
  fault(endpoint: 'token' | 'api'): Fault | undefined
  readonly fate: Fate
  /** No more of it. */
  calm(): void
  readonly counts: ReadonlyMap<string, number>
}

/** All but what fills the memory, and what takes its time: those have tests of their own. */
const WIRE: readonly WireFault[] = [
  'reset-on-connect',
  'reset-before-headers',
  'reset-in-headers',
  'reset-after-headers',
  'reset-in-body',
  'half-open',
  'silent',
  'silent-in-body',
  'length-too-long',
  'length-too-short',
  'two-lengths',
  'garbage-chunks',
  'garbage',
  'retry-after-century',
  'retry-after-negative',
  'retry-after-garbage',
]

/**
 * @param least Percent of the requests, and of the connections, at the best of times.
 * @param most The same at the worst.
 */
export function trouble(
  { chance, between, one }: Dice,
  origins: () => readonly string[],
  least: number,
  most: number,
): Trouble {
  const counts = new Map<string, number>()
  let isCalm = false
  const strikes = () => {
    // Up and down within a few seconds.
    const rate = least + ((most - least) * (1 + Math.sin(Date.now() / 1000))) / 2
    return !isCalm && chance() * 100 < rate
  }
  const counted = <T>(name: string, it: T): T => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return it
  }

  const faults: Readonly<Record<string, () => Fault>> = {
    'an error': () => ({ status: one([500, 502, 503, 504, 429]) }),
    'an error with Retry-After': () => ({ status: 503, retryAfter: one([0, 1, -1, 1e9]) }),
    'a delay': () => ({ latency: between(1, 150) }),
    'a lost connection': () => ({ drop: one(['before', 'headers', 'body']) }),
    garbage: () => ({ body: one(['<html>', '{"token":', '[]', 'null', '']) }),
  }
  const refusals: Readonly<Record<string, () => Fault>> = {
    'a refusal': () => ({ status: one([400, 401, 403]) }),
    'a stale refusal': () => ({ status: 401, age: 60 }),
    'a redirect': () => ({
      status: one([301, 302, 303, 307, 308]),
      headers: { location: `${one(origins())}/api/there?from=elsewhere` },
    }),
  }

  return {
    counts,
    fault(endpoint) {
      if (!strikes()) return undefined
      // A refusal or a redirect of the token endpoint is final, and silences a service for seconds.
      const all = endpoint === 'api' || chance() < 0.02 ? { ...faults, ...refusals } : faults
      const name = one(Object.keys(all))
      return counted(name, all[name]?.())
    },
    fate() {
      if (!strikes()) return undefined
      const fault = one(WIRE)
      return counted(fault, fault)
    },
    calm() {
      isCalm = true
    },
  }
}
