import { createHash, createHmac } from 'node:crypto'
import type { Arrival } from './site.ts'

export interface EpiHmacOptions {
  readonly key: string
  /** Base64, as the vendor hands it out. */
  readonly secret: string
  /** The verifier's clock, in ms since the Unix epoch. */
  now(): number
  /** How far a timestamp may be off, in ms, either way. */
  readonly tolerance: number
  /** Nonces kept at most; beyond it the oldest go first. Default: 100,000. */
  readonly capacity?: number
}

export interface EpiHmacVerifier {
  /** Why the request is refused; `undefined` where its signature holds. */
  refusal(request: Pick<Arrival, 'method' | 'target' | 'headers' | 'body'>): string | undefined
  /** Lets every nonce be used once more. */
  forget(): void
}

const HEADER = /^epi-hmac ([^:\s]+):(\d{1,16}):([\w-]+):([A-Za-z0-9+/]+={0,2})$/

/** Verifies `epi-hmac` signatures over what arrived: the raw target and the raw body. */
export function epiHmacVerifier(options: EpiHmacOptions): EpiHmacVerifier {
  const { key, secret, now, tolerance, capacity = 100_000 } = options
  const nonces = new Set<string>()

  return {
    refusal({ method, target, headers, body }) {
      const authorization = headers.get('authorization')
      if (authorization === null) return 'There is no Authorization header.'
      const [, givenKey, time = '', nonce = '', signature] = HEADER.exec(authorization) ?? []
      if (givenKey === undefined) {
        return 'The Authorization header is not one "epi-hmac key:timestamp:nonce:signature".'
      }
      if (givenKey !== key) return 'The key is not known.'
      if (Math.abs(now() - Number(time)) > tolerance) {
        return `The timestamp is more than ${tolerance} ms away from the server's clock.`
      }

      const md5 = createHash('md5').update(body).digest('base64')
      const expected = createHmac('sha256', Buffer.from(secret, 'base64'))
        .update(key + method + target + time + nonce + md5)
        .digest('base64')
      if (signature !== expected) {
        return `The signature does not match what arrived: ${method} ${target}, body MD5 ${md5}.`
      }

      if (nonces.has(nonce)) return 'The nonce has been used before.'
      nonces.add(nonce)
      if (nonces.size > capacity) nonces.delete(nonces.keys().next().value as string)
      return undefined
    },
    forget: () => nonces.clear(),
  }
}
