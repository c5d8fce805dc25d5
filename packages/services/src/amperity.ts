import {
  bearer,
  cached,
  clientCredentials,
  clientSecretPost,
  compose,
  header,
  OptionError,
  type SecretSource,
  type Signer,
} from '@countersign/core'
import { nonEmpty, secureUrl } from '@countersign/core/kit'
import { type AmperityIssuer, givenToken, issuedToken } from './amperity-tokens.ts'
import {
  baseUrlOf,
  matching,
  oneOf,
  seams,
  service,
  type ServiceOptions,
  type ServiceSigner,
  type SourceWrapper,
  tokenEndpointOf,
} from './service.ts'

export type { AmperityIssuer, ServiceOptions, ServiceSigner, SourceWrapper }

interface AmperityTenant extends ServiceOptions {
  /** The tenant's id, as in `https://<tenant>.amperity.com`. */
  tenant: string
  /** Further origins that the token may go to, such as a domain of the tenant's own. */
  origins?: readonly (string | URL)[]
  /** Default: the one under `baseUrl` that hands out tokens for these credentials. */
  tokenEndpoint?: string | URL | undefined
}

/** One of three: a token made in the UI, an issuer of tokens, or OAuth 2 client credentials. */
export type AmperityOptions = AmperityTenant &
  (
    | { token: SecretSource; issuer?: never; clientId?: never; clientSecret?: never }
    | { issuer: AmperityIssuer; token?: never; clientId?: never; clientSecret?: never }
    | { clientId: string; clientSecret: SecretSource; token?: never; issuer?: never }
  )

/** Which headers each API wants: the first row whose path begins the request's. */
const APIS: readonly (readonly [path: string, tenantHeader: string, version?: string])[] = [
  ['/stream/', 'x-amperity-tenant'],
  ['/api/v0/', 'x-amperity-tenant'],
  ['/attribute/', 'amperity-tenant', '2025-07-31'],
  ['/api/', 'amperity-tenant', '2024-04-01'],
  ['/', 'amperity-tenant'],
]
const SHARED = ['https://app.amperity.com', 'https://app-aws-apse2.amperity.com']
/** One label of a host name. RFC 1123 §2.1 */
const LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i
const DAY = 86_400_000

/**
 * Signs for Amperity's APIs: a bearer token, and the tenant and version headers that each of them
 * wants. An `api-version` of the caller's own wins, be it a header or in the query.
 *
 * A token made in the UI cannot be renewed. From a day before its end on, `onEvent` is told by
 * `unchanged` how long it still lives.
 *
 * @throws {OptionError} if an option is missing or wrong, or if two kinds of credentials are given.
 */
export function amperity(options: AmperityOptions): ServiceSigner {
  const { request, cache, keep } = seams(options)
  const { now = Date.now } = options
  const tenant = matching('tenant', options.tenant, LABEL, "the tenant's id, one label of a host")
  const home = `https://${tenant}.amperity.com`
  const baseUrl = baseUrlOf(options, home)
  const further = [options.origins ?? []]
    .flat()
    .map((origin) => secureUrl('origins', origin, options.allowInsecure))
  const way = oneOf(options, 'token', 'issuer', 'clientSecret')
  if (way !== 'clientSecret' && options.clientId !== undefined) {
    throw new OptionError('clientId', `cannot go together with \`${way}\``)
  }

  const endpoint = (path: string) => ({
    ...request,
    tokenEndpoint: tokenEndpointOf(options, baseUrl + path),
    headers: { 'x-amperity-tenant': tenant },
  })
  const tokens = {
    token: () =>
      cached(givenToken(options.token as SecretSource, now), { ...cache, advisoryWindow: DAY }),
    issuer: () => keep(issuedToken(options.issuer as AmperityIssuer, endpoint, now)),
    clientSecret: () => {
      const clientId = nonEmpty('clientId', options.clientId)
      const clientAuth = clientSecretPost(options.clientSecret as SecretSource)
      const source = { ...endpoint('/api/v0/oauth2/token'), clientId, clientAuth }
      return keep(clientCredentials(source))
    },
  }
  const signer = compose(headersByPath(tenant, baseUrl), bearer(tokens[way]()))
  return service({ baseUrl }, signer, [home, ...SHARED, baseUrl, ...further])
}

function headersByPath(tenant: string, baseUrl: string): Signer {
  const below = baseUrl.slice(new URL(baseUrl).origin.length)
  const apis = APIS.map(([path, tenantHeader, version]) => {
    const unversioned = header(tenantHeader, tenant)
    const signer = version ? compose(unversioned, header('api-version', version)) : unversioned
    return { path, signer, unversioned }
  })
  return {
    sign(request) {
      const { pathname, searchParams } = new URL(request.url)
      const path = pathname.startsWith(`${below}/`) ? pathname.slice(below.length) : pathname
      const api = apis.find((one) => path.startsWith(one.path)) as (typeof apis)[number]
      return (searchParams.has('api-version') ? api.unversioned : api.signer).sign(request)
    },
  }
}
