import { hmac } from '@noble/hashes/hmac.js'
import { md5 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { EPI_FLOOR, header, targetOf } from './epi-hmac.ts'
import type { Key, Signing, Unsigned } from './signer.ts'

const encoder = new TextEncoder()
const bytes = (body: string | Uint8Array) =>
  typeof body === 'string' ? encoder.encode(body) : body
const base64 = (data: Uint8Array) => btoa(String.fromCharCode(...data))
const secretOf = ({ secret }: Key) => Uint8Array.from(atob(secret), (text) => text.charCodeAt(0))

function messageOf({ id }: Key, request: Unsigned, time: string, nonce: string) {
  const digest = base64(md5(bytes(request.body)))
  return encoder.encode(id + request.method + targetOf(request) + time + nonce + digest)
}

/** For where `node:crypto` is missing. No WebCrypto has MD5. */
export const forTheWeb: readonly Signing[] = [
  {
    name: 'WebCrypto HMAC, @noble/hashes MD5',
    role: 'by hand',
    over: EPI_FLOOR,
    make(key) {
      const algorithm = { name: 'HMAC', hash: 'SHA-256' }
      const prepared = crypto.subtle.importKey('raw', secretOf(key), algorithm, false, ['sign'])
      return async (request) => {
        const time = String(Date.now())
        const nonce = crypto.randomUUID().replaceAll('-', '')
        const message = messageOf(key, request, time, nonce)
        const signature = await crypto.subtle.sign('HMAC', await prepared, message)
        return header(key, time, nonce, base64(new Uint8Array(signature)))
      }
    },
  },
  {
    name: '@noble/hashes',
    role: 'by hand',
    over: EPI_FLOOR,
    make(key) {
      const secret = secretOf(key)
      return (request) => {
        const time = String(Date.now())
        const nonce = crypto.randomUUID().replaceAll('-', '')
        const signature = hmac(sha256, secret, messageOf(key, request, time, nonce))
        return header(key, time, nonce, base64(signature))
      }
    },
  },
]
