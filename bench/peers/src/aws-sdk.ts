import { S3Client } from '@aws-sdk/client-s3'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
import type { CredentialsKeeper, CredentialsSource } from '../../src/clients/lifecycle.ts'
import { type Keeper, READ } from '../../src/clients/provider.ts'

const REGION = 'eu-central-1'

const identified = (source: CredentialsSource) => async () => {
  const { expiresAt, ...keys } = await source()
  return { ...keys, expiration: new Date(expiresAt) }
}

export const keepers: readonly Keeper[] = [
  {
    name: '@aws-sdk/client-s3: config.credentials',
    role: 'peer',
    over: READ,
    connect({ credentials }) {
      const client = new S3Client({ region: REGION, credentials: identified(credentials) })
      return () => client.config.credentials()
    },
  },
  {
    name: '@aws-sdk/credential-providers: fromNodeProviderChain',
    role: 'peer',
    over: READ,
    async connect({ credentials }) {
      const { accessKeyId, secretAccessKey } = await credentials()
      process.env.AWS_ACCESS_KEY_ID = accessKeyId
      process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey
      return fromNodeProviderChain()
    },
  },
]

export const credentialsKeepers: readonly CredentialsKeeper[] = [
  {
    name: '@aws-sdk/client-s3: config.credentials',
    role: 'peer',
    connect(source) {
      const client = new S3Client({ region: REGION, credentials: identified(source) })
      return () => client.config.credentials()
    },
  },
]
