import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { signHs256 } from '../jwt.ts'
import { formOf, isOfType } from '../read.ts'
import type { Arrival, Site, SiteApp, VendorContext } from '../site.ts'
import type { Tokens } from '../tokens.ts'
import { type AssertionKey, assertionRefusal } from './entra-assertion.ts'

export interface EntraClient {
  readonly tenant: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string
}

export interface EntraOptions {
  readonly context: VendorContext
  readonly client: EntraClient
  readonly key: Uint8Array
  readonly tokens: Tokens
  readonly assertionKey: AssertionKey | undefined
  revoked(): boolean
}

/** An error as Entra words it: the code of the RFC, and one of its own AADSTS numbers. */
type EntraError = [status: number, error: string, code: number, description: string]

const HOST = 'login.microsoftonline.com'
const LIFETIME = 3599_000
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The token endpoint of Microsoft Entra, v2: RFC 6749 §4.4 with Entra's own errors. */
export function entra({ context, client, key, tokens, assertionKey, revoked }: EntraOptions): Site {
  const problem = (error: string, code: number, description: string) => {
    const timestamp = `${new Date(context.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`
    const [trace, correlation] = [randomUUID(), randomUUID()]
    return {
      error,
      error_description: `AADSTS${code}: ${description} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
    }
  }

  /** The parameters, with a client that authenticates by RFC 6749 §2.3.1 written into them. */
  const parametersOf = (arrival: Arrival): URLSearchParams => {
    const form = formOf(arrival)
    const basic = /^Basic (\S+)$/i.exec(arrival.headers.get('authorization') ?? '')?.[1]
    if (!basic) return form
    const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':')
    // The RFC has both form-encoded before they are joined by the colon.
    // The id may be in the body as well, a second secret may not.
    for (const [name, value] of new URLSearchParams(
      `client_id=${id}&client_secret=${secret.join(':')}`,
    ))
      if (name === 'client_secret' || form.get(name) !== value) form.append(name, value)
    return form
  }

  const authenticate = (form: URLSearchParams, audiences: string[]): EntraError | undefined => {
    const secret = form.get('client_secret')
    const assertion = form.get('client_assertion')
    if (form.get('client_id') !== client.clientId)
      return [400, 'unauthorized_client', 700016, 'The application was not found in the directory.']
    if (secret && assertion)
      return [400, 'invalid_request', 9002313, 'A request uses one client credential, not two.']
    if (assertion) {
      if (form.get('client_assertion_type') !== ASSERTION_TYPE)
        return [400, 'invalid_request', 90014, "The field 'client_assertion_type' is not valid."]
      if (revoked()) return [401, 'invalid_client', 700027, 'The certificate is not registered.']
      const refusal = assertionRefusal(assertion, {
        key: assertionKey,
        clientId: client.clientId,
        audiences,
        now: context.now(),
      })
      return refusal && [401, 'invalid_client', ...refusal]
    }
    if (!secret)
      return [
        401,
        'invalid_client',
        7000218,
        "The body must contain 'client_assertion' or 'client_secret'.",
      ]
    if (secret !== client.clientSecret || revoked())
      return [401, 'invalid_client', 7000215, 'Invalid client secret provided.']
    return undefined
  }

  const refuse = (form: URLSearchParams, tenant: string, url: string): EntraError | undefined => {
    if (tenant !== client.tenant)
      return [400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`]
    for (const name of new Set(form.keys()))
      if (form.getAll(name).length > 1)
        return [400, 'invalid_request', 9000411, `The parameter '${name}' is duplicated.`]
    for (const name of ['grant_type', 'client_id', 'scope'])
      if (!form.get(name))
        return [
          400,
          'invalid_request',
          900144,
          `The request body must contain the parameter '${name}'.`,
        ]
    if (form.get('grant_type') !== 'client_credentials')
      return [400, 'unsupported_grant_type', 70003, 'The grant type is not supported here.']
    const audiences = [url, `https://${HOST}/${tenant}/oauth2/v2.0/token`]
    const refusal = authenticate(form, audiences)
    if (refusal) return refusal
    if (!form.get('scope')?.endsWith('/.default'))
      return [400, 'invalid_scope', 1002012, "The scope must be a resource's '/.default'."]
    if (form.get('scope') !== client.scope)
      return [400, 'invalid_scope', 70011, 'The scope is not valid.']
    return undefined
  }

  const app: SiteApp = new Hono()
  app.post('/:tenant/oauth2/v2.0/token', (c) => {
    const refusal: EntraError | undefined = isOfType(c.env, 'application/x-www-form-urlencoded')
      ? refuse(parametersOf(c.env), c.req.param('tenant'), c.req.url)
      : [
          400,
          'invalid_request',
          900144,
          "The request body must contain the parameter 'grant_type'.",
        ]
    if (refusal) {
      const [status, ...words] = refusal
      return Response.json(problem(...words), { status })
    }
    const now = context.now()
    const lifetime = context.lifetime() ?? LIFETIME
    const token = signHs256(
      {
        aud: client.scope.replace('/.default', ''),
        iss: `https://sts.windows.net/${client.tenant}/`,
        appid: client.clientId,
        iat: Math.floor(now / 1000),
        exp: Math.floor((now + lifetime) / 1000),
        uti: randomUUID(),
      },
      key,
    )
    tokens.enter(token, now + lifetime)
    const expiresIn = Math.floor(lifetime / 1000)
    return Response.json({
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: token,
    })
  })
  app.notFound(() =>
    Response.json(problem('invalid_request', 90023, 'No such endpoint.'), { status: 404 }),
  )

  return {
    service: 'kalibrate',
    host: HOST,
    endpoint: () => 'token',
    problem: (status) =>
      status === 401
        ? problem('invalid_client', 7000215, 'Invalid client secret provided.')
        : status >= 500 || status === 429
          ? problem('temporarily_unavailable', 90033, 'A transient error has occurred.')
          : problem('invalid_request', 90014, 'The request is not valid.'),
    app,
  }
}
