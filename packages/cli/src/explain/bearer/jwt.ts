import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { decodeJwt } from 'jose/jwt/decode'
import { instant, span } from '../clock.ts'
import type { Part } from '../explanation.ts'
import { visible } from '../visible.ts'

/** What a token tells of itself. Nobody has verified it. */
export interface Claims {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

/** `undefined` for what is no JWT, or a damaged one. */
export function claimsOf(token: string): Claims | undefined {
  try {
    return { header: { ...decodeProtectedHeader(token) }, payload: decodeJwt(token) }
  } catch {
    return undefined
  }
}

/** Claims whose values are shown. RFC 7519 §4.1; the others may hold anything, and are named only. */
const SHOWN = ['iss', 'sub', 'aud', 'iat', 'nbf', 'exp']
const TIMES = ['iat', 'nbf', 'exp']

/** A token's claims as they are shown. */
export function claimParts({ header, payload }: Claims, now: number): Part[] {
  const others = Object.keys(payload).filter((name) => !SHOWN.includes(name))
  return [
    ...['alg', 'kid'].flatMap((name) => partOf(name, header[name])),
    ...SHOWN.flatMap((name) => partOf(name, payload[name], TIMES.includes(name) ? now : undefined)),
    ...(others.length > 0 ? [{ name: 'other claims', value: visible(others.join(', ')) }] : []),
  ]
}

function partOf(name: string, value: unknown, now?: number): Part[] {
  if (value === undefined) return []
  const text = visible(typeof value === 'string' ? value : JSON.stringify(value), 200)
  const about = now === undefined ? undefined : when(Number(value) * 1000, now)
  return [{ name, value: text, ...(about && { about }) }]
}

function when(ms: number, now: number): string | undefined {
  if (!(Math.abs(ms) <= 8.64e15)) return undefined
  return `${instant(ms)}, ${ms <= now ? `${span(now - ms)} ago` : `in ${span(ms - now)}`}`
}
