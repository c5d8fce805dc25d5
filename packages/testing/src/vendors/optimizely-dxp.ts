import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { epiHmacVerifier } from '../epi-hmac.ts'
import type { SiteApp, Vendor, VendorContext } from '../site.ts'
import { dxpDeployments } from './dxp-deployments.ts'
import { failure, GUID } from './dxp-envelope.ts'
import { dxpStorage } from './dxp-storage.ts'

/** What the factory `optimizelyDxp()` takes. */
export interface OptimizelyDxpCredentials {
  readonly key: string
  readonly secret: string
}

export interface OptimizelyDxpSandboxOptions {
  /** How far a timestamp may be off, in ms, either way. Default: 5 minutes. */
  readonly tolerance?: number
}

export interface OptimizelyDxpVendor extends Vendor<OptimizelyDxpCredentials> {
  forgetNonces(): void
}

/** The Deployment API of Optimizely DXP. Every GUID is a project that the key may use. */
export function optimizelyDxp(
  context: VendorContext,
  { tolerance = 300_000 }: OptimizelyDxpSandboxOptions,
): OptimizelyDxpVendor {
  const options = {
    key: randomBytes(24).toString('hex'),
    secret: randomBytes(48).toString('base64'),
  }
  const verifier = epiHmacVerifier({ ...options, now: context.now, tolerance })
  let revoked = false

  const app: SiteApp = new Hono()
  app.use(async (c, next) => {
    const refusal = revoked ? 'The key is not known.' : verifier.refusal(c.env)
    return refusal ? failure(401, refusal) : next()
  })
  app.use('/api/v1.0/projects/:project/*', async (c, next) =>
    GUID.test(c.req.param('project')) ? next() : failure(400, 'The project id is not a GUID.'),
  )
  app.route('/api/v1.0/projects/:project', dxpDeployments(context))
  app.route('/api/v1.0/projects/:project', dxpStorage(context))
  app.notFound(() => failure(404, 'There is nothing here.'))
  app.onError((error) => failure(500, error.message))

  return {
    sites: [
      {
        service: 'optimizelyDxp',
        host: 'paasportal.episerver.net',
        endpoint: () => 'api',
        problem: () => failure(400, 'An error of the sandbox.'),
        app,
      },
    ],
    options,
    expire: () => {},
    revoke: () => {
      revoked = true
    },
    forgetNonces: verifier.forget,
  }
}
