import { apiKey, basic, type Signer, within } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { sigv4 } from '@countersign/core/sigv4'
import { amperity } from '@countersign/services/amperity'
import { angus } from '@countersign/services/angus'
import { kalibrate, type ServiceOptions } from '@countersign/services/kalibrate'
import { optimizelyDxp } from '@countersign/services/optimizelyDxp'
import { type OptimizelyEvents, optimizelyEvents } from '@countersign/services/optimizelyEvents'
import { GENERAL } from './general.ts'
import type { Site } from './tenant.ts'

/** A signer, and what there is to be asked for by it. */
export interface Service {
  readonly name: string
  readonly signer: Signer
  readonly origin: string
  readonly requests: readonly { readonly url: string; readonly init: RequestInit }[]
  /** Where the AWS SDK makes sense: what it needs. */
  readonly aws?: Pick<OptimizelyEvents, 'credentials' | 'region'> & { readonly bucket: string }
}

export type Seams = Required<Pick<ServiceOptions, 'now' | 'onEvent' | 'fetch' | 'wrapSource'>>

const PATIENCE = { timeout: 500, retry: { attempts: 3, delay: 20 } }
const PROJECT = 'projects/8ad8cc5b-0c49-4b79-8ebd-6451465a92c2'
const REGION = 'us-east-1'
const BUCKET = 'optimizely-events-data'

/**
 * Every service of a tenant with every way to credentials that can be renewed, and the schemes of the core at a server of no vendor's.
 *
 * @param seams Made anew for each cache.
 */
export function servicesOf(site: Site, seams: () => Seams): Service[] {
  const { name, options, origins, folder } = site
  const own = () => ({ ...seams(), ...PATIENCE })
  const { now } = seams()
  const lists = { '/api/segments?limit=3': {}, '/api/campaigns?limit=1': {} }
  const yesterday = new Date(Date.now() - 86_400_000).toISOString()
  const s3 = origins[`s3.${REGION}.amazonaws.com`] as string
  const events = optimizelyEvents({ ...options.optimizelyEvents, ...own() })
  const { credentials } = events
  const bucket = sigv4({ credentials, region: REGION, service: 's3', now })

  const vendors = [
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
    {
      ...serviceOf(
        'optimizelyEvents',
        { ...within(s3, bucket), baseUrl: `${s3}/${BUCKET}` },
        {
          [`?list-type=2&prefix=${folder}`]: {},
          [`?list-type=2&delimiter=%2F&prefix=${folder}type=events/`]: {},
        },
      ),
      aws: { ...events, bucket: BUCKET },
    },
  ]
  return [...vendors, ...schemesOf(site, now)].map((service) => ({
    ...service,
    name: `${service.name} of ${name}`,
  }))
}

function schemesOf({ general, origins }: Site, now: () => number): Service[] {
  const origin = origins[GENERAL] as string
  const at = (path: string, signer: Signer) => ({
    ...within(origin, signer),
    baseUrl: `${origin}/${path}`,
  })
  const both = { '/a?b=c': {}, "/d/e'f?g=%20": posted({ h: 'ü' }) }
  const { key, secret } = general.hmac
  const scheme = hmac({
    id: key,
    secret,
    secretEncoding: 'base64',
    message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
    body: { hash: 'md5' },
    headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
    now,
  })
  const aws = sigv4({ credentials: general.aws, region: REGION, service: 'execute-api', now })
  return [
    serviceOf('basic', at('basic', basic(general.basic)), both),
    serviceOf(
      'an API key',
      at('key', apiKey({ in: 'query', name: 'key', key: general.apiKey })),
      both,
    ),
    serviceOf('an HMAC', at('hmac', scheme), both),
    serviceOf('sigv4', at('aws', aws), both),
  ]
}

function serviceOf(
  name: string,
  signer: Signer & { readonly baseUrl: string },
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
