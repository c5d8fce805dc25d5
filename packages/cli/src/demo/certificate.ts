import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** A key and its certificate: the client holds the one half, the sandbox knows the other. */
export interface Certificate {
  /** PKCS #8 in PEM. */
  readonly key: string
  readonly pem: string
  readonly registered: { readonly publicKey: KeyObject; readonly thumbprint: string }
}

/** Makes a key with a stand-in for its certificate, of which nothing but the thumbprint is ever used. */
export function certificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const der = randomBytes(64)
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    pem: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----`,
    registered: { publicKey, thumbprint: createHash('sha256').update(der).digest('base64url') },
  }
}
