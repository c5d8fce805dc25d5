import type { JsonValue, RequireExactlyOne } from 'type-fest'
import { abortable } from './abort.ts'
import { base64, formEncoded } from './encoding.ts'
import { OptionError } from './errors.ts'
import { type ExchangeAnswer, type ExchangeSettings, exchangeOf } from './exchange.ts'
import { members } from './exchange-error.ts'
import { expiresIn } from './expiry.ts'
import {
  assertOptions,
  defined,
  functionOr,
  isHeaderValue,
  nonEmpty,
  readSecret,
  secretSource,
  unexpected,
} from './options.ts'
import { secureUrl } from './origin.ts'
import type { AccessToken, Provider } from './provider.ts'
import { type MaybePromise, type SecretSource, andThen } from './signer.ts'

/** What a client authentication adds to a token request. */
export interface ClientAuthentication {
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** Proves to a token endpoint which client is asking, anew for each request. */
export type ClientAuth = (client: {
  clientId: string
  tokenEndpoint: string
  /** Milliseconds since the Unix epoch. */
  now: number
}) => MaybePromise<ClientAuthentication>

interface TokenRequestOptions extends ExchangeSettings {
  tokenEndpoint: string | URL
  clientId: string
  /** Space-separated, as the authorization server defines it. */
  scope?: string
  /** For servers that want to know which API the token is for. */
  audience?: string
  /** RFC 8707. */
  resource?: string
  /** Sent in the form beside the standard ones. */
  parameters?: Readonly<Record<string, string>>
  headers?: Readonly<Record<string, string>>
}

interface ClientSecrets {
  /** Sent by HTTP Basic, which every server must support (RFC 6749 §2.3.1). */
  clientSecret: SecretSource
  /** Another way to authenticate: {@link clientSecretPost}, `privateKeyJwt()`, or your own. */
  clientAuth: ClientAuth
}

export type ClientCredentialsOptions = TokenRequestOptions & RequireExactlyOne<ClientSecrets>

export type RefreshTokenOptions = TokenRequestOptions &
  // A public client has neither.
  (RequireExactlyOne<ClientSecrets> | { clientSecret?: never; clientAuth?: never }) & {
    /** The refresh token, or where to read it each time. */
    refreshToken: SecretSource
    /** Told of each new refresh token before its access token is used, so that it can be stored. */
    onRefreshToken?: (refreshToken: string) => MaybePromise<unknown>
  }

/**
 * The client's password by HTTP Basic, both parts form-encoded first.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 §2.3.1}
 */
export function clientSecretBasic(clientSecret: SecretSource): ClientAuth {
  const source = secretSource('clientSecret', clientSecret)
  return ({ clientId }) =>
    andThen(readSecret('clientSecret', source), (secret) => ({
      headers: {
        authorization: `Basic ${base64(`${formEncoded(clientId)}:${formEncoded(secret)}`)}`,
      },
    }))
}

/**
 * The client's password in the form, for servers that want it there.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 §2.3.1}
 */
export function clientSecretPost(clientSecret: SecretSource): ClientAuth {
  const source = secretSource('clientSecret', clientSecret)
  return ({ clientId }) =>
    andThen(readSecret('clientSecret', source), (secret) => ({
      form: { client_id: clientId, client_secret: secret },
    }))
}

/**
 * Access tokens for a program that acts for itself. Put {@link cached} around it.
 *
 * @throws {OptionError} when it is built, if an option is wrong.
 * @throws {ExchangeError} when it is called, if the endpoint refuses, fails or answers nonsense.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.4 RFC 6749 §4.4}
 */
export function clientCredentials(options: ClientCredentialsOptions): Provider<AccessToken> {
  const authenticate = clientAuthOf(options)
  if (!authenticate) throw new OptionError('clientSecret', 'or `clientAuth` is missing')
  return tokenRequest(
    options,
    authenticate,
    () => ({ grant_type: 'client_credentials' }),
    readToken,
  )
}

/**
 * Access tokens from a refresh token. A server that hands out a new refresh token with each
 * access token is followed; one that does not leaves the old one in use. Put {@link cached} around
 * it: two requests at a time with one refresh token cost the whole grant where tokens rotate.
 *
 * There is one request at a time, which goes on when its caller leaves. A lost answer is not tried
 * again at once, since the server may have rotated the token.
 *
 * @throws {OptionError} when it is built, if an option is wrong.
 * @throws {ExchangeError} when it is called, if the endpoint refuses, fails or answers nonsense.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 §6}
 */
export function refreshToken(options: RefreshTokenOptions): Provider<AccessToken> {
  const authenticate = clientAuthOf(options)
  const source = secretSource('refreshToken', options.refreshToken)
  const { onRefreshToken } = options
  functionOr('onRefreshToken', onRefreshToken, undefined)
  /** What the source gave, and what the server has since given for it. */
  let rotated: { from: string; to: string } | undefined
  let sent: string

  const request = tokenRequest(
    { ...options, retry: { unanswered: false, ...options.retry } },
    authenticate ?? (({ clientId }) => ({ form: { client_id: clientId } })),
    () =>
      andThen(readSecret('refreshToken', source), (text) => {
        sent = text
        return {
          grant_type: 'refresh_token',
          // A source that gives another token than before knows a newer one than the server's last.
          refresh_token: rotated?.from === text ? rotated.to : text,
        }
      }),
    (body, answer) => {
      const token = readToken(body, answer)
      const next = members(body).refresh_token
      return { token, next: typeof next === 'string' && next !== '' ? next : undefined }
    },
  )
  let running: Promise<AccessToken> | undefined
  async function run(): Promise<AccessToken> {
    try {
      const { token, next } = await request()
      if (next !== undefined) {
        rotated = { from: sent, to: next }
        await onRefreshToken?.(next)
      }
      return token
    } finally {
      running = undefined
    }
  }
  // A caller that leaves does not take the request along: its answer may hold the one refresh token
  // that is still good. Who comes meanwhile waits for the same answer.
  return ({ signal } = {}) => {
    signal?.throwIfAborted()
    running ??= run()
    return abortable(running, signal)
  }
}

function clientAuthOf(options: Partial<ClientSecrets>): ClientAuth | undefined {
  assertOptions(options)
  const { clientSecret, clientAuth } = options
  if (clientSecret !== undefined && clientAuth !== undefined) {
    throw new OptionError('clientAuth', 'cannot go together with `clientSecret`')
  }
  functionOr('clientAuth', clientAuth, undefined)
  return clientSecret === undefined ? clientAuth : clientSecretBasic(clientSecret)
}

function tokenRequest<T>(
  options: TokenRequestOptions,
  authenticate: ClientAuth,
  grant: () => MaybePromise<Record<string, string>>,
  read: (body: JsonValue, answer: ExchangeAnswer) => T,
): Provider<T> {
  const { scope, audience, resource, parameters, now = Date.now } = options
  const own = defined({ scope, audience, resource })
  for (const [name, value] of Object.entries(own)) nonEmpty(name, value)
  const clientId = nonEmpty('clientId', options.clientId)
  const url = secureUrl('tokenEndpoint', options.tokenEndpoint, options.allowInsecure)
  // An audience is compared as text: as written, and not as normalized.
  const tokenEndpoint = String(options.tokenEndpoint)
  return exchangeOf<T>({ ...options, url, read }, async () => {
    const proof = await authenticate({ tokenEndpoint, clientId, now: now() })
    const form = { ...parameters, ...(await grant()), ...own, ...proof.form }
    return { form, headers: proof.headers ?? {} }
  })
}

/**
 * Reads a token response.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 RFC 6749 §5.1}
 */
function readToken(body: JsonValue, { startedAt }: ExchangeAnswer): AccessToken {
  const { access_token: token, token_type: type, expires_in } = members(body)
  if (!isHeaderValue(token)) throw unexpected('`access_token` is missing or no text for a header')
  // The client must not use a token whose type it does not understand: RFC 6749 §7.1.
  if (type && !/^bearer$/i.test(String(type))) throw unexpected('`token_type` is not Bearer')
  return defined({
    token,
    type: type ? String(type) : undefined,
    expiresAt: expiresIn(expires_in, startedAt),
  })
}
