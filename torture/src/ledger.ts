import type { Arrival } from '@countersign/testing'
import type { Verify } from './proofs.ts'

/** Which secrets belong where, and what was seen that must not be. */
export interface Ledger {
  /** A secret may be seen in these places, beside those that it was entered for before. */
  enter(secret: string, places: readonly string[]): void
  /** Notes whatever in a request belongs to other places alone. */
  see(arrival: Arrival, place: string): void
  /** Notes a request that was accepted without a proof that holds: by default, a token that belongs there. */
  accept(arrival: Arrival, place: string, verify?: Verify): void
  /** Notes an answer, and the call that has been sent more often than there was a reason for. */
  answered(arrival: Arrival, place: string, status: number): void
  /** The tokens that were refused where they belong, or that a {@link BLIND} call takes for refused. */
  readonly refused: ReadonlySet<string>
  readonly accepted: number
  /** The first of each kind, which is enough to go by. */
  readonly violations: ReadonlyMap<string, string>
}

/** The header by which each call is known. */
export const CALL = 'x-call'

/**
 * At the end of a call's name: its client does not tell where an answer is from, so that a refusal by
 * the server that a redirect has led to is taken for one by the server before it.
 */
export const BLIND = '~'

/** What a vendor says of credentials that it does not, or no longer, take. */
const REFUSALS = new Set([400, 401, 403])
/** Tokens of one kind begin alike, and differ at their ends. */
const TAIL = 16

export function ledger(): Ledger {
  const homes = new Map<string, Set<string>>()
  const byTail = new Map<string, Set<string>>()
  const calls = new Map<
    string,
    { sent: number; redirects: number; refused: boolean; proofs: Set<string> }
  >()
  const seen = new WeakMap<Arrival, Set<string>>()
  const refused = new Set<string>()
  const violations = new Map<string, string>()
  let accepted = 0

  const blame = (kind: string, { method, target }: Arrival, what: string) => {
    if (!violations.has(kind)) violations.set(kind, `${method} ${target}: ${what}`)
  }
  /** Every secret that stands in a request, whatever stands around it. */
  function secretsIn(arrival: Arrival): Set<string> {
    const known = seen.get(arrival)
    if (known) return known
    const { target, headers, body } = arrival
    const text = Buffer.from(body).toString()
    const all = [target, ...headers.values(), text, ...new URLSearchParams(text).values()]
    const whole = [...all, ...all.map(unescaped)].join('\n')
    const found = new Set<string>()
    for (const { index } of whole.matchAll(/(?![a-z\d])/gi)) {
      for (const secret of byTail.get(whole.slice(index - TAIL, index)) ?? []) {
        if (whole.endsWith(secret, index)) found.add(secret)
      }
    }
    seen.set(arrival, found)
    return found
  }
  const atHome = (arrival: Arrival, place: string) =>
    [...secretsIn(arrival)].filter((secret) => homes.get(secret)?.has(place))

  return {
    violations,
    get accepted() {
      return accepted
    },
    enter(secret, places) {
      const known = homes.get(secret) ?? new Set()
      homes.set(secret, new Set([...known, ...places]))
      const tail = secret.slice(-TAIL)
      byTail.set(tail, (byTail.get(tail) ?? new Set()).add(secret))
    },
    see(arrival, place) {
      for (const secret of secretsIn(arrival)) {
        const places = homes.get(secret) ?? new Set()
        if (places.has(place)) continue
        const whose = [...places].join(' and ') || 'no place at all'
        blame('a secret that belongs elsewhere', arrival, `of ${whose}, seen at ${place}`)
      }
    },
    accept(arrival, place, verify) {
      accepted++
      const fault = verify
        ? verify(arrival)
        : atHome(arrival, place).length > 0
          ? undefined
          : `no token of ${place}`
      if (fault) blame('accepted, though not signed right', arrival, fault)
    },
    refused,
    answered(arrival, place, status) {
      const isRefusal = REFUSALS.has(status)
      const proofs = atHome(arrival, place)
      if (isRefusal) for (const secret of proofs) refused.add(secret)
      const id = arrival.headers.get(CALL)
      if (id === null) return
      const call = calls.get(id) ?? { sent: 0, redirects: 0, refused: false, proofs: new Set() }
      calls.set(id, call)
      for (const secret of proofs) call.proofs.add(secret)
      if (isRefusal && id.endsWith(BLIND)) for (const secret of call.proofs) refused.add(secret)
      call.sent++
      // Once, and once for each redirect, and once more for all refusals together.
      if (call.sent > 1 + call.redirects + Number(call.refused)) {
        blame('sent again without a reason', arrival, `${call.sent} times: call ${id}`)
      }
      if (status >= 300 && status < 400) call.redirects++
      call.refused ||= isRefusal
    },
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
