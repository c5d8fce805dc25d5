import { apiKey, bearer, compose, header, type Signer } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import type { Call } from './client.ts'
import { epi, SECRET } from './proof.ts'
import type { Site } from './site.ts'

export const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
export const CONTENT: Partial<Call> = { method: 'POST', body: 'content' }

const SECRET_HEADERS = ['authorization', 'x-api-key', 'x-tenant', 'x-signature', 'cookie']
/** The secret headers of each request. */
export const secretsOf = ({ arrivals }: Site): string[][] =>
  arrivals.map(({ headers }) => SECRET_HEADERS.filter((name) => name in headers))

/** Every kind of proof, and the secret headers that it sends. */
export const proofs: Record<string, { signer: () => Signer; sent: string[] }> = {
  'a bearer token': { signer: () => bearer('secret-token'), sent: ['authorization'] },
  'an API key': {
    signer: () => apiKey({ in: 'header', name: 'x-api-key', key: 'secret-key' }),
    sent: ['x-api-key'],
  },
  'a signature': { signer: () => epi(), sent: ['authorization'] },
  'a signature header': {
    signer: () =>
      hmac({
        secret: SECRET,
        message: ['method', 'target'],
        headers: { 'x-signature': '{signature}' },
      }),
    sent: ['x-signature'],
  },
  'a token and a tenant': {
    signer: () => compose(bearer('secret-token'), header('x-tenant', 'acme')),
    sent: ['authorization', 'x-tenant'],
  },
}

// Where a client follows by itself, it is MSW that follows, and by rules of its own.
export const WIRE: { readonly on: 'wire' } = { on: 'wire' }
