import {
  bearer,
  type ClientAuth,
  clientCredentials,
  clientSecretPost,
  compose,
  OptionError,
  type SecretSource,
  userAgent,
} from '@countersign/core'
import { headerValue, nonEmpty, wrong } from '@countersign/core/kit'
import type { RequireExactlyOne } from 'type-fest'
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

export type { ServiceOptions, ServiceSigner, SourceWrapper }

interface KalibrateClient extends ServiceOptions {
  /** The directory of Microsoft Entra that knows the client, a GUID or a domain name. Production has another one. */
  tenant: string
  clientId: string
  /** The API's identifier with `/.default` behind it, from Kalibrate. */
  scope: string
  /** Names your program, since the gateway refuses the default of a client: `acme-pricing/2.1`. */
  userAgent: string
  /** Default `non-production`. `production` takes a `baseUrl` too, since Kalibrate does not publish its address. */
  environment?: 'non-production' | 'production'
  /** The host of Microsoft Entra. Default `login.microsoftonline.com`; national clouds have their own. */
  authority?: string
  /** Default: the one of `tenant` at `authority`. */
  tokenEndpoint?: string | URL | undefined
}

interface KalibrateSecrets {
  clientSecret: SecretSource
  /** A certificate instead of a secret: `privateKeyJwt()` of `@countersign/core/jwt`. */
  clientAuth: ClientAuth
}

export type KalibrateOptions = KalibrateClient & RequireExactlyOne<KalibrateSecrets>

const BASE_URL = 'https://dev.data.thekalibratecloud.com'
const AUTHORITY = 'login.microsoftonline.com'

const DOMAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i
const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i
const TENANT = new RegExp(`${GUID.source}|${DOMAIN.source}`, 'i')

/** What clients call themselves when nobody has told them who they are. */
const DEFAULT_AGENT =
  /^(?:python(?:-requests|-urllib|-httpx)?|aiohttp|node(?:\.js|-fetch)?|undici|deno|bun|curl|wget|axios|got|ky|ofetch|go-http-client|java|okhttp|postmanruntime)(?=$|[/ (])/i

/**
 * Signs for Kalibrate's Data API: an access token of Microsoft Entra, and a `User-Agent` that wins
 * over the client's own. A query goes on the wire as it was written, so that its `+` stays a `+`.
 *
 * @throws {OptionError} if an option is missing or wrong.
 */
export function kalibrate(options: KalibrateOptions): ServiceSigner {
  const { request, keep } = seams(options)
  const { authority = AUTHORITY, environment = 'non-production' } = options
  const tenant = matching('tenant', options.tenant, TENANT, 'the GUID or domain name of a tenant')
  matching('authority', authority, DOMAIN, 'a host name, such as login.microsoftonline.us')
  const way = oneOf(options, 'clientSecret', 'clientAuth')
  const agent = headerValue('userAgent', options.userAgent)
  if (DEFAULT_AGENT.test(agent)) {
    throw new OptionError(
      'userAgent',
      `takes the name of your own program, such as acme-pricing/2.1: Kalibrate's gateway refuses the default of a client, ${JSON.stringify(agent)}`,
    )
  }
  if (!['non-production', 'production'].includes(environment)) {
    throw wrong('environment', "'non-production' or 'production'", environment)
  }
  if (environment === 'production' && options.baseUrl === undefined) {
    throw new OptionError(
      'baseUrl',
      'is missing: Kalibrate does not publish the host of its production environment, so give the one that you were told',
    )
  }
  const baseUrl = baseUrlOf(options, BASE_URL)
  const standard = `https://${authority}/${tenant}/oauth2/v2.0/token`
  const token = clientCredentials({
    ...request,
    tokenEndpoint: tokenEndpointOf(options, standard),
    clientId: nonEmpty('clientId', options.clientId),
    clientAuth:
      way === 'clientAuth'
        ? (options.clientAuth as ClientAuth)
        : clientSecretPost(options.clientSecret as SecretSource),
    scope: nonEmpty('scope', options.scope),
    headers: { 'user-agent': agent },
  })
  return service({ baseUrl }, compose(userAgent(agent), bearer(keep(token))))
}
