import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bearerOf, isOfType, jsonOf, rawQueryOf } from '../read.ts'
import type { Site, SiteApp, Vendor, VendorContext } from '../site.ts'
import { type Tokens, tokens as tokenBook } from '../tokens.ts'
import { entra } from './entra.ts'
import type { AssertionKey } from './entra-assertion.ts'
import { selectionOf } from './kalibrate-query.ts'

/** What the factory `kalibrate()` takes. */
export interface KalibrateCredentials {
  readonly tenant: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string
  readonly userAgent: string
}

export interface KalibrateSandboxOptions {
  /** Lets the client authenticate by `client_assertion` too; without it every assertion is refused. */
  readonly certificate?: AssertionKey
}

const HOST = 'dev.data.thekalibratecloud.com'

/** How clients name themselves that nobody has told who they are. */
const CLIENTS =
  'python python-requests python-urllib python-httpx node node-fetch undici deno bun curl wget axios got ky go-http-client java okhttp'
const DEFAULT_AGENT = new RegExp(`^(?:${CLIENTS.replaceAll(' ', '|')})(?=$|[/ (])`, 'i')

const COLLECTIONS = new Set(
  'price priceRequest product productGroup reference site surveyHistory volume'.split(' '),
)
const IMPORTS = new Set(['competitorPrice', 'ownPrice', 'salesVolume', 'costBreakdown'])

/** Kalibrate's Data API behind its gateway, and the Entra tenant that hands out its tokens. */
export function kalibrate(
  context: VendorContext,
  { certificate }: KalibrateSandboxOptions,
): Vendor<KalibrateCredentials> {
  const tokens = tokenBook(context.now)
  let revoked = false
  const credentials: KalibrateCredentials = {
    tenant: randomUUID(),
    clientId: randomUUID(),
    // Ends in what a careless form encoding loses.
    clientSecret: `${randomBytes(24).toString('base64url')}~+/=`,
    scope: `api://${HOST}/${randomUUID()}/.default`,
    userAgent: `countersign-sandbox/${randomBytes(4).toString('hex')}`,
  }
  const application = { ...credentials, certificate, revoked: () => revoked }

  return {
    sites: [entra(context, application, tokens), gateway(credentials, tokens)],
    options: credentials,
    expire: tokens.expire,
    revoke: (what) => {
      if (what === 'tokens') tokens.revoke()
      else revoked = true
    },
  }
}

function gateway({ tenant, clientId }: KalibrateCredentials, tokens: Tokens): Site {
  const problem = (status: number, message: string) => ({ statusCode: status, message })
  const refuse = (status: number, message: string, headers: Record<string, string> = {}) =>
    Response.json(problem(status, message), { status, headers })

  const app: SiteApp = new Hono()
  app.use(async (c, next) => {
    const agent = c.env.headers.get('user-agent')
    if (!agent || DEFAULT_AGENT.test(agent))
      return refuse(
        403,
        'Forbidden: the gateway does not serve the default user agent of a client.',
      )
    const standing = tokens.standing(bearerOf(c.env))
    if (standing !== 'good') {
      const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' }
      return refuse(401, `Unauthorized: the access token is ${standing}.`, challenge)
    }
    return next()
  })

  app.get('/api/status', (c) =>
    // The vendor echoes the token: whoever logs this body logs a secret.
    Response.json({
      status: 'OK',
      issuer: `https://sts.windows.net/${tenant}/`,
      clientId,
      token: bearerOf(c.env),
    }),
  )
  app.post('/api/import/:kind', (c) => {
    if (!IMPORTS.has(c.req.param('kind'))) return refuse(404, 'There is no such import.')
    if (!isOfType(c.env, 'application/json')) return refuse(415, 'An import is application/json.')
    if (jsonOf(c.env) === undefined) return refuse(400, 'The body is not well-formed JSON.')
    return Response.json({ operationId: randomUUID() }, { status: 202 })
  })
  app.get('/api/:collection', (c) => {
    const collection = c.req.param('collection')
    if (!COLLECTIONS.has(collection)) return refuse(404, `There is no collection ${collection}.`)
    const selection = selectionOf(rawQueryOf(c.env))
    if (typeof selection === 'string') return refuse(400, selection)
    const { limit, offset } = selection
    return Response.json(rows(collection).slice(offset, offset + limit))
  })
  app.notFound(() => refuse(404, 'There is nothing here.'))

  return {
    service: 'kalibrate',
    host: HOST,
    endpoint: () => 'api',
    problem: (status) => Response.json(problem(status, 'An error of the sandbox.')),
    app,
  }
}

/** A few rows, the same each time. Of a query's clauses only `limit` and `offset` choose among them. */
const rows = (collection: string): object[] =>
  Array.from({ length: 5 }, (_, i) => ({ id: i + 1, name: `${collection} ${i + 1}` }))
