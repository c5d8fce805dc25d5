import { type Environment, valueOf } from '../../env.ts'
import { isS3, placeInS3, s3Url } from '../../s3.ts'
import { eventsFor } from '../../session.ts'
import { UsageError } from '../../usage-error.ts'
import { bearerExplained } from '../bearer/explain.ts'
import { type Arguments, callOf } from '../call.ts'
import type { Explained } from '../explanation.ts'
import { rehearsal, STAND_IN } from '../rehearsal.ts'
import { awsCredentialsFrom } from './credentials.ts'
import { explainAws } from './explain.ts'

const SERVICE = 'optimizely-events'
const TOKEN = 'OPTIMIZELY_EVENTS_TOKEN'
const BUCKET = 'optimizely-events-data'

/** A request for credentials has a token put on; one to the bucket that they open is signed. */
export async function explainEvents(
  args: Arguments,
  env: Environment,
  given: string | undefined,
  now: () => number = Date.now,
): Promise<Explained> {
  const { fetch, request } = rehearsal(now)
  const token = valueOf(TOKEN, env)
  const standIn = token === undefined && { [TOKEN]: STAND_IN }
  const session = { fetch, cache: false }
  const { credentials, region } = await eventsFor({ ...env, ...standIn }, session)
  await credentials()
  const api = request()
  const { bucket = BUCKET, path } = placeInS3(args.place)
  const whole = /^https?:/i.test(path)
  const place = whole ? path : s3Url(bucket, path, region)
  const call = callOf({ ...args, place }, '')
  const { origin, host } = new URL(call.url)
  if (api && origin === new URL(api.url).origin) {
    if (token === undefined) throw new UsageError(`${SERVICE}: ${TOKEN} is not set`)
    const own = { variable: TOKEN, token }
    const headers = { authorization: `Bearer ${token}` }
    return bearerExplained({
      service: SERVICE,
      call,
      headers,
      own,
      request: undefined,
      env,
      given,
      now,
    })
  }
  if (!isS3(host, region)) {
    throw new UsageError(`${origin} is not ${SERVICE}: nothing is signed for it`)
  }
  return explainAws(awsCredentialsFrom(env), region, call, given, now)
}
