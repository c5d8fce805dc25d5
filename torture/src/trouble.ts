import type { Fault } from '@countersign/testing'
import { type Fate, type WireFault, wireFaults } from '@countersign/testing/faults'
import { type Counts, count } from './count.ts'
import type { Dice } from './dice.ts'

/** What an endpoint hands out in place of a new token. */
type WrongToken = 'the previous token again' | 'a token of another tenant'

/** What befalls requests and connections, and how often: by a rate that wanders between two bounds. */
export interface Trouble {
  /** For the next request. */
  fault(endpoint: 'token' | 'api'): Fault | undefined
  /** For the next token that is handed out; counted as one that happens. */
  wrongToken(isAny: boolean): WrongToken | undefined
  readonly fate: Fate
  /** A connection has met its fate. */
  onFault(fault: WireFault): void
  /** Lets it begin, or end. At first all is calm. */
  rage(does: boolean): void
  readonly counts: Counts
}

/** All but the one that fills a client's memory as long as it waits: `adapterContract` has that. */
const WIRE = wireFaults.filter((fault) => fault !== 'endless-body')

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
  const counts: Counts = new Map()
  let isCalm = true
  const strikes = () => {
    // Up and down within a few seconds.
    const rate = least + ((most - least) * (1 + Math.sin(Date.now() / 1000))) / 2
    return !isCalm && chance() * 100 < rate
  }
  const faults: Readonly<Record<string, () => Fault>> = {
    'an error': () => ({ status: one([500, 502, 503, 504, 429]) }),
    'an error with Retry-After': () => ({ status: 503, retryAfter: one([0, 1, -1, 1e9]) }),
    'a delay': () => ({ latency: between(1, 150) }),
    'a lost connection': () => ({ drop: one(['before', 'headers', 'body']) }),
    'an answer that is none': () => ({ body: one(['<html>', '{"token":', '[]', 'null', '']) }),
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
      // A token endpoint that refuses or redirects means it: nobody is served for seconds.
      const all = endpoint === 'api' || chance() < 0.02 ? { ...faults, ...refusals } : faults
      const name = one(Object.keys(all))
      count(counts, name)
      return all[name]?.()
    },
    wrongToken(isAny) {
      if (isCalm || !isAny || chance() > 0.03) return undefined
      const wrong = one<WrongToken>(['the previous token again', 'a token of another tenant'])
      count(counts, wrong)
      return wrong
    },
    fate: () => (strikes() ? one(WIRE) : undefined),
    onFault: (fault) => count(counts, fault),
    rage(does) {
      isCalm = !does
    },
  }
}
