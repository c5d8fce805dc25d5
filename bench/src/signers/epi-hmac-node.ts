import {
  createHash,
  createHmac,
  createSecretKey,
  hash,
  randomFillSync,
  randomUUID,
} from 'node:crypto'
import { EPI_FLOOR, header, targetOf } from './epi-hmac.ts'
import type { Signing } from './signer.ts'

/** HMAC-SHA-256, RFC 2104: two one-shot hashes over buffers that hold the padded key already. */
export function oneShotHmac(
  key: Uint8Array,
  encoding: 'base64' | 'hex' = 'base64',
): (message: string) => string {
  const block = Buffer.alloc(64)
  block.set(key.length > 64 ? createHash('sha256').update(key).digest() : key)
  const inner = Buffer.alloc(64 + 4096)
  const outer = Buffer.alloc(64 + 32)
  for (let i = 0; i < 64; i++) {
    inner[i] = (block[i] as number) ^ 0x36
    outer[i] = (block[i] as number) ^ 0x5c
  }
  const views: Buffer[] = []
  return (message) => {
    const length = 64 + inner.write(message, 64)
    const view = (views[length] ??= inner.subarray(0, length))
    // As text, which is cheaper than a buffer; 'binary' is Node's other name for Latin-1.
    outer.write(hash('sha256', view, 'binary'), 64, 'latin1')
    return hash('sha256', outer, encoding)
  }
}

/** 32 hex digits at a time, from random bytes that are fetched by the thousand. */
function pooledNonces(): () => string {
  const pool = Buffer.alloc(8192)
  let at = pool.length
  return () => {
    if (at === pool.length) {
      randomFillSync(pool)
      at = 0
    }
    at += 16
    return pool.toString('hex', at - 16, at)
  }
}

export const byHand: readonly Signing[] = [
  {
    name: EPI_FLOOR,
    role: 'floor',
    make(key) {
      const mac = oneShotHmac(Buffer.from(key.secret, 'base64'))
      const nonces = pooledNonces()
      const empty = hash('md5', '', 'base64')
      return (request) => {
        const { method, body } = request
        const time = String(Date.now())
        const nonce = nonces()
        const digest = body.length === 0 ? empty : hash('md5', body, 'base64')
        const message = key.id + method + targetOf(request) + time + nonce + digest
        return header(key, time, nonce, mac(message))
      }
    },
  },
  {
    name: 'node:crypto: createHash and createHmac, as usually written',
    role: 'by hand',
    over: EPI_FLOOR,
    make: (key) => (request) => {
      const time = String(Date.now())
      const nonce = randomUUID().replaceAll('-', '')
      const digest = createHash('md5').update(request.body).digest('base64')
      const signature = createHmac('sha256', Buffer.from(key.secret, 'base64'))
        .update(key.id + request.method + targetOf(request) + time + nonce + digest)
        .digest('base64')
      return header(key, time, nonce, signature)
    },
  },
  {
    name: 'node:crypto: createHmac with a prepared key, one-shot MD5',
    role: 'by hand',
    over: EPI_FLOOR,
    make(key) {
      const prepared = createSecretKey(key.secret, 'base64')
      return (request) => {
        const time = String(Date.now())
        const nonce = randomUUID().replaceAll('-', '')
        const digest = hash('md5', request.body, 'base64')
        const signature = createHmac('sha256', prepared)
          .update(key.id + request.method + targetOf(request) + time + nonce + digest)
          .digest('base64')
        return header(key, time, nonce, signature)
      }
    },
  },
]
