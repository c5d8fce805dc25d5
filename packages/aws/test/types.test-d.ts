import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import {
  type AwsCredentials,
  cached,
  exchange,
  type MaybePromise,
  type Provider,
} from '@countersign/core'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'
import { expectTypeOf, test } from 'vitest'
import {
  type AwsClientCredentials,
  awsCredentials,
  credentialProcess,
  refreshableCredentials,
} from '../src/index.ts'

const events = optimizelyEvents({ token: 'token' })
const botocore = async () => ({ access_key: 'a', secret_key: 's', token: 't', expiry_time: 'iso' })

test('what the clients of the SDK take', () => {
  const credentials = awsCredentials(events.credentials)
  expectTypeOf(credentials).not.toBeAny()
  expectTypeOf(credentials).toEqualTypeOf<AwsClientCredentials>()
  expectTypeOf(credentials).toExtend<NonNullable<S3ClientConfig['credentials']>>()
  const client = new S3Client({ region: events.region, credentials })
  client.middlewareStack.use(credentials)
  expectTypeOf(credentials({ forceRefresh: true })).resolves.toHaveProperty('expiration')
})

test('sources', () => {
  expectTypeOf(awsCredentials).parameter(0).not.toBeAny()
  const client = new S3Client({})
  awsCredentials(
    exchange({
      url: 'https://a.example',
      read: () => ({ accessKeyId: 'a', secretAccessKey: 's' }),
    }),
  )
  awsCredentials(() => ({ accessKeyId: 'a', secretAccessKey: 's' }), { advisoryWindow: 1 })
  awsCredentials(async () => ({ AccessKeyId: 'a', SecretAccessKey: 's', Expiration: new Date() }))
  awsCredentials(() => ({ AccessKeyId: 'a', SecretAccessKey: 's', Token: 't', Expiration: '' }))
  awsCredentials(botocore)
  awsCredentials(cached(botocore as Provider<object> as Provider<AwsCredentials>))
  // The SDK's own.
  awsCredentials(client.config.credentials)
  // @ts-expect-error no function
  awsCredentials({ accessKeyId: 'a', secretAccessKey: 's' })
  // @ts-expect-error names that nobody uses
  awsCredentials(() => ({ key: 'a', secret: 's' }))
  // @ts-expect-error options are known
  awsCredentials(botocore, { advisory: 1 })
})

test('refreshable credentials', () => {
  const credentials = refreshableCredentials({ refresh: botocore, mandatoryWindow: 600_000 })
  expectTypeOf(credentials).toExtend<Provider<AwsCredentials>>()
  expectTypeOf(credentials.getFrozenCredentials()).toExtend<MaybePromise<AwsCredentials>>()
  expectTypeOf(credentials.refreshNeeded(1)).toEqualTypeOf<boolean>()
  refreshableCredentials({
    refresh: events.credentials,
    metadata: { access_key: 'a', secret_key: 's', token: null, expiry_time: 0 },
  })
  // @ts-expect-error the callback is missing
  refreshableCredentials({})
  // @ts-expect-error botocore wants to know the expiry
  refreshableCredentials({ refresh: () => ({ access_key: 'a', secret_key: 's', token: 't' }) })
})

test('a program for credential_process', () => {
  expectTypeOf(credentialProcess(events.credentials)).resolves.toEqualTypeOf<string>()
  expectTypeOf(credentialProcess({ accessKeyId: 'a', secretAccessKey: 's' })).resolves.toBeString()
  // @ts-expect-error a token is not AWS credentials
  credentialProcess({ token: 't' })
})
