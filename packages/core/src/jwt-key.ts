import type { CryptoKey, JWK, KeyObject, SignJWT } from 'jose'
import * as base64url from 'jose/base64url'
import { importPKCS8 } from 'jose/key/import'
import { OptionError, SigningError } from './errors.ts'
import { handedOut, wrong } from './options.ts'
import type { MaybePromise } from './signer.ts'

/** A private key: PKCS #8 in PEM, a JWK, a key of WebCrypto or of Node. */
export type PrivateKey = string | JWK | CryptoKey | KeyObject

export type PrivateKeySource = PrivateKey | (() => MaybePromise<PrivateKey>)

const PKCS8 = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/
const CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/

/** A private key as far as can be seen without using it. What it holds is never shown. */
export function privateKey(option: string, key: unknown): PrivateKey {
  if (typeof key === 'string' && key !== '') {
    const [pem] = PKCS8.exec(key) ?? []
    if (pem) return pem
    throw new OptionError(
      option,
      'takes PKCS #8 in PEM ("BEGIN PRIVATE KEY"), which `openssl pkcs8 -topk8 -nocrypt` makes of other forms',
    )
  }
  const { kty, d, type } = (key ?? {}) as { kty?: unknown; d?: unknown; type?: unknown }
  if (type === 'private' || (typeof kty === 'string' && kty !== 'oct' && d !== undefined)) {
    return key as PrivateKey
  }
  throw wrong(option, 'a private key', key)
}

/** Reads a key now. */
export async function readKey(source: PrivateKeySource): Promise<PrivateKey> {
  return typeof source === 'function' ? handedOut('key', await source(), privateKey) : source
}

/** Signs, or says why the key cannot. Neither jose nor WebCrypto quotes a key. */
export async function signedBy(key: PrivateKey, alg: string, jwt: SignJWT): Promise<string> {
  try {
    return await jwt.sign(typeof key === 'string' ? await importPKCS8(key, alg) : key)
  } catch (error) {
    const { message } = error as Error
    throw new SigningError('invalid-secret', `\`key\` cannot sign with ${alg}: ${message}`)
  }
}

/** The names that a certificate gives its key. RFC 7515 §4.1.7 and §4.1.8 */
export function thumbprints(
  certificate: unknown,
  alg: string,
): () => MaybePromise<Record<string, string>> {
  if (certificate === undefined) return () => ({})
  const der = certificateBytes(certificate)
  const digest = async (name: string) =>
    base64url.encode(new Uint8Array(await crypto.subtle.digest(name, der)))
  return async () => ({
    'x5t#S256': await digest('SHA-256'),
    // RS256 is what older registrations use, and they know the older thumbprint.
    ...(alg === 'RS256' && { x5t: await digest('SHA-1') }),
  })
}

function certificateBytes(pem: unknown): Uint8Array<ArrayBuffer> {
  try {
    const [, base64] = CERTIFICATE.exec(pem as string) ?? []
    return Uint8Array.from(atob(base64 as string), (character) => character.charCodeAt(0))
  } catch {
    throw wrong('certificate', 'a certificate in PEM', pem)
  }
}
