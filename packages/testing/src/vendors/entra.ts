import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { signHs256 } from '../jwt.ts'
import { formOf, isOfType } from '../read.ts'
import type { Arrival, Site, SiteApp, VendorContext } from '../site.ts'
import type { Tokens } from '../tokens.ts'
import {
  type EntraApplication,
  type EntraError,
  INVALID_SECRET,
  missing,
  refusalOf,
} from './entra-refusal.ts'

const LIFETIME = 3599_000
const UNAVAILABLE: EntraError = [503, 'temporarily_unavailable', 90033, 'A transient error.']
const INVALID: EntraError = [400, 'invalid_request', 90023, 'The request is not valid.']

/** The token endpoint of Microsoft Entra, v2: RFC 6749 §4.4 with Entra's own errors. */
export function entra(context: VendorContext, application: EntraApplication, tokens: Tokens): Site {
  const key = randomBytes(32)

  const problem = ([, error, code, text]: EntraError) => {
    const timestamp = `${new Date(context.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`
    const [trace, correlation] = [randomUUID(), randomUUID()]
    return {
      error,
      error_description: `AADSTS${code}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
    }
  }

  const issue = (lifetime: number): string => {
    const now = context.now()
    const claims = {
      aud: application.scope.replace('/.default', ''),
      iss: `https://sts.windows.net/${application.tenant}/`,
      appid: application.clientId,
      iat: Math.floor(now / 1000),
      exp: Math.floor((now + lifetime) / 1000),
      uti: randomUUID(),
    }
    const token = signHs256(claims, key)
    tokens.enter(token, now + lifetime)
    return token
  }

  const app: SiteApp = new Hono()
  app.post('/:tenant/oauth2/v2.0/token', (c) => {
    const request = { tenant: c.req.param('tenant'), url: c.req.url, form: parametersOf(c.env) }
    const refusal = isOfType(c.env, 'application/x-www-form-urlencoded')
      ? refusalOf(request, application, context.now())
      : missing('grant_type')
    if (refusal) return Response.json(problem(refusal), { status: refusal[0] })
    const lifetime = context.lifetime() ?? LIFETIME
    const expiresIn = Math.floor(lifetime / 1000)
    return Response.json({
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: issue(lifetime),
    })
  })
  app.notFound(() => Response.json(problem(INVALID), { status: 404 }))

  return {
    service: 'kalibrate',
    host: 'login.microsoftonline.com',
    endpoint: () => 'token',
    problem: (status) => {
      const late = status === 429 || status >= 500
      return Response.json(problem(status === 401 ? INVALID_SECRET : late ? UNAVAILABLE : INVALID))
    },
    app,
  }
}

/** The fields of the form, and with them those of a client that authenticates in the header. */
function parametersOf(arrival: Arrival): URLSearchParams {
  const form = formOf(arrival)
  const basic = /^Basic (\S+)$/i.exec(arrival.headers.get('authorization') ?? '')?.[1]
  if (!basic) return form
  // RFC 6749 §2.3.1: each is form-encoded before a colon joins them.
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':', 2)
  // The id may be in the body as well; a second secret shows up as a duplicate.
  for (const [name, value] of new URLSearchParams(`client_id=${id}&client_secret=${secret}`))
    if (name === 'client_secret' || form.get(name) !== value) form.append(name, value)
  return form
}
