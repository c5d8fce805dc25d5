import { type AwsIdentity, awsCredentials, refreshableCredentials } from '@countersign/aws'
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
import { explain, presign, type Sigv4Options, sigv4 } from '@countersign/core/sigv4'
import { signed } from '@countersign/ky'
import { amperity } from '@countersign/services/amperity'
import { kalibrate } from '@countersign/services/kalibrate'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'
import ky, { type KyInstance } from 'ky'

const events = optimizelyEvents({ token: 'token' })
const s3: Sigv4Options = { credentials: events.credentials, region: events.region, service: 's3' }
const client = { tokenEndpoint: new URL('https://id.example/token'), clientId: 'id' }
const tokens: Provider<AccessToken> = cached(
  clientCredentials({ ...client, clientSecret: () => Promise.resolve('secret') }),
)
const signers: Signer[] = [
  bearer(tokens),
  bearer(clientCredentials({ ...client, clientAuth: privateKeyJwt({ key: '', alg: 'ES256' }) })),
  amperity({ tenant: 'acme', token: 'token' }),
  hmac({ secret: 'secret', message: ['method', 'target'], headers: { 'x-mac': '{signature}' } }),
  sigv4(s3),
]
export const fetches: (typeof fetch)[] = signers.map((signer) => signedFetch(signer))

export const instances: KyInstance[] = signers.map((signer) => ky.extend(signed(signer)))

const { uri } = events.location({ accountId: 1, type: 'decisions', date: '2026-01-01' })
export const location: string = uri
export const identity: Promise<AwsIdentity> = awsCredentials(events.credentials)()
const rotated = refreshableCredentials({ refresh: events.credentials, advisoryWindow: 60_000 })
export const isDue: boolean = rotated.refreshNeeded()
export const presigned: string | Promise<string> = presign({ ...s3, url: uri, expiresIn: 900 })
export const canonical = async (): Promise<string> =>
  (await explain(s3, { method: 'GET', url: uri, headers: {} })).canonicalRequest

// @ts-expect-error an end of another name would never be seen
refreshableCredentials({ refresh: () => ({ access_key: 'id', secret_key: 'secret', token: 't' }) })
// @ts-expect-error a client proves itself in exactly one way
clientCredentials(client)
// @ts-expect-error a token is not a signer
signedFetch('token')
// @ts-expect-error one kind of credentials, not two
amperity({ tenant: 'acme', token: 'token', clientId: 'id', clientSecret: 'secret' })
// @ts-expect-error the gateway wants a name
kalibrate({ tenant: 'acme.example', clientId: 'id', clientSecret: 'secret', scope: 'scope' })
