import type { Arrival, IssuedAwsCredentials } from '@countersign/testing'
import { epiHmacVerifier } from '../../packages/testing/src/epi-hmac.ts'
import type { S3Error } from '../../packages/testing/src/s3-error.ts'
import { sigv4Verifier } from '../../packages/testing/src/sigv4.ts'

/** Says what is wrong with the proof of a request, if anything is. */
export type Verify = (arrival: Arrival) => string | undefined

/** Of whom the key is, and what it signs with. */
export interface HmacKey {
  readonly key: string
  readonly secret: string
}
export type AwsKey = Pick<IssuedAwsCredentials, 'accessKeyId' | 'secretAccessKey'> & {
  readonly sessionToken?: string
}

/** Of the sandbox's own code, with a memory of its own for nonces. */
export const byHmac = (key: HmacKey, now: () => number): Verify =>
  epiHmacVerifier({ ...key, now, tolerance: 300_000 }).refusal

/** The same for Signature Version 4, by the keys that were handed out, whether they are still good or not. */
export function bySigv4(
  service: string,
  keys: ReadonlyMap<string, AwsKey>,
  now: () => number,
): Verify {
  const verify = sigv4Verifier({
    region: 'us-east-1',
    service,
    now,
    keyOf(id, sessionToken) {
      const key = keys.get(id)
      if (key && key.sessionToken === sessionToken) return key
      throw new Error(`nobody was given the key ${id}, or not with this token`)
    },
  })
  return (arrival) => {
    try {
      verify(arrival)
      return undefined
    } catch (error) {
      const { code, message } = error as Partial<S3Error>
      return `${code}: ${message}`
    }
  }
}
