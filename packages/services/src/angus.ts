import { bearer, exchange, OptionError, type SecretSource, SigningError } from '@countersign/core'
import { jwtExpiry } from '@countersign/core/jwt'
import { nonEmpty, unexpected } from '@countersign/core/kit'
import type { JsonObject } from 'type-fest'
import {
  baseUrlOf,
  seams,
  secretOf,
  service,
  type ServiceOptions,
  type ServiceSigner,
  type SourceWrapper,
  tokenEndpointOf,
} from './service.ts'

export type { ServiceOptions, ServiceSigner, SourceWrapper }

export interface AngusOptions extends ServiceOptions {
  username: string
  clientId: string
  /** The long-lived secret that is traded for tokens. */
  accessToken: SecretSource
  /** Ends in a slash. Default `https://console.angus.ai/api-token-authstream/`. */
  tokenEndpoint?: string | URL | undefined
}

export interface AngusSigner extends ServiceSigner {
  /**
   * The URL of the next page, from the `next_page` of this one: a whole URL or a path.
   * `undefined` after the last page.
   *
   * @throws {SigningError} `foreign-origin`, if it leads away from the API.
   */
  nextPage(next: string | null | undefined): string | undefined
}

const BASE_URL = 'https://data.angus.ai/api/1'
const TOKEN_ENDPOINT = 'https://console.angus.ai/api-token-authstream/'

/**
 * Signs for the data API of Angus.ai with a token that the console hands out, for five hours each.
 *
 * @throws {OptionError} if an option is missing or wrong.
 */
export function angus(options: AngusOptions): AngusSigner {
  const { request, keep } = seams(options)
  const username = nonEmpty('username', options.username)
  const client_id = nonEmpty('clientId', options.clientId)
  const accessToken = secretOf('accessToken', options.accessToken, nonEmpty)
  const baseUrl = baseUrlOf(options, BASE_URL)
  const url = tokenEndpointOf(options, TOKEN_ENDPOINT)
  if (!url.pathname.endsWith('/')) {
    throw new OptionError(
      'tokenEndpoint',
      'takes a URL whose path ends in a slash: without it the server redirects, and the credentials in the body are lost',
    )
  }

  const token = exchange({
    ...request,
    url,
    json: async () => ({ username, client_id, access_token: await accessToken() }),
    read(body) {
      const { token } = Object(body) as JsonObject
      if (typeof token !== 'string') throw unexpected('`token` is missing')
      const expiresAt = jwtExpiry(token)
      return { token, ...(expiresAt !== undefined && { expiresAt }) }
    },
    // Django REST framework: a list of complaints per field, or one about `detail`.
    readError: (body) => ({
      errorDescription: Object.entries(typeof body === 'object' ? Object(body) : {})
        .map(([field, words]) => `${field}: ${[words].flat().join(' ')}`)
        .join('; '),
    }),
  })

  const nextPage = (next: string | null | undefined): string | undefined => {
    if (!next) return undefined
    const page = URL.parse(next, `${baseUrl}/`)
    const { origin } = new URL(baseUrl)
    // Neither a user of somebody's nor another scheme around the origin.
    if (page?.href.startsWith(`${origin}/`)) return page.href
    const where = page?.origin === origin ? 'another kind of URL' : (page?.origin ?? 'no URL')
    throw new SigningError(
      'foreign-origin',
      `next_page leads to ${where}: only pages of ${origin} are followed, since the token belongs there alone`,
    )
  }
  return service({ baseUrl, nextPage }, bearer(keep(token)))
}
