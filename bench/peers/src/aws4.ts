import aws4 from 'aws4'
import type { Signing } from '../../src/signers/signer.ts'
import { REGION, SERVICE, SIGV4_FLOOR } from '../../src/signers/sigv4.ts'

export const sigv4: readonly Signing[] = [
  {
    name: 'aws4',
    role: 'peer',
    over: SIGV4_FLOOR,
    make: ({ id, secret }) => {
      const credentials = { accessKeyId: id, secretAccessKey: secret }
      return ({ method, url, headers, body }) => {
        const from = url.indexOf('/', 8)
        const signed = aws4.sign(
          {
            method,
            host: url.slice(8, from),
            path: url.slice(from),
            headers: { ...headers },
            service: SERVICE,
            region: REGION,
            body: typeof body === 'string' ? body : Buffer.from(body.buffer),
          },
          credentials,
        )
        return lowerCase(signed.headers ?? {})
      }
    },
  },
]

function lowerCase(headers: object): Record<string, string> {
  const lower: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) lower[name.toLowerCase()] = String(value)
  return lower
}
