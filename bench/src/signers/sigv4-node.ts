import { createHash, hash } from 'node:crypto'
import { oneShotHmac } from './epi-hmac-node.ts'
import type { Signing } from './signer.ts'
import { REGION, SERVICE, SIGV4_FLOOR } from './sigv4.ts'

const sha256 = (data: string | Uint8Array) => hash('sha256', data, 'hex')

/** One HMAC of the derivation, as raw bytes. */
function derive(key: Uint8Array, text: string): Buffer {
  return Buffer.from(oneShotHmac(key)(text), 'base64')
}

export const byHand: readonly Signing[] = [
  {
    name: SIGV4_FLOOR,
    role: 'floor',
    make({ id, secret }) {
      let day = ''
      let second = 0
      let time = ''
      let scope = ''
      let mac: ReturnType<typeof oneShotHmac>
      const empty = createHash('sha256').digest('hex')

      function tick(now: number): void {
        second = now
        time = new Date(now * 1000).toISOString().replace(/[:-]|\.\d{3}/g, '')
        if (time.startsWith(day) && day) return
        day = time.slice(0, 8)
        scope = `${day}/${REGION}/${SERVICE}/aws4_request`
        const key = scope.split('/').reduce(derive, Buffer.from(`AWS4${secret}`))
        mac = oneShotHmac(key, 'hex')
      }

      return ({ method, url, headers, body }) => {
        const now = Math.floor(Date.now() / 1000)
        if (now !== second) tick(now)
        const from = url.indexOf('/', 8)
        const query = url.indexOf('?', from)
        const host = url.slice(8, from)
        const digest = body.length === 0 ? empty : sha256(body)
        const type = headers['content-type'] as string
        const signed = 'content-type;host;x-amz-content-sha256;x-amz-date'
        // The query of these requests is in order, and needs no escapes.
        const canonical = `${method}\n${url.slice(from, query)}\n${url.slice(query + 1)}\ncontent-type:${type}\nhost:${host}\nx-amz-content-sha256:${digest}\nx-amz-date:${time}\n\n${signed}\n${digest}`
        const signature = mac(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
        return {
          authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
          'x-amz-content-sha256': digest,
          'x-amz-date': time,
        }
      }
    },
  },
]
