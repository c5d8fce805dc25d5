import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { createSandbox } from '@countersign/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUCKET, type S3Server, startS3 } from './support/s3-server.ts'

/** The server itself: what a real one refuses, it refuses too, or the other tests would prove little. */

const sandbox = createSandbox()
let s3: S3Server
beforeAll(async () => {
  s3 = await startS3(() => sandbox.issued)
})
afterAll(() => s3.close())

async function issue() {
  const { token } = sandbox.options.optimizelyEvents
  await sandbox.fetch('https://api.optimizely.com/v2/export/credentials?duration=1h', {
    headers: { authorization: `Bearer ${token}` },
  })
  const issued = sandbox.issued.at(-1)
  if (!issued) throw new Error('The sandbox handed out nothing')
  const { accessKeyId, secretAccessKey, sessionToken, accountId } = issued
  const folder = `v1/account_id=${accountId}/type=decisions/date=2026-01-31/`
  await s3.put({ [`${folder}part-0.parquet`]: 'decisions' })
  return { credentials: { accessKeyId, secretAccessKey, sessionToken }, folder }
}

const client = (credentials: Awaited<ReturnType<typeof issue>>['credentials']) =>
  new S3Client({
    region: 'us-east-1',
    endpoint: s3.endpoint,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials,
  })

const get = (folder: string) =>
  new GetObjectCommand({ Bucket: BUCKET, Key: `${folder}part-0.parquet` })

test('what was issued opens its own folder', async () => {
  const { credentials, folder } = await issue()
  const answer = await client(credentials).send(get(folder))
  expect(await answer.Body?.transformToString()).toBe('decisions')
})

test('no signature', async () => {
  const { folder } = await issue()
  const response = await fetch(`${s3.endpoint}/${BUCKET}/${folder}part-0.parquet`)
  expect(response.status).toBe(403)
  expect(await response.text()).toContain('<Code>AccessDenied</Code>')
})

describe('credentials', () => {
  test.each([
    ['a key that nobody issued', 'InvalidAccessKeyId', { accessKeyId: 'AKIAUNKNOWN' }],
    ['a temporary one', 'InvalidToken', { accessKeyId: 'ASIAUNKNOWN' }],
    ['the secret of another key', 'SignatureDoesNotMatch', { secretAccessKey: 'wrong' }],
    ['the token of another key', 'InvalidToken', { sessionToken: 'wrong' }],
    ['no token', 'InvalidToken', { sessionToken: undefined }],
  ])('%s: %s', async (_, name, wrong) => {
    const { credentials, folder } = await issue()
    const mixed = { ...credentials, ...wrong } as typeof credentials
    await expect(client(mixed).send(get(folder))).rejects.toMatchObject({ name })
  })

  test('that have expired', async () => {
    const { credentials, folder } = await issue()
    sandbox.expire('optimizelyEvents')
    await expect(client(credentials).send(get(folder))).rejects.toMatchObject({
      name: 'ExpiredToken',
    })
  })

  test('that were revoked', async () => {
    const { credentials, folder } = await issue()
    await client(credentials).send(get(folder))
    sandbox.revoke('optimizelyEvents')
    await expect(client(credentials).send(get(folder))).rejects.toMatchObject({
      name: 'InvalidToken',
    })
  })
})

test.each([
  ['a folder without its slash', (folder: string) => folder.slice(0, -1)],
  ['the whole bucket', () => undefined],
  ['the folder of another account', () => 'v1/account_id=1/type=decisions/'],
])('%s: AccessDenied', async (_, prefixOf) => {
  const { credentials, folder } = await issue()
  const list = new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefixOf(folder) })
  await expect(client(credentials).send(list)).rejects.toMatchObject({ name: 'AccessDenied' })
})
