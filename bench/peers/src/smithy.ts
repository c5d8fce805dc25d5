import { Sha256 } from '@aws-crypto/sha256-js'
import {
  doesIdentityRequireRefresh,
  isIdentityExpired,
  memoizeIdentityProvider,
} from '@smithy/core'
import { Hash } from '@smithy/core/serde'
import { memoize } from '@smithy/property-provider'
import { SignatureV4 } from '@smithy/signature-v4'
import type { CredentialsKeeper, CredentialsSource } from '../../src/clients/lifecycle.ts'
import { type Keeper, READ } from '../../src/clients/provider.ts'
import type { Signing } from '../../src/signers/signer.ts'
import { REGION, SERVICE, SIGV4_FLOOR } from '../../src/signers/sigv4.ts'

const identified = (source: CredentialsSource) => async () => {
  const { expiresAt, ...keys } = await source()
  return { ...keys, expiration: new Date(expiresAt) }
}

export const keepers: readonly Keeper[] = [
  {
    name: '@smithy/property-provider: memoize',
    role: 'peer',
    over: READ,
    connect: (source) =>
      memoize(identified(source.credentials), isIdentityExpired, doesIdentityRequireRefresh),
  },
  {
    name: '@smithy/core: memoizeIdentityProvider',
    role: 'peer',
    over: READ,
    connect(source) {
      const provider = memoizeIdentityProvider(
        identified(source.credentials),
        isIdentityExpired,
        doesIdentityRequireRefresh,
      )
      return () => provider?.()
    },
  },
]

/** As the clients of the SDK build it, under Node.js and in browsers. */
const HASHES = { 'node:crypto': Hash.bind(undefined, 'sha256'), '@aws-crypto/sha256-js': Sha256 }

export const sigv4: readonly Signing[] = Object.entries(HASHES).map(([name, sha256]) => ({
  name: `@smithy/signature-v4: ${name}`,
  role: 'peer',
  over: SIGV4_FLOOR,
  make({ id, secret }) {
    const signer = new SignatureV4({
      credentials: { accessKeyId: id, secretAccessKey: secret },
      region: REGION,
      service: SERVICE,
      sha256,
    })
    return async ({ method, url, headers, body }) => {
      const { protocol, hostname, pathname: path, searchParams } = new URL(url)
      const query = Object.fromEntries(searchParams)
      const request = { method, protocol, hostname, path, query, body }
      const signed = await signer.sign({ ...request, headers: { host: hostname, ...headers } })
      return signed.headers
    }
  },
}))

export const credentialsKeepers: readonly CredentialsKeeper[] = [
  {
    name: '@smithy/property-provider: memoize',
    role: 'peer',
    connect: (source) => memoize(identified(source), isIdentityExpired, doesIdentityRequireRefresh),
  },
  {
    name: '@smithy/core: memoizeIdentityProvider',
    role: 'peer',
    connect(source) {
      const provider = memoizeIdentityProvider(
        identified(source),
        isIdentityExpired,
        doesIdentityRequireRefresh,
      )
      return () => provider?.()
    },
  },
]
