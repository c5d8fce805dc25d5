import type { AwsCredentials } from '@countersign/core'
import type { Environment } from '../../env.ts'
import { UsageError } from '../../usage-error.ts'

/**
 * The credentials of the environment, by the names that every AWS SDK knows: nobody is asked for
 * others.
 *
 * @throws {UsageError} naming what is missing.
 */
export function awsCredentialsFrom(env: Environment): AwsCredentials {
  const [accessKeyId, secretAccessKey, sessionToken] = NAMES.map((name) => env[name])
  if (!accessKeyId || !secretAccessKey) {
    const [missing] = accessKeyId ? NAMES.slice(1) : NAMES
    throw new UsageError(
      `optimizely-events: ${missing} is not set. Nobody is asked for credentials here: eval "$(countersign credentials optimizely-events --format env)" sets them`,
    )
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const
