import { createHash, createHmac } from 'node:crypto'
import type { Signer } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import type { Arrival, Reply } from './site.ts'

const KEY = 'loopback-key'
export const SECRET: string = Buffer.from('a secret of thirty-two bytes ...').toString('base64')

/** A signer over everything that a client might change: method, target and body. */
export function epi(options: { now?: () => number } = {}): Signer {
  return hmac({
    id: KEY,
    secret: SECRET,
    secretEncoding: 'base64',
    message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
    body: { hash: 'md5' },
    headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
    ...options,
  })
}

const EPI = /^epi-hmac ([^:]+):(\d+):([0-9a-f]{32}):(\S+)$/

/** Recomputes the signature from what arrived, with code that is not ours. `undefined` if it is valid. */
function faultOf(
  { method, target, headers, body }: Arrival,
  seen?: Set<string>,
): string | undefined {
  const [, key, timestamp, nonce, signature] = EPI.exec(headers.authorization ?? '') ?? []
  if (!nonce) return `malformed: ${headers.authorization}`
  const md5 = createHash('md5').update(body).digest('base64')
  const expected = createHmac('sha256', Buffer.from(SECRET, 'base64'))
    .update(`${KEY}${method}${target}${timestamp}${nonce}${md5}`)
    .digest('base64')
  if (key !== KEY || signature !== expected) return `wrong signature over ${method} ${target}`
  if (seen?.has(nonce)) return 'repeated nonce'
  seen?.add(nonce)
  return undefined
}

/** Answers 200 to a valid signature, and 401 saying why to any other. */
export function verifying(seen: Set<string> = new Set()): (arrival: Arrival) => Reply {
  return (arrival) => {
    const fault = faultOf(arrival, seen)
    return fault ? { status: 401, body: fault } : { status: 200, body: 'valid' }
  }
}

/** Verifies, and refuses a timestamp more than five minutes off; the refusal says what time it is. */
export function clockwise(headers: Record<string, string> = {}): (arrival: Arrival) => Reply {
  return (arrival) => {
    const fault = faultOf(arrival)
    const [, , timestamp] = EPI.exec(arrival.headers.authorization ?? '') ?? []
    const stale = Math.abs(Number(timestamp) - Date.now()) > 300_000
    if (!fault && !stale) return { body: 'valid' }
    const date = new Date().toUTCString()
    return { status: 401, body: fault ?? 'stale', headers: { date, ...headers } }
  }
}
