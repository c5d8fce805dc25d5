import { createHash, createHmac } from 'node:crypto'
import type { Arrival } from '@countersign/testing'

/** Which secrets belong to whom, and what was seen that must not be. */
export interface Ledger {
  /** Whoever hands a secret out may get it back. */
  enter(secret: string, owner: string): void
  /** Notes whatever in a request belongs to others alone. */
  see(arrival: Arrival, owner: string): void
  /** Notes a request that was let pass, though it does not hold a token of its own, or was not signed right. */
  accept(arrival: Arrival, owner: string, key?: EpiKey): void
  readonly accepted: number
  /** The first of each kind, which is enough to go by. */
  readonly violations: ReadonlyMap<string, string>
}

/** What signs for Optimizely DXP. */
export interface EpiKey {
  readonly key: string
  readonly secret: string
}

const PIECE = /[\w.~+/=:-]{16,}/g

export function ledger(): Ledger {
  const owners = new Map<string, Set<string>>()
  const nonces = new Set<string>()
  const violations = new Map<string, string>()
  let accepted = 0

  const blame = (kind: string, { method, target }: Arrival, what: string) => {
    if (!violations.has(kind)) violations.set(kind, `${method} ${target}: ${what}`)
  }

  return {
    violations,
    get accepted() {
      return accepted
    },
    enter(secret, owner) {
      owners.set(secret, (owners.get(secret) ?? new Set()).add(owner))
    },
    see(arrival, owner) {
      const { target, headers, body } = arrival
      const all = [target, unescaped(target), ...headers.values(), textOf(body)].join('\n')
      for (const piece of all.match(PIECE) ?? []) {
        // With what a header, a form or JSON puts before it, and without.
        for (const part of [piece, ...piece.split(/[=:]/)]) {
          const whose = owners.get(part)
          if (!whose || whose.has(owner)) continue
          blame('a secret at another’s origin', arrival, `${[...whose].join()} → ${owner}`)
        }
      }
    },
    accept(arrival, owner, key) {
      accepted++
      if (key) {
        const fault = faultOf(arrival, key, nonces)
        if (fault) blame('let pass, though not signed right', arrival, fault)
        return
      }
      const { headers } = arrival
      const bearer = headers.get('authorization')?.replace(/^Bearer /, '') ?? ''
      const token = headers.get('x-amz-security-token') ?? bearer
      if (owners.get(token)?.has(owner)) return
      blame('let pass, though without a token of its own', arrival, owner)
    },
  }
}

function unescaped(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    return ''
  }
}

/** A body as text, and as what its form encoding stands for. */
function textOf(body: Uint8Array): string {
  const text = Buffer.from(body).toString()
  return `${text}\n${[...new URLSearchParams(text).values()].join('\n')}`
}

const EPI = /^epi-hmac ([^:]+):(\d+):([0-9a-f]{32}):(\S+)$/

/** Recomputes a signature from what arrived, by code that is neither the library's nor the sandbox's. */
function faultOf(
  { method, target, headers, body }: Arrival,
  { key, secret }: EpiKey,
  nonces: Set<string>,
): string | undefined {
  const [, id, time, nonce, signature] = EPI.exec(headers.get('authorization') ?? '') ?? []
  if (id === undefined || nonce === undefined) return 'malformed'
  const md5 = createHash('md5').update(body).digest('base64')
  const expected = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(`${key}${method}${target}${time}${nonce}${md5}`)
    .digest('base64')
  if (id !== key || signature !== expected) return 'wrong signature'
  if (nonces.has(nonce)) return 'repeated nonce'
  nonces.add(nonce)
  return undefined
}
