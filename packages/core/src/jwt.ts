import { decodeJwt, importJWK, importPKCS8, type JWK, SignJWT } from 'jose'
import { OptionError } from './errors.ts'
import type { ClientAuth } from './oauth.ts'
import { milliseconds, kind } from './options.ts'
import type { MaybePromise } from './signer.ts'

/**
 * When a JWT ends, in ms since the Unix epoch. The token is decoded, not verified. `undefined` for
 * one without a usable `exp`, a broken one, or anything that is no JWT: opaque tokens are no error.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 RFC 7519 §4.1.4}
 */
export function jwtExpiry(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token)
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}

/** A private key: PKCS #8 PEM, a JWK, a key of WebCrypto or of Node. */
export type PrivateKey = string | JWK | CryptoKey | { readonly type: string }

export interface PrivateKeyJwtOptions {
  key: PrivateKey | (() => MaybePromise<PrivateKey>)
  /** The signature's algorithm, such as `ES256`, `PS256` or `RS256`. */
  alg: string
  /** Names the key for the server. */
  kid?: string
  /** The certificate of the key, in PEM: its thumbprint names the key, as Microsoft Entra demands. */
  certificate?: string
  /** Whom the assertion is for. Default: the token endpoint. */
  audience?: string
  /** How long an assertion is good, in ms. Default 300,000. */
  lifetime?: number
}

/**
 * Client authentication by a signed assertion instead of a shared secret, made anew for each request.
 *
 * @throws {OptionError} if an option is wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523 §2.2}
 * @see {@link https://learn.microsoft.com/entra/identity-platform/certificate-credentials Certificate credentials}
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuth {
  const { key, alg, kid, certificate, audience } = options
  const lifetime = milliseconds('lifetime', options.lifetime, 300_000)
  if (typeof alg !== 'string' || !/^(?:[EPR]S(?:256|384|512)|EdDSA|Ed25519)$/.test(alg)) {
    throw new OptionError(
      'alg',
      `takes an asymmetric algorithm of JWS, such as ES256 or PS256, not ${JSON.stringify(alg)}`,
    )
  }
  if (key === undefined || key === null || key === '') {
    throw new OptionError('key', `takes a private key, not ${kind(key)}`)
  }
  const der = certificate === undefined ? undefined : certificateBytes(certificate)
  let header: Promise<Record<string, string>> | undefined

  return async ({ clientId, tokenEndpoint, now }) => {
    header ??= thumbprints(der, alg)
    const seconds = Math.floor(now / 1000)
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg, typ: 'JWT', ...(kid && { kid }), ...(await header) })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience ?? tokenEndpoint)
      .setJti(crypto.randomUUID())
      .setIssuedAt(seconds)
      .setNotBefore(seconds)
      .setExpirationTime(seconds + Math.ceil(lifetime / 1000))
      .sign(await importKey(typeof key === 'function' ? await key() : key, alg))
    return {
      form: {
        client_id: clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      },
    }
  }
}

async function importKey(key: PrivateKey, alg: string): Promise<CryptoKey | Uint8Array> {
  if (typeof key === 'string') return importPKCS8(key, alg)
  return 'kty' in key ? importJWK(key as JWK, alg) : (key as CryptoKey)
}

function certificateBytes(pem: string): Uint8Array<ArrayBuffer> {
  const [, base64] =
    /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/.exec(pem) ?? []
  if (!base64) throw new OptionError('certificate', 'takes a certificate in PEM')
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}

/** RS256 is what older registrations use, with the SHA-1 thumbprint beside the newer one. */
async function thumbprints(
  der: Uint8Array<ArrayBuffer> | undefined,
  alg: string,
): Promise<Record<string, string>> {
  if (!der) return {}
  const digest = async (name: string) => {
    const bytes = new Uint8Array(await crypto.subtle.digest(name, der))
    return btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  }
  const sha256 = { 'x5t#S256': await digest('SHA-256') }
  return alg === 'RS256' ? { ...sha256, x5t: await digest('SHA-1') } : sha256
}
