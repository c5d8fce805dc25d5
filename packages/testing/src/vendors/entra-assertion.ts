import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { decodeJwt } from '../jwt.ts'

/** The certificate that an app has registered with Entra, as far as it takes one to verify. */
export interface AssertionKey {
  /** The public key, or the whole certificate: a KeyObject or PEM. */
  readonly publicKey: KeyObject | string
  /** base64url of the SHA-256 of the certificate's DER; checked against `x5t#S256` if given. */
  readonly thumbprint?: string
}

export interface Expected {
  readonly key: AssertionKey | undefined
  readonly clientId: string
  readonly audiences: readonly string[]
  /** Ms since the Unix epoch. */
  readonly now: number
}

/** What may pass between the clocks of client and server, in seconds. */
const LEEWAY = 300

/** Why a client assertion (RFC 7523 §3) is refused, with Entra's number; `undefined` if it holds. */
export function assertionRefusal(
  assertion: string,
  { key, clientId, audiences, now }: Expected,
): [code: number, description: string] | undefined {
  const jwt = decodeJwt(assertion)
  if (!jwt) return [50027, 'The client assertion is not a JWT.']
  if (!key) return [700027, 'No certificate is registered for this client.']

  const { alg, typ, x5t, 'x5t#S256': x5tS256 } = jwt.header
  if (alg !== 'PS256' && alg !== 'RS256')
    return [50027, 'The algorithm is neither PS256 nor RS256.']
  if (typ !== undefined && typ !== 'JWT') return [50027, "The header's typ is not JWT."]
  if (!x5t && !x5tS256) return [700027, 'The header names no certificate (x5t#S256 or x5t).']
  if (key.thumbprint && x5tS256 && x5tS256 !== key.thumbprint)
    return [700027, 'The certificate that the header names is not registered.']

  const publicKey =
    typeof key.publicKey === 'string' ? createPublicKey(key.publicKey) : key.publicKey
  const padding = alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  // RFC 7518 §3.5: the salt of PS256 is as long as its hash.
  const rsa = { key: publicKey, padding, saltLength: 32 }
  if (!verify('sha256', Buffer.from(jwt.input), rsa, jwt.signature))
    return [700027, 'The client assertion failed signature validation.']

  const { aud, iss, sub, jti, nbf, exp } = jwt.claims
  if (!audiences.includes(String(aud))) return [700023, 'The audience is not this endpoint.']
  if (iss !== clientId || sub !== clientId) return [700021, 'iss and sub are not both the client.']
  if (typeof jti !== 'string' || jti === '') return [50027, 'The claim jti is missing.']
  const seconds = now / 1000
  if (typeof exp !== 'number' || exp <= seconds - LEEWAY)
    return [700024, 'The client assertion has expired.']
  if (typeof nbf !== 'number' || nbf > seconds + LEEWAY)
    return [700024, 'The client assertion is not yet valid.']
  return undefined
}
