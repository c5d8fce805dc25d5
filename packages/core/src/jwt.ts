// By its parts, since all of jose takes longer to load than a program may run.
import { decodeJwt } from 'jose/jwt/decode'
import { SignJWT } from 'jose/jwt/sign'
import { OptionError } from './errors.ts'
import { expiresAt } from './expiry.ts'
import {
  type PrivateKey,
  type PrivateKeySource,
  privateKey,
  readKey,
  signedBy,
  thumbprints,
} from './jwt-key.ts'
import type { ClientAuth } from './oauth.ts'
import { milliseconds, nonEmpty, wrong } from './options.ts'

export type { PrivateKey, PrivateKeySource }

/**
 * When a JWT ends, in ms since the Unix epoch. The token is decoded, not verified. `undefined` for
 * one without a usable `exp`, a broken one, or anything that is no JWT: opaque tokens are no error.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 RFC 7519 §4.1.4}
 */
export function jwtExpiry(token: string): number | undefined {
  try {
    return expiresAt(decodeJwt(token).exp)
  } catch {
    return undefined
  }
}

export interface PrivateKeyJwtOptions {
  /** The key, or where to read it each time: PKCS #8 in PEM, a JWK, a key of WebCrypto or of Node. */
  key: PrivateKeySource
  /** The signature's algorithm, such as `ES256`, `PS256` or `RS256`. */
  alg: string
  /** Names the key for the server. */
  kid?: string
  /** The certificate of the key, in PEM: its thumbprint names the key, as Microsoft Entra demands. */
  certificate?: string
  /** Whom the assertion is for. Default: the token endpoint. */
  audience?: string
  /** How long an assertion is good, in ms, from 1,000 on. Default 300,000. */
  lifetime?: number
}

/**
 * Client authentication by a signed assertion instead of a shared secret, made anew for each request.
 *
 * @throws {OptionError} if an option is wrong.
 * @throws {SigningError} `invalid-secret`, when it is used, if the key does not fit the algorithm.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523 §2.2}
 * @see {@link https://learn.microsoft.com/entra/identity-platform/certificate-credentials Certificate credentials}
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuth {
  const { key, alg, kid, certificate, audience, lifetime }: Partial<PrivateKeyJwtOptions> =
    options ?? {}
  if (typeof alg !== 'string' || !/^(?:[EPR]S(?:256|384|512)|EdDSA|Ed25519)$/.test(alg)) {
    throw wrong('alg', 'an asymmetric algorithm of JWS, such as ES256 or PS256', alg)
  }
  const source = typeof key === 'function' ? key : privateKey('key', key)
  const certified = thumbprints(certificate, alg)
  if (kid !== undefined) nonEmpty('kid', kid)
  if (audience !== undefined) nonEmpty('audience', audience)
  const seconds = Math.floor(milliseconds('lifetime', lifetime, 300_000) / 1000)
  if (seconds < 1) throw new OptionError('lifetime', 'takes 1,000 ms at least')

  return async ({ clientId, tokenEndpoint, now }) => {
    const from = Math.floor(now / 1000)
    const claims = new SignJWT()
      .setProtectedHeader({ alg, typ: 'JWT', ...(kid && { kid }), ...(await certified()) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience ?? tokenEndpoint)
      .setJti(crypto.randomUUID())
      .setIssuedAt(from)
      .setNotBefore(from)
      .setExpirationTime(from + seconds)
    return {
      form: {
        client_id: clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signedBy(await readKey(source), alg, claims),
      },
    }
  }
}
