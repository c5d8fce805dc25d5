import { type AssertionKey, assertionRefusal } from './entra-assertion.ts'

/** An error as Entra words it: status, the RFC's code, its own AADSTS number, what it says. */
export type EntraError = readonly [status: number, error: string, code: number, text: string]

/** The application that is registered in the one tenant there is. */
export interface EntraApplication {
  readonly tenant: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string
  readonly certificate: AssertionKey | undefined
  /** Whether its secret and its certificate have been withdrawn. */
  revoked(): boolean
}

export interface TokenRequest {
  readonly tenant: string
  /** The endpoint as the caller knows it, on loopback perhaps: an assertion's audience. */
  readonly url: string
  readonly form: URLSearchParams
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export const INVALID_SECRET: EntraError = [
  401,
  'invalid_client',
  7000215,
  'Invalid client secret provided.',
]

export const missing = (name: string): EntraError => [
  400,
  'invalid_request',
  900144,
  `The request body must contain the following parameter: '${name}'.`,
]

/** Why a token request is refused, field by field; `undefined` where it is granted. */
export function refusalOf(
  request: TokenRequest,
  application: EntraApplication,
  now: number,
): EntraError | undefined {
  const { tenant, form } = request
  if (tenant !== application.tenant)
    return [400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`]
  for (const name of form.keys())
    if (form.getAll(name).length > 1)
      return [400, 'invalid_request', 9000411, `The parameter '${name}' is duplicated.`]
  for (const name of ['grant_type', 'client_id', 'scope']) if (!form.get(name)) return missing(name)
  if (form.get('grant_type') !== 'client_credentials')
    return [400, 'unsupported_grant_type', 70003, 'The grant type is not supported here.']
  return clientRefusal(request, application, now) ?? scopeRefusal(form.get('scope'), application)
}

function clientRefusal(
  { form, tenant, url }: TokenRequest,
  application: EntraApplication,
  now: number,
): EntraError | undefined {
  const { clientId, clientSecret, certificate, revoked } = application
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  if (form.get('client_id') !== clientId)
    return [400, 'unauthorized_client', 700016, 'The application was not found in the directory.']
  if (secret && assertion)
    return [400, 'invalid_request', 9002313, 'A request uses one client credential, not two.']
  if (secret) return secret === clientSecret && !revoked() ? undefined : INVALID_SECRET
  if (!assertion)
    return [401, 'invalid_client', 7000218, 'There is no client_assertion and no client_secret.']
  if (form.get('client_assertion_type') !== ASSERTION_TYPE)
    return [400, 'invalid_request', 90014, "The field 'client_assertion_type' is not valid."]
  const refusal = assertionRefusal(assertion, {
    key: revoked() ? undefined : certificate,
    clientId,
    audiences: [url, `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`],
    now,
  })
  return refusal && [401, 'invalid_client', ...refusal]
}

function scopeRefusal(scope: string | null, application: EntraApplication): EntraError | undefined {
  if (scope === application.scope) return undefined
  return scope?.endsWith('/.default')
    ? [400, 'invalid_scope', 70011, 'The scope is not valid.']
    : [400, 'invalid_scope', 1002012, "The scope must be a resource's '/.default'."]
}
