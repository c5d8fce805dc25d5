import { credentialProcess } from '@countersign/aws'
import type { MaybePromise } from '@countersign/core'
import { type ExportCredentials, parseS3Path } from '@countersign/services/optimizelyEvents'

export type Format = 'process' | 'env' | 'json'

/** How credentials are printed, each way ending in a line break. */
export const formats: Readonly<
  Record<Format, (credentials: ExportCredentials, region: string) => MaybePromise<string>>
> = {
  process: async (credentials) => `${await credentialProcess(credentials)}\n`,
  env: (credentials, region) =>
    Object.entries(variablesOf(credentials, region))
      .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
      .join(''),
  json: (credentials, region) =>
    `${JSON.stringify({ ...credentials, expiresAt: iso(credentials.expiresAt), region })}\n`,
}

const iso = (time: number) => new Date(time).toISOString()

/** What the AWS SDKs read, and the two names more under which Optimizely's own `oevents` puts it. */
function variablesOf(credentials: ExportCredentials, region: string): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, s3Path } = credentials
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CREDENTIAL_EXPIRATION: iso(expiresAt),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_SESSION_EXPIRATION: String(expiresAt),
    S3_BASE_PATH: parseS3Path(s3Path).uri,
  }
}

/** For a POSIX shell: nothing between single quotes means anything to it. */
const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`
