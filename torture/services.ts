import { type CacheOptions, type Signer, within } from '@countersign/core'
import { sigv4 } from '@countersign/core/sigv4'
import { amperity } from '@countersign/services/amperity'
import { angus } from '@countersign/services/angus'
import { kalibrate } from '@countersign/services/kalibrate'
import { optimizelyDxp } from '@countersign/services/optimizelyDxp'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'
import type { Site } from './vendors.ts'

/** A signer, and what there is to be asked for by it. */
export interface Service {
  readonly name: string
  readonly signer: Signer
  readonly origin: string
  readonly requests: readonly { readonly url: string; readonly init?: RequestInit }[]
}

type Seams = Required<Pick<CacheOptions, 'now' | 'onEvent'>>

const PATIENCE = { timeout: 1_000, retry: { attempts: 3, delay: 20 } }
const PROJECT = 'projects/8ad8cc5b-0c49-4b79-8ebd-6451465a92c2'
const REGION = 'us-east-1'
const BUCKET = 'optimizely-events-data'

/**
 * Every service of a tenant, and every way to its credentials.
 *
 * @param seams Made anew for each cache.
 */
export function servicesOf({ options, origins }: Site, seams: () => Seams): Service[] {
  const own = () => ({ ...seams(), ...PATIENCE })
  const { now } = seams()
  const lists = { '/api/segments?limit=3': {}, '/api/campaigns?limit=1': {} }
  const yesterday = new Date(Date.now() - 86_400_000).toISOString()
  const s3 = origins[`s3.${REGION}.amazonaws.com`] as string
  const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...own() })
  const bucket = sigv4({ credentials, region: REGION, service: 's3', now })

  return [
    serviceOf('kalibrate', kalibrate({ ...options.kalibrate, ...own() }), {
      '/api/site?query=(a=b)+(limit=1)': {},
      '/api/import/ownPrice': posted({ price: 1.5 }),
    }),
    serviceOf('amperity by an issuer', amperity({ ...options.amperity, ...own() }), lists),
    serviceOf('amperity by OAuth 2', amperity({ ...options.amperityOAuth, ...own() }), {
      ...lists,
      '/api/workflow/runs/1/stop': posted({}),
    }),
    serviceOf('angus', angus({ ...options.angus, ...own() }), {
      [`/entities?metrics=passing_by&from_date=${yesterday}&time=global`]: {},
    }),
    serviceOf('optimizelyDxp', optimizelyDxp({ ...options.optimizelyDxp, now }), {
      [`/${PROJECT}/deployments`]: {},
      [`/${PROJECT}/deployments?a=b c&d='`]: {},
    }),
    serviceOf(
      'the bucket',
      { ...within(s3, bucket), baseUrl: `${s3}/${BUCKET}` },
      {
        '?list-type=2': {},
        '?list-type=2&prefix=a%20b/': {},
      },
    ),
  ]
}

function serviceOf(
  name: string,
  signer: Signer & { baseUrl: string },
  paths: Readonly<Record<string, RequestInit>>,
): Service {
  const { baseUrl } = signer
  const requests = Object.entries(paths).map(([path, init]) => ({ url: baseUrl + path, init }))
  return { name, signer, origin: new URL(baseUrl).origin, requests }
}

function posted(body: object): RequestInit {
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', headers, body: JSON.stringify(body) }
}
