import {
  type AccessToken,
  bearer,
  CountersignError,
  exchange,
  type ExchangeSettings,
  type Provider,
  type SecretSource,
} from '@countersign/core'
import { jwtExpiry } from '@countersign/core/jwt'
import { unexpected, wrong } from '@countersign/core/kit'
import type { JsonObject, JsonValue } from 'type-fest'
import { matching, secretOf } from './service.ts'

/** Makes access tokens, each for a time, without a user interface. */
export interface AmperityIssuer {
  /** The id of the API key that the tokens belong to. */
  apiKeyId: string
  /** The issuer token. */
  token: SecretSource
  /** How long each token shall live, in ms. Default 3,600,000, an hour. */
  lifetime?: number
}

interface Endpoint extends ExchangeSettings {
  tokenEndpoint: URL
  headers: Record<string, string>
}

const HOUR = 3_600_000
const TEN_YEARS = 10 * 365.25 * 24 * HOUR
/** The answer is not documented: where the token has been seen, or may be. */
const MEMBERS = ['token', 'access-token', 'access_token', 'jwt']
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/

/** A token made in the UI, read anew when it nears its end: all that can be done is to give another. */
export function givenToken(token: SecretSource, now: () => number): Provider<AccessToken> {
  const read = secretOf('token', token)
  const accessToken = (text: string): AccessToken => {
    const expiresAt = jwtExpiry(text)
    if (expiresAt === undefined) return { token: text }
    if (now() < expiresAt) return { token: text, expiresAt }
    const end = new Date(Math.max(0, expiresAt)).toISOString()
    throw new CountersignError(
      'expired-value',
      `The Amperity token expired at ${end}. Create a new one in Amperity, and give that as \`token\`.`,
      { retryable: false },
    )
  }
  return typeof token === 'string' ? () => accessToken(token) : () => read().then(accessToken)
}

/** Tokens made by an issuer. Each is one more: nothing is rotated, and older ones stay good. */
export function issuedToken(
  issuer: AmperityIssuer,
  endpoint: (path: string) => Endpoint,
  now: () => number,
): Provider<AccessToken> {
  if (typeof issuer !== 'object' || issuer === null) throw wrong('issuer', 'an object', issuer)
  const { lifetime = HOUR } = issuer
  const id = matching('issuer.apiKeyId', issuer.apiKeyId, /^[\w-]+$/, 'the id of an API key')
  const read = secretOf('issuer.token', issuer.token)
  if (typeof lifetime !== 'number' || !(lifetime >= 1000 && lifetime <= TEN_YEARS)) {
    throw wrong('issuer.lifetime', 'milliseconds, from 1,000 to ten years', lifetime)
  }
  const seconds = (time: number) => Math.floor((time + lifetime) / 1000) * 1000
  const { tokenEndpoint, ...request } = endpoint(`/api/v0/admin/api-keys/${id}/tokens`)
  return exchange({
    ...request,
    url: tokenEndpoint,
    signer: bearer(read),
    json: () => ({ 'expires-at': new Date(seconds(now())).toISOString().replace('.000', '') }),
    text: true,
    read(body, { startedAt }) {
      const token = tokenIn(body)
      return { token, expiresAt: jwtExpiry(token) ?? seconds(startedAt) }
    },
    readError(body, status) {
      const { message } = Object(body) as JsonObject
      const words = typeof message === 'string' ? message : undefined
      if (status !== 401) return { errorDescription: words }
      return {
        errorDescription: `the issuer token was refused, since it has expired or was revoked: create a new one in Amperity, and give that as \`issuer.token\`${words ? `; ${words}` : ''}`,
      }
    },
  })
}

function tokenIn(body: JsonValue): string {
  const members = Object(body) as JsonObject
  const given = typeof body === 'string' ? JWT.exec(body)?.[0] : undefined
  const token = given ?? MEMBERS.map((name) => members[name]).find((value) => value !== undefined)
  if (typeof token === 'string') return token
  throw unexpected(`it holds no token: no ${MEMBERS.join(', no ')}, and it is no JWT`)
}
