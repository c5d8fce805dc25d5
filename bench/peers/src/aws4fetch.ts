import { AwsV4Signer } from 'aws4fetch'
import type { Signing } from '../../src/signers/signer.ts'
import { REGION, SERVICE, SIGV4_FLOOR } from '../../src/signers/sigv4.ts'

export const sigv4: readonly Signing[] = [
  {
    name: 'aws4fetch: AwsV4Signer',
    role: 'peer',
    over: SIGV4_FLOOR,
    make({ id, secret }) {
      // As its AwsClient shares it between requests.
      const cache = new Map<string, ArrayBuffer>()
      return async ({ method, url, headers, body }) => {
        const signer = new AwsV4Signer({
          method,
          url,
          headers,
          body,
          accessKeyId: id,
          secretAccessKey: secret,
          service: SERVICE,
          region: REGION,
          cache,
        })
        const signed = await signer.sign()
        return Object.fromEntries(signed.headers)
      }
    },
  },
]
