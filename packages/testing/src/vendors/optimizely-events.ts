import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bearerOf } from '../read.ts'
import type { SiteApp, Vendor, VendorContext } from '../site.ts'

/** What the factory `optimizelyEvents()` takes. */
export interface OptimizelyEventsCredentials {
  readonly token: string
}

export interface OptimizelyEventsSandboxOptions {
  /** Whether `s3Path` ends in a slash; the vendor has been seen to do both. Default: `false`. */
  readonly slash?: boolean
}

/** AWS credentials that the vendor has handed out. */
export interface IssuedAwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** When they run out, ms since the Unix epoch, in the vendor's book: `expire()` moves it. */
  readonly expiration: number
  readonly accountId: string
}

export interface OptimizelyEventsVendor extends Vendor<OptimizelyEventsCredentials> {
  /** The credentials handed out and not revoked, oldest first. */
  issued(): readonly IssuedAwsCredentials[]
}

const MINUTE = 60_000
const CAPACITY = 10_000

/** Optimizely's export credentials: a personal access token for an hour of Amazon S3. */
export function optimizelyEvents(
  context: VendorContext,
  { slash = false }: OptimizelyEventsSandboxOptions,
): OptimizelyEventsVendor {
  const token = `2:${randomBytes(39).toString('base64url')}`
  const accountId = String(randomInt(10 ** 9, 10 ** 10))
  let issued: IssuedAwsCredentials[] = []
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
    const credentials: IssuedAwsCredentials = {
      accessKeyId: `ASIA${randomBytes(10).toString('hex').slice(0, 16).toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(192).toString('base64'),
      expiration: context.now() + Math.min(lifetime, context.lifetime() ?? lifetime),
      accountId,
    }
    issued = [...issued.slice(1 - CAPACITY), credentials]
    const { accountId: _, ...wire } = credentials
    const s3Path = `s3://optimizely-events-data/v1/account_id=${accountId}${slash ? '/' : ''}`
    return Response.json({ credentials: wire, s3Path })
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
    ],
    options: { token },
    issued: () => issued,
    expire: () => {
      issued = issued.map((one) => ({ ...one, expiration: context.now() }))
    },
    revoke: (what) => {
      if (what === 'tokens') issued = []
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
