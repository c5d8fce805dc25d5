import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { setupServer } from 'msw/node'
import { expect, onTestFinished, test } from 'vitest'
import { createSandbox, type Sandbox } from '../src/index.ts'
import { handlers } from '../src/msw.ts'
import { listen } from '../src/server.ts'

const Bucket = 'optimizely-events-data'

/** A client with credentials from the sandbox. */
const open = async (sandbox: Sandbox, config: S3ClientConfig) => {
  const answer = await sandbox.fetch('https://api.optimizely.com/v2/export/credentials', {
    headers: { authorization: `Bearer ${sandbox.options.optimizelyEvents.token}` },
  })
  const { credentials, s3Path } = await answer.json()
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const s3 = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    maxAttempts: 1,
    ...config,
  })
  onTestFinished(() => s3.destroy())
  return { sandbox, s3, folder: `${s3Path.replace(`s3://${Bucket}/`, '')}/` }
}

const overHttp = async (objects = 4) => {
  const sandbox = createSandbox({ optimizelyEvents: { objects } })
  const server = await listen(sandbox)
  onTestFinished(server.close)
  const endpoint = server.origins['s3.us-east-1.amazonaws.com'] ?? ''
  return open(sandbox, { endpoint, forcePathStyle: true })
}

test('the AWS SDK lists page by page, and downloads', async () => {
  const { sandbox, s3, folder } = await overHttp(6)
  const Prefix = `${folder}type=events/`
  const keys: string[] = []
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 4 }, { Bucket, Prefix }))
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
  expect(keys).toHaveLength(18)
  expect(sandbox.count({ endpoint: 'api' })).toBe(5)

  for (const Key of keys) {
    const { Body, ContentLength, ETag } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }))
    expect([head.ContentLength, head.ETag]).toEqual([ContentLength, ETag])
    const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=2-9' }))
    expect(await part.Body?.transformToByteArray()).toEqual(bytes.slice(2, 10))
    expect(part.ContentRange).toBe(`bytes 2-9/${bytes.length}`)
  }
  expect(sandbox.count({ endpoint: 'api', status: 200 }) + sandbox.count({ status: 206 })).toBe(59)
})

test('the AWS SDK knows the errors by their names', async () => {
  const { sandbox, s3, folder } = await overHttp()
  const Key = `${folder}none`
  const list = (Prefix: string) => s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }
  await expect(list(folder.slice(0, -1))).rejects.toMatchObject(denied)
  await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
    name: 'NoSuchKey',
    $metadata: { requestId: expect.stringMatching(/^[\dA-F]{16}$/) },
  })
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
    name: 'NotFound',
  })
  sandbox.inject({ endpoint: 'api', status: 503 })
  await expect(list(folder)).rejects.toMatchObject({ name: 'SlowDown' })
  sandbox.expire('optimizelyEvents')
  await expect(list(folder)).rejects.toMatchObject({ name: 'ExpiredToken' })
  sandbox.revoke('optimizelyEvents')
  await expect(list(folder)).rejects.toMatchObject({ name: 'InvalidToken' })
})

test('under MSW it needs no other address', async () => {
  const { sandbox, s3, folder } = await open(createSandbox(), {})
  const msw = setupServer(...handlers(sandbox))
  msw.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => msw.close())
  const Prefix = `${folder}type=events/`
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  expect(Contents).toHaveLength(12)
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    expect(await Body?.transformToString()).toMatch(/^PAR1/)
  }
  expect(sandbox.count({ host: `${Bucket}.s3.us-east-1.amazonaws.com`, status: 200 })).toBe(13)
})
