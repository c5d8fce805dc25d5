import {
  type ExportCredentials,
  optimizelyEvents,
  type OptimizelyEventsOptions,
  parseS3Path,
} from '@countersign/services/optimizelyEvents'
import { optionsFrom } from '../env.ts'
import { check, failure, lifetime } from './expect.ts'
import type { Demo } from './step.ts'

const MINUTE = 60_000

export const optimizelyEventsDemo: Demo = {
  service: 'optimizely-events',
  steps(stage) {
    const { house, seams } = stage
    const options = stage.keep<OptimizelyEventsOptions>(
      house?.options.optimizelyEvents ?? optionsFrom('optimizely-events', stage.env),
    )
    let settled = () => {}
    const { credentials, location } = optimizelyEvents({
      ...options,
      ...seams,
      onEvent: (event) => {
        seams.onEvent(event)
        if (event.type === 'refresh-ok' || event.type === 'refresh-failed') settled()
      },
    })
    let held: ExportCredentials | undefined
    let endOutage = () => {}
    const old = (value: ExportCredentials) => check(value === held, 'those from before', 'others')
    const fresh = (value: ExportCredentials) => {
      check(value.accessKeyId !== held?.accessKeyId, 'new credentials', 'those from before')
      held = value
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
        title: 'the folder of a day',
        requests: [0, 0],
        run() {
          const { accountId } = parseS3Path(held?.s3Path ?? '')
          const date = new Date(seams.now()).toISOString().slice(0, 10)
          const { uri } = location({ accountId, type: 'decisions', date })
          check(uri.endsWith(`date=${date}/`), 'a slash at the end', uri)
          return { result: 'slash at the end', note: uri }
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
        title: 'S3 refuses them',
        requests: [1, 0],
        async run() {
          fresh(await credentials({ refused: held }))
          return 'new ones'
        },
      },
      {
        title: 'they have expired',
        requests: [1, 0],
        async run() {
          stage.expire()
          fresh(await credentials())
          return 'new ones'
        },
      },
      {
        title: 'expired in an outage',
        requests: [3, 0],
        sandboxOnly: true,
        async run() {
          endOutage =
            house?.sandbox.inject({ service: 'optimizelyEvents', status: 503, times: 100 }) ??
            endOutage
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
        requests: [1, 0],
        sandboxOnly: true,
        async run() {
          endOutage()
          stage.timeIs(seams.now() + 10 * MINUTE)
          fresh(await credentials())
          return 'new ones'
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
