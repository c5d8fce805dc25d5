import { type Environment, valueOf } from '../../env.ts'
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
  const call = callOf(
    args.place.startsWith('s3://') || !args.place.includes('://')
      ? { ...args, place: inBucket(args.place, region) }
      : args,
    '',
  )
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
  if (!new RegExp(`(?:^|\\.)s3(?:[.-]${region})?\\.amazonaws\\.com$`).test(host)) {
    throw new UsageError(`${origin} is not ${SERVICE}: nothing is signed for it`)
  }
  return explainAws(awsCredentialsFrom(env), region, call, given, now)
}

function inBucket(place: string, region: string): string {
  const [, bucket = BUCKET, key = place] = /^s3:\/\/([^/?]+)(.*)$/s.exec(place) ?? []
  return `https://${bucket}.s3.${region}.amazonaws.com/${key.replace(/^\//, '').replaceAll('#', '%23')}`
}
