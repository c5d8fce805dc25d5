import { hmac } from '@countersign/core/hmac'
import { epiHmac } from '@countersign/services/optimizelyDxp'
import { type Key, type Signing, signedBy, type Unsigned } from './signer.ts'

export const EPI_FLOOR = 'node:crypto: two one-shot hashes over reused pads, pooled nonces'

/** Ours, the same everywhere. */
export const ours: Signing = {
  name: 'countersign: hmac',
  role: 'ours',
  over: EPI_FLOOR,
  make: ({ id, secret }) => signedBy(hmac(epiHmac({ key: id, secret }))),
}

/** Path and query, which the signature covers. */
export function targetOf({ url }: Pick<Unsigned, 'url'>): string {
  return url.slice(url.indexOf('/', 8))
}

/** The header, from the parts of what is signed. */
export function header({ id }: Key, time: string, nonce: string, signature: string) {
  return { authorization: `epi-hmac ${id}:${time}:${nonce}:${signature}` }
}
