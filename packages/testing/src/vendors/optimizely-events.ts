import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bearerOf } from '../read.ts'
import type { SiteApp, Vendor, VendorContext } from '../site.ts'
import { awsKeys, type IssuedAwsCredentials } from './aws-keys.ts'
import { type ExportedObjects, exportedObjects } from './events-objects.ts'
import { s3 } from './s3.ts'

/** What the factory `optimizelyEvents()` takes. */
export interface OptimizelyEventsCredentials {
  readonly token: string
}

export interface OptimizelyEventsSandboxOptions {
  /** Whether `s3Path` ends in a slash; the vendor has been seen to do both. Default: `false`. */
  readonly slash?: boolean
  /**
   * What is in the bucket. A number, up to 100,000: so many files in each `type=…/date=…/`, for
   * the last three days (UTC) when the sandbox is made, spread over two experiments or events. Or
   * the files by their names below `account_id=…/`, each with its content, or with how many bytes are
   * to be made up for it. Nothing is made before it is asked for. Default: 4.
   */
  readonly objects?: ExportedObjects
}

export interface OptimizelyEventsVendor extends Vendor<OptimizelyEventsCredentials> {
  /** The credentials handed out and not revoked, oldest first. */
  issued(): readonly IssuedAwsCredentials[]
}

const MINUTE = 60_000
const BUCKET = 'optimizely-events-data'

/** Optimizely's events export: a personal access token for an hour of Amazon S3, and the bucket there. */
export function optimizelyEvents(
  context: VendorContext,
  { slash = false, objects = 4 }: OptimizelyEventsSandboxOptions,
): OptimizelyEventsVendor {
  const token = `2:${randomBytes(39).toString('base64url')}`
  const accountId = String(randomInt(10 ** 9, 10 ** 10))
  const path = `v1/account_id=${accountId}`
  const keys = awsKeys(context)
  let revoked = false

  const refuse = (status: number, code: string, message: string) =>
    Response.json({ code, message, messages: {}, uuid: randomUUID() }, { status })

  const app: SiteApp = new Hono()
  app.get('/v2/export/credentials', (c) => {
    if (bearerOf(c.env) !== token || revoked)
      return refuse(401, 'unauthorized', 'Invalid/Expired credentials')
    const lifetime = lifetimeOf(c.req.query('duration') ?? '1h')
    if (lifetime === undefined)
      return refuse(400, 'bad_request', 'duration must be between 15m and 1h')
    const granted = Math.min(lifetime, context.lifetime() ?? lifetime)
    const { accountId: _, ...credentials } = keys.issue(accountId, granted)
    return Response.json({ credentials, s3Path: `s3://${BUCKET}/${path}${slash ? '/' : ''}` })
  })
  app.notFound(() => refuse(404, 'not_found', 'There is nothing here'))

  return {
    sites: [
      {
        service: 'optimizelyEvents',
        host: 'api.optimizely.com',
        endpoint: () => 'token',
        problem: (status) => refuse(400, `sandbox_${status}`, 'An error of the sandbox'),
        app,
      },
      ...s3({
        context,
        keys,
        bucket: BUCKET,
        region: 'us-east-1',
        folder: `${path}/`,
        store: exportedObjects({ objects, folder: `${path}/`, now: context.now() }),
      }),
    ],
    options: { token },
    issued: keys.issued,
    expire: keys.expire,
    revoke: (what) => {
      if (what === 'tokens') keys.revoke()
      else revoked = true
    },
  }
}

/** `15m` to `1h`, in either case, as ms. */
function lifetimeOf(duration: string): number | undefined {
  const [, figure, unit] = /^(\d+)([hm])$/i.exec(duration) ?? []
  const lifetime = Number(figure) * (unit?.toLowerCase() === 'h' ? 60 : 1) * MINUTE
  return lifetime >= 15 * MINUTE && lifetime <= 60 * MINUTE ? lifetime : undefined
}
