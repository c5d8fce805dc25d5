import { Hono } from 'hono'
import { bearerOf, formOf, isOfType, jsonObjectOf } from '../read.ts'
import type { Arrival, SiteApp, VendorContext } from '../site.ts'
import type { Tokens } from '../tokens.ts'
import type { AmperityErrors } from './amperity-errors.ts'

/** How the issuer words its answer: a member of that name, a JSON string, or nothing but the JWT. */
export type AmperityAnswer =
  | 'token'
  | 'access-token'
  | 'access_token'
  | 'jwt'
  | 'json-string'
  | 'bare'

export interface AmperityTokensOptions {
  readonly context: VendorContext
  readonly errors: AmperityErrors
  readonly answer: AmperityAnswer
  readonly apiKeyId: string
  /** The issuer tokens, in a book of their own. */
  readonly issuers: Tokens
  readonly oauth: {
    readonly tenant: string
    readonly clientId: string
    readonly clientSecret: string
  }
  oauthRevoked(): boolean
  /** Makes an access token that lives for so many ms. */
  issue(lifetime: number): string
}

const OAUTH_LIFETIME = 3600_000

/** The two endpoints that hand out tokens: to an issuer token, and by OAuth 2 client credentials. */
export function amperityTokens(options: AmperityTokensOptions): SiteApp {
  const { context, errors, answer, apiKeyId, issuers, oauth, oauthRevoked, issue } = options
  const wrongTenant = (arrival: Arrival) => {
    const given = arrival.headers.get('x-amperity-tenant')
    if (given === null) return errors.refuse(400, 'The header X-Amperity-Tenant is missing')
    return given === oauth.tenant ? undefined : errors.refuse(403, 'No access to that tenant')
  }
  const app: SiteApp = new Hono()

  app.post('/api/v0/admin/api-keys/:id/tokens', (c) => {
    const refusal = wrongTenant(c.env)
    if (refusal) return refusal
    const standing = issuers.standing(bearerOf(c.env))
    if (standing !== 'good') return errors.refuse(401, `The issuer token is ${standing}`)
    if (c.req.param('id') !== apiKeyId) return errors.refuse(404, 'There is no such API key')
    if (!isOfType(c.env, 'application/json'))
      return errors.refuse(415, 'The body must be application/json')
    const expiresAt = jsonObjectOf(c.env)?.['expires-at']
    const asked = typeof expiresAt === 'string' ? instantOf(expiresAt) : undefined
    if (asked === undefined)
      return errors.refuse(400, 'expires-at must be RFC 3339, in UTC, to the second')
    const lifetime = asked - context.now()
    if (lifetime <= 0) return errors.refuse(400, 'expires-at lies in the past')
    return worded(issue(Math.min(lifetime, context.lifetime() ?? lifetime)), answer)
  })

  app.post('/api/v0/oauth2/token', (c) => {
    const refusal = wrongTenant(c.env)
    if (refusal) return refusal
    if (!isOfType(c.env, 'application/x-www-form-urlencoded'))
      return errors.refuse(415, 'The body must be application/x-www-form-urlencoded')
    const form = formOf(c.env)
    for (const name of ['grant_type', 'client_id', 'client_secret'])
      if (form.getAll(name).length !== 1 || !form.get(name))
        return Response.json(
          { error: 'invalid_request', error_description: `${name} is required once` },
          { status: 400 },
        )
    if (form.get('grant_type') !== 'client_credentials')
      return Response.json({ error: 'unsupported_grant_type' }, { status: 400 })
    if (
      form.get('client_id') !== oauth.clientId ||
      form.get('client_secret') !== oauth.clientSecret ||
      oauthRevoked()
    )
      return Response.json({ error: 'invalid_client' }, { status: 401 })
    const lifetime = context.lifetime() ?? OAUTH_LIFETIME
    return Response.json({
      access_token: issue(lifetime),
      expires_in: Math.floor(lifetime / 1000),
      token_type: 'Bearer',
    })
  })

  return app
}

/** `2020-06-16T00:24:16Z`, and no other form, in ms since the Unix epoch. */
function instantOf(text: string): number | undefined {
  const date = new Date(text)
  const valid = !Number.isNaN(date.getTime())
  return valid && date.toISOString().replace('.000Z', 'Z') === text ? date.getTime() : undefined
}

function worded(token: string, answer: AmperityAnswer): Response {
  if (answer === 'bare') return new Response(token, { headers: { 'content-type': 'text/plain' } })
  return Response.json(answer === 'json-string' ? token : { [answer]: token })
}
