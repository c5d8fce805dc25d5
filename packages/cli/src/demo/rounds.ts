import { within } from '@countersign/core'
import { sigv4 } from '@countersign/core/sigv4'
import { amperity } from '@countersign/services/amperity'
import { angus } from '@countersign/services/angus'
import { kalibrate, type ServiceSigner } from '@countersign/services/kalibrate'
import { optimizelyDxp } from '@countersign/services/optimizelyDxp'
import { optimizelyEvents, parseS3Path } from '@countersign/services/optimizelyEvents'
import type { ServiceName } from '../variables.ts'
import { bucketOf } from './bucket.ts'
import type { Client } from './clients.ts'
import { answered, check } from './expect.ts'
import type { House, Stage } from './stage.ts'
import type { Step } from './step.ts'

/** What a service goes through with every client: obtain, call, and live through a refusal. */
type Round = (client: Client, stage: Stage, house: House) => readonly Step[]

const DAY = 86_400_000
const TEN_MINUTES = 600_000
const PROJECT = '8ad8cc5b-0c49-4b79-8ebd-6451465a92c2'
/** One that the sandbox has: hardly a character of it that a URL, a query or XML takes as it is. */
const EVENT = 'sign-up & save 50% + café'

/** One for each service. They take place in the sandbox only. */
export const rounds: Readonly<Record<ServiceName, Round>> = {
  'optimizely-events': (client, stage, house) => {
    const endpoint = house.origins['s3.us-east-1.amazonaws.com'] as string
    const { credentials, region, location } = optimizelyEvents({
      ...house.options.optimizelyEvents,
      ...stage.seams,
    })
    const signer = sigv4({ credentials, region, service: 's3', now: stage.seams.now })
    const bucket = bucketOf(client.open(within(endpoint, signer), endpoint), endpoint)
    const folder = async () => {
      const { accountId } = parseS3Path((await credentials()).s3Path)
      const date = new Date(stage.seams.now() - DAY).toISOString().slice(0, 10)
      return location({ accountId, type: 'events', date, event: EVENT })
    }
    let keys: readonly string[] = []
    return [
      {
        title: 'obtain AWS credentials, and list a folder',
        requests: [1, 1],
        async run() {
          keys = await bucket.list(await folder())
          return `200, ${keys.length} files`
        },
      },
      {
        title: 'download a file',
        requests: [0, 1],
        async run() {
          const size = await bucket.download(await folder(), keys[0] as string)
          check(size > 0, 'a file', 'an empty one')
          return '200'
        },
      },
      {
        title: 'the credentials are revoked',
        requests: [1, 2],
        async run() {
          stage.revoke()
          await bucket.list(await folder())
          return '400, new ones, 200'
        },
      },
    ]
  },

  kalibrate: (client, stage, house) => {
    const signer = kalibrate({ ...house.options.kalibrate, ...stage.seams })
    return tokenRound(client, stage, house, signer, '/api/site?query=(a=b)+(limit=1)')
  },

  amperity: (client, stage, house) => {
    const signer = amperity({ ...house.options.amperityOAuth, ...stage.seams })
    return tokenRound(client, stage, house, signer, '/api/segments?limit=1')
  },

  angus: (client, stage, house) => {
    const signer = angus({ ...house.options.angus, ...stage.seams })
    const from = new Date(stage.seams.now() - DAY).toISOString()
    const query = `metrics=passing_by,interested&from_date=${from}&time=global`
    return tokenRound(client, stage, house, signer, `/entities?${query}`)
  },

  'optimizely-dxp': (client, stage, { options: { optimizelyDxp: options } }) => {
    let slow = 0
    const now = () => stage.seams.now() - slow
    const signer = optimizelyDxp({ ...options, ...stage.seams, now })
    const send = client.open(signer, new URL(signer.baseUrl).origin)
    const deployments = `${signer.baseUrl}/projects/${PROJECT}/deployments`
    const json = { targetEnvironment: 'Preproduction', sourceEnvironment: 'Integration' }
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    }
    return [
      {
        title: 'list deployments',
        requests: [0, 1],
        run: async () => `${(await answered(send(deployments))).status}`,
      },
      {
        title: 'start a deployment',
        requests: [0, 1],
        run: async () => `${(await answered(send(deployments, post))).status}`,
      },
      {
        title: 'start one by a slow clock',
        requests: [0, 2],
        async run() {
          slow = TEN_MINUTES
          return `401, signed anew, ${(await answered(send(deployments, post))).status}`
        },
      },
    ]
  },
}

/** A token, the same one again, and one revocation: one new token, and the request once more. */
function tokenRound(
  client: Client,
  stage: Stage,
  { sandbox }: House,
  signer: ServiceSigner,
  path: string,
): readonly Step[] {
  const send = client.open(signer, new URL(signer.baseUrl).origin)
  const call = async () => {
    await answered(send(signer.baseUrl + path))
    const { target = '' } = sandbox.requests.at(-1) ?? {}
    check(target.endsWith(path), `${path} on the wire`, target)
  }
  return [
    {
      title: 'obtain a token, and call',
      requests: [1, 1],
      async run() {
        await call()
        return '200'
      },
    },
    {
      title: 'call again',
      requests: [0, 1],
      async run() {
        await call()
        return '200, the same token'
      },
    },
    {
      title: 'the token is revoked',
      requests: [1, 2],
      async run() {
        stage.revoke()
        await call()
        return '401, a new token, 200'
      },
    },
  ]
}
