import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { signHs256 } from '../jwt.ts'
import type { Site, SiteApp, Vendor, VendorContext } from '../site.ts'
import { tokens as tokenBook } from '../tokens.ts'
import { amperityApi, type StreamedRecord } from './amperity-api.ts'
import { amperityErrors } from './amperity-errors.ts'
import { type AmperityAnswer, amperityTokens } from './amperity-tokens.ts'

/** What the factory `amperity()` takes, for each of the three ways to a token. */
export interface AmperityCredentials {
  readonly amperity: {
    readonly tenant: string
    readonly issuer: { readonly apiKeyId: string; readonly token: string }
  }
  readonly amperityOAuth: {
    readonly tenant: string
    readonly clientId: string
    readonly clientSecret: string
  }
  readonly amperityToken: { readonly tenant: string; readonly token: string }
}

export interface AmperitySandboxOptions {
  /** How the issuer words its answer, which Amperity does not document. Default: `'token'`. */
  readonly answer?: AmperityAnswer
  /** Requests a second to the Amperity API before it answers 429. Default: no limit. */
  readonly rateLimit?: number
}

export interface AmperityVendor extends Vendor<AmperityCredentials> {
  readonly records: readonly StreamedRecord[]
  /** Gives the API key a new secret: what the old one signed is deposed, and lives 30 more days. */
  rotate(): void
}

const DAY = 86_400_000
const DEPOSED_FOR = 30 * DAY

/** Amperity: a tenant's token endpoints, and its Amperity, Profile and Streaming APIs. */
export function amperity(
  context: VendorContext,
  { answer = 'token', rateLimit = Number.POSITIVE_INFINITY }: AmperitySandboxOptions,
): AmperityVendor {
  const tenant = `sandbox-${randomBytes(4).toString('hex')}`
  const host = `${tenant}.amperity.com`
  const apiKeyId = randomUUID()
  const records: StreamedRecord[] = []
  const errors = amperityErrors()

  const access = tokenBook(context.now)
  const issuers = tokenBook(context.now)
  let secret = randomBytes(32)

  const mint = (lifetime: number, claims: object) => {
    const expiresAt = context.now() + lifetime
    const iat = Math.floor(context.now() / 1000)
    const token = signHs256(
      { ...claims, jti: randomUUID(), iat, exp: Math.floor(expiresAt / 1000) },
      secret,
    )
    return { token, expiresAt }
  }
  const issue = (lifetime: number) => {
    const { token, expiresAt } = mint(lifetime, { tenant, use: 'access' })
    access.enter(token, expiresAt)
    return token
  }

  const issuer = mint(365 * DAY, { tenant, key: apiKeyId, use: 'issue' })
  issuers.enter(issuer.token, issuer.expiresAt)
  const oauth = {
    tenant,
    clientId: randomUUID(),
    // Begins with what a careless form encoding loses.
    clientSecret: `+/=${randomBytes(24).toString('base64url')}`,
  }
  let oauthRevoked = false

  const app: SiteApp = new Hono()
  app.route(
    '/',
    amperityTokens({
      context,
      errors,
      answer,
      apiKeyId,
      issuers,
      issue,
      oauth,
      oauthRevoked: () => oauthRevoked,
    }),
  )
  app.route('/', amperityApi({ context, errors, tenant, access, rateLimit, records }))
  app.notFound(() => errors.refuse(404, 'Not found'))

  const site = (name: string): Site => ({
    service: 'amperity',
    host: name,
    endpoint: (path) => (path.startsWith('/api/v0/') ? 'token' : 'api'),
    problem: (status) => Response.json(errors.problem(status, 'An error of the sandbox')),
    app,
  })

  return {
    // Tenants on AWS are reached by the shared hosts, with the tenant in a header.
    sites: [host, 'app.amperity.com', 'app-aws-apse2.amperity.com'].map(site),
    options: {
      amperity: { tenant, issuer: { apiKeyId, token: issuer.token } },
      amperityOAuth: oauth,
      amperityToken: { tenant, token: issue(90 * DAY) },
    },
    records,
    expire: access.expire,
    revoke: (what) => {
      if (what === 'tokens') return access.revoke()
      issuers.revoke()
      oauthRevoked = true
    },
    rotate: () => {
      secret = randomBytes(32)
      for (const book of [access, issuers]) book.depose(context.now() + DEPOSED_FOR)
    },
  }
}
