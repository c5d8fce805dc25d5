import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bearerOf, isOfType, rawQueryOf } from '../read.ts'
import type { Site, SiteApp, Vendor, VendorContext } from '../site.ts'
import { type Tokens, tokens as tokenBook } from '../tokens.ts'
import { type EntraClient, entra } from './entra.ts'
import type { AssertionKey } from './entra-assertion.ts'

/** What the factory `kalibrate()` takes. */
export interface KalibrateCredentials extends EntraClient {
  readonly userAgent: string
}

export interface KalibrateSandboxOptions {
  /** Lets the client authenticate by `client_assertion` too; without it every assertion is refused. */
  readonly certificate?: AssertionKey
}

const HOST = 'dev.data.thekalibratecloud.com'

/** User agents of clients that nobody has told who they are. */
const DEFAULT_AGENT =
  /^(python-requests|python-urllib|python-httpx|python|node-fetch|node|undici|curl|wget|axios|got|ky|ofetch|go-http-client|java|okhttp|postmanruntime)(?=$|[/ (])/i

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
  const client: EntraClient = {
    tenant: randomUUID(),
    clientId: randomUUID(),
    // Ends in what a careless form encoding loses.
    clientSecret: `${randomBytes(24).toString('base64url')}~+/=`,
    scope: `api://${HOST}/${randomUUID()}/.default`,
  }
  const login = entra({
    context,
    client,
    key: randomBytes(32),
    tokens,
    assertionKey: certificate,
    revoked: () => revoked,
  })

  return {
    sites: [login, gateway(client, tokens)],
    options: { ...client, userAgent: `countersign-sandbox/${randomBytes(4).toString('hex')}` },
    expire: tokens.expire,
    revoke: (what) => {
      if (what === 'tokens') tokens.revoke()
      else revoked = true
    },
  }
}

function gateway(client: EntraClient, tokens: Tokens): Site {
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
      issuer: `https://sts.windows.net/${client.tenant}/`,
      clientId: client.clientId,
      token: bearerOf(c.env),
    }),
  )
  app.post('/api/import/:kind', (c) => {
    if (!IMPORTS.has(c.req.param('kind'))) return refuse(404, 'There is no such import.')
    if (!isOfType(c.env, 'application/json')) return refuse(415, 'An import is application/json.')
    try {
      JSON.parse(new TextDecoder().decode(c.env.body))
    } catch {
      return refuse(400, 'The body is not well-formed JSON.')
    }
    return Response.json({ operationId: randomUUID() }, { status: 202 })
  })
  app.get('/api/:collection', (c) => {
    const collection = c.req.param('collection')
    if (!COLLECTIONS.has(collection)) return refuse(404, `There is no collection ${collection}.`)
    const clauses = clausesOf(rawQueryOf(c.env))
    if (typeof clauses === 'string') return refuse(400, clauses)
    const [limit, offset] = [Number(clauses.get('limit') ?? 0), Number(clauses.get('offset') ?? 0)]
    if (!(isCount(limit) && isCount(offset)))
      return refuse(400, 'limit and offset are whole numbers.')
    return Response.json(rows(collection).slice(offset, limit ? offset + limit : undefined))
  })
  app.notFound(() => refuse(404, 'There is nothing here.'))

  return {
    service: 'kalibrate',
    host: HOST,
    endpoint: () => 'api',
    problem: (status) => problem(status, 'An error of the sandbox.'),
    app,
  }
}

/** The clauses of `query=(a=b)+(limit=1)`; a string says what is wrong with them. */
function clausesOf(rawQuery: string): string | Map<string, string> {
  const raw = /(?:^|&)query=([^&]*)/.exec(rawQuery)?.[1]
  if (raw === undefined) return new Map()
  if (/%2b/i.test(raw)) return 'Clauses are joined by a literal +, not by %2B.'
  let query: string
  try {
    query = decodeURIComponent(raw)
  } catch {
    return 'The query is not well-formed percent-encoding.'
  }
  if (!/^\([^()]+\)(\+\([^()]+\))*$/.test(query))
    return 'The query is not (name=value)+(name=value).'
  const clauses = new Map<string, string>()
  for (const [, clause = ''] of query.matchAll(/\(([^()]+)\)/g)) {
    const [, name, value] = /^(\w+)(?:[!@<>]?=|[<>])(.*)$/.exec(clause) ?? []
    if (name === undefined || value === undefined) return `The clause (${clause}) has no operator.`
    clauses.set(name, value)
  }
  return clauses
}

const isCount = (value: number) => Number.isInteger(value) && value >= 0

/** A few rows, the same each time. Of a query's clauses only `limit` and `offset` choose among them. */
const rows = (collection: string): object[] =>
  Array.from({ length: 5 }, (_, i) => ({ id: i + 1, name: `${collection} ${i + 1}` }))
