import { within } from '@countersign/core'
import { sigv4 } from '@countersign/core/sigv4'
import {
  type ExportCredentials,
  optimizelyEvents,
  type OptimizelyEventsOptions,
  parseS3Path,
  type S3Location,
} from '@countersign/services/optimizelyEvents'
import { optionsFrom, valueOf } from '../env.ts'
import { UsageError } from '../usage-error.ts'
import { bucketOf } from './bucket.ts'
import { check, failure, lifetime, Skip } from './expect.ts'
import type { Stage } from './stage.ts'
import type { Demo } from './step.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE
const S3 = 's3.us-east-1.amazonaws.com'

export const optimizelyEventsDemo: Demo = {
  service: 'optimizely-events',
  steps(stage) {
    const { house, seams } = stage
    const options = stage.keep<OptimizelyEventsOptions>(
      house?.options.optimizelyEvents ?? optionsFrom('optimizely-events', stage.env),
    )
    let settled = () => {}
    const { credentials, region, location } = optimizelyEvents({
      ...options,
      ...seams,
      onEvent: (event) => {
        seams.onEvent(event)
        if (event.type === 'refresh-ok' || event.type === 'refresh-failed') settled()
      },
    })
    const endpoint = endpointOf(stage)
    const signer = sigv4({ credentials, region, service: 's3', now: seams.now })
    const bucket = bucketOf(stage.signed(within(endpoint, signer)), endpoint)

    let held: ExportCredentials | undefined
    let folder: S3Location = { bucket: '', prefix: '', uri: '' }
    let keys: readonly string[] = []
    let endOutage = () => {}
    const old = (value: ExportCredentials) => check(value === held, 'those from before', 'others')
    const fresh = (value: ExportCredentials) => {
      check(value.accessKeyId !== held?.accessKeyId, 'new credentials', 'those from before')
      held = value
    }
    /** Lists the folder, for which it takes new credentials. */
    const listAnew = async () => {
      const { length } = await bucket.list(folder)
      check(length === keys.length, `${keys.length} files`, `${length}`)
      const same = stage.last.authorization.includes(`=${held?.accessKeyId}/`)
      check(!same, 'new credentials', 'those from before')
      held = credentials.peek()
    }

    return [
      {
        title: 'obtain AWS credentials',
        requests: [1, 0],
        async run() {
          held = await credentials()
          return lifetime(held.expiresAt, seams.now())
        },
      },
      {
        title: 'ask again',
        requests: [0, 0],
        async run() {
          old(await credentials())
          return 'the same ones'
        },
      },
      {
        title: 'list the folder of a day',
        requests: [0, 1],
        async run() {
          const { accountId } = parseS3Path(held?.s3Path ?? '')
          // What belongs to a day is there within another.
          const date = new Date(seams.now() - DAY).toISOString().slice(0, 10)
          folder = location({ accountId, type: 'decisions', date })
          keys = await bucket.list(folder)
          return { result: `200, ${keys.length} files`, note: folder.uri }
        },
      },
      {
        title: 'list it without the slash',
        requests: [0, 1],
        async run() {
          const prefix = folder.prefix.slice(0, -1)
          const note = await bucket.denied({ ...folder, prefix })
          return { result: '403, not sent again', note }
        },
      },
      {
        title: 'download a file',
        requests: [0, 1],
        async run() {
          const [key] = keys
          if (key === undefined) throw new Skip('no file of that day')
          return `200, ${await bucket.download(folder, key)} bytes`
        },
      },
      {
        title: 'the credentials are revoked',
        requests: [1, 2],
        async run() {
          stage.revoke()
          await listAnew()
          return '400, new ones, 200'
        },
      },
      {
        title: 'they end before their time',
        requests: [1, 2],
        sandboxOnly: true,
        async run() {
          house?.sandbox.expire('optimizelyEvents')
          await listAnew()
          return '400, new ones, 200'
        },
      },
      {
        title: 'renew in time',
        requests: [1, 0],
        async run() {
          const renewed = new Promise<void>((resolve) => {
            settled = resolve
          })
          stage.timeIs((held?.expiresAt ?? 0) - 2 * MINUTE)
          old(await credentials())
          await renewed
          fresh(await credentials())
          return 'old ones, then new ones'
        },
      },
      {
        title: 'they have expired',
        requests: [1, 1],
        async run() {
          stage.expire()
          await listAnew()
          return 'new ones, 200'
        },
      },
      {
        title: 'expired in an outage',
        requests: [3, 0],
        sandboxOnly: true,
        async run() {
          const fault = { endpoint: 'token', status: 503, times: 100 } as const
          endOutage = house?.sandbox.inject({ service: 'optimizelyEvents', ...fault }) ?? endOutage
          stage.expire()
          old(await credentials())
          return '3 attempts, old ones'
        },
      },
      {
        title: 'ask again in the outage',
        requests: [0, 0],
        sandboxOnly: true,
        async run() {
          old(await credentials())
          return 'old ones, no attempt'
        },
      },
      {
        title: 'the outage is over',
        requests: [1, 1],
        sandboxOnly: true,
        async run() {
          endOutage()
          stage.timeIs(seams.now() + 10 * MINUTE)
          await listAnew()
          return 'new ones, 200'
        },
      },
      {
        title: 'a wrong token',
        requests: [1, 0],
        async run() {
          const wrong = optimizelyEvents({
            ...options,
            ...seams,
            token: stage.spoil(options.token),
          })
          const ask = () => wrong.credentials()
          return { result: 'refused', note: await failure(ask, 'exchange-refused') }
        },
      },
    ]
  },
}

/** Where S3 is reached: by the variable that the AWS SDKs read, if at another place than its own. */
function endpointOf({ house, env }: Stage): string {
  if (house) return house.origins[S3] as string
  const name = 'AWS_ENDPOINT_URL_S3'
  const endpoint = valueOf(name, env) ?? `https://${S3}`
  if (/^https?:\/\/[^/?#]+\/?$/.test(endpoint)) return endpoint
  throw new UsageError(`optimizely-events: ${name} takes an absolute URL without a path`)
}
