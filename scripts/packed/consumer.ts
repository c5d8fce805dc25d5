import {
  type AccessToken,
  bearer,
  cached,
  clientCredentials,
  type Provider,
  type Signer,
  signedFetch,
} from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { privateKeyJwt } from '@countersign/core/jwt'

const client = { tokenEndpoint: new URL('https://id.example/token'), clientId: 'id' }
const tokens: Provider<AccessToken> = cached(
  clientCredentials({ ...client, clientSecret: () => Promise.resolve('secret') }),
)
const signers: Signer[] = [
  bearer(tokens),
  bearer(clientCredentials({ ...client, clientAuth: privateKeyJwt({ key: '', alg: 'ES256' }) })),
  hmac({ secret: 'secret', message: ['method', 'target'], headers: { 'x-mac': '{signature}' } }),
]
export const fetches: (typeof fetch)[] = signers.map((signer) => signedFetch(signer))

// @ts-expect-error a client proves itself in exactly one way
clientCredentials(client)
// @ts-expect-error a token is not a signer
signedFetch('token')
