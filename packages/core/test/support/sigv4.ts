import type { AwsCredentials } from '@countersign/core'
import type { Sigv4Options } from '@countersign/core/sigv4'

export const NOW: number = Date.UTC(2026, 10, 21, 12, 30, 15, 678)
export const MINUTE = 60_000

export const LONG_LIVED: AwsCredentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
/** The nth set of temporary credentials. */
export const session = (n: number): AwsCredentials => ({
  accessKeyId: `ASIA${n}`,
  secretAccessKey: `secret/${n}`,
  sessionToken: `session/${n}==`,
})

export const s3 = (changes: Partial<Sigv4Options> = {}): Sigv4Options => ({
  credentials: LONG_LIVED,
  region: 'us-east-1',
  service: 's3',
  now: () => NOW,
  ...changes,
})

/** Which headers a signature covers. */
export const signedHeaders = (authorization = ''): string =>
  /SignedHeaders=([^,]*)/.exec(authorization)?.[1] ?? ''
/** Whose key a signature was made with, for which day, place and service. */
export const scopeOf = (authorization = ''): string =>
  /Credential=([^,]*)/.exec(authorization)?.[1] ?? ''
