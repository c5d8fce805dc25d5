import { within } from '@countersign/core'
import { isSecure } from '@countersign/core/kit'
import { sigv4 } from '@countersign/core/sigv4'
import { parseS3Path } from '@countersign/services/optimizelyEvents'
import type { Environment } from '../env.ts'
import { schemeOf, urlOf } from '../place.ts'
import { isS3, placeInS3, s3Url } from '../s3.ts'
import { eventsFor } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { parsed, type Target, type TargetOptions } from './target.ts'

/**
 * An object or a listing in S3: by `s3://bucket/key`, by a path in the bucket that the credentials are
 * for, or by a whole URL. It is signed for S3's own hosts, or for the endpoint that stands in for them.
 *
 * @throws {UsageError} if a variable is missing or wrong, or the bucket has no name.
 */
export async function targetInS3(
  given: string,
  { env, session, unread, signal }: TargetOptions,
): Promise<Target> {
  const { credentials, region } = await eventsFor(env, session)
  const endpoint = endpointOf(env)
  const ownBucket = async () => parseS3Path((await credentials({ signal })).s3Path).bucket
  const { bucket, path } = placeInS3(given)
  const whole = bucket === undefined && schemeOf(given) !== undefined
  const url = parsed(
    whole ? urlOf(given, '') : s3Url(bucket ?? (await ownBucket()), path, region, endpoint),
  )
  const atAws = url.protocol === 'https:' && isS3(url.host, region)
  const home = endpoint ?? (atAws ? url : `https://s3.${region}.amazonaws.com`)
  const signer = sigv4({ credentials, region, service: 's3', unsignedPayload: unread })
  return { url, signer: within(home, signer) }
}

/**
 * What stands in for S3, read as the AWS tools read it.
 *
 * @see {@link https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html Service-specific endpoints}
 */
function endpointOf(env: Environment): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined
  const name = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].find((one) => env[one])
  if (!name) return undefined
  const url = URL.parse(env[name] ?? '')
  if (!url || !isSecure(url)) {
    throw new UsageError(`${name} takes an https URL, or an http URL of the loopback interface`)
  }
  return url.origin + url.pathname.replace(/(?<!\/)\/+$/, '')
}
