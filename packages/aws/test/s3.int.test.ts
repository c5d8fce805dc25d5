import { Readable } from 'node:stream'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { signedFetch } from '@countersign/core'
import { sigv4 } from '@countersign/core/sigv4'
import type { OptimizelyEvents } from '@countersign/services/optimizelyEvents'
import { describe, expect, test } from 'vitest'
import { awsCredentials, refreshableCredentials } from '../src/index.ts'
import { download, keysOf, openExport, parts } from './support/export.ts'
import { BUCKET } from './support/s3-server.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** The AWS SDK for JavaScript, with credentials of this package, against S3. */

test("the vendor's own steps: obtain, list, download", async () => {
  const { sandbox, s3, events, folder, client } = await openExport()
  const objects = parts(folder, 3)
  await s3.put({ ...objects, [`${folder.replace('-31/', '-30/')}other.parquet`]: 'another day' })
  const { expiresAt, s3Path } = await events.credentials()
  expect(expiresAt).toBeGreaterThan(Date.now())
  expect(folder).toMatch(
    new RegExp(`^${s3Path.split('/').slice(3).join('/')}/type=decisions/date=`),
  )

  const got: Record<string, string> = {}
  for await (const key of keysOf(client(), folder, 2)) got[key] = await download(client(), key)
  expect(got).toEqual(objects)
  expect(sandbox.count()).toBe(1)
})

test('without the slash at the end it is denied, and the credentials are not to blame', async () => {
  const { sandbox, s3, credentials, folder, client } = await openExport()
  const s3Client = client()
  s3Client.middlewareStack.use(credentials)
  const list = new ListObjectsV2Command({ Bucket: BUCKET, Prefix: folder.slice(0, -1) })
  await expect(s3Client.send(list)).rejects.toMatchObject({ name: 'AccessDenied' })
  expect(s3.requests).toHaveLength(1)
  expect(sandbox.count()).toBe(1)
})

test('credentials of refreshableCredentials()', async () => {
  const { events, s3, folder, client } = await openExport()
  await s3.put(parts(folder, 1))
  const refresh = async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await events.credentials()
    const expiry_time = new Date(expiresAt).toISOString()
    return {
      access_key: accessKeyId,
      secret_key: secretAccessKey,
      token: sessionToken,
      expiry_time,
    }
  }
  const {
    accessKeyId,
    secretAccessKey,
    sessionToken = '',
  } = await refreshableCredentials({
    refresh,
  }).getFrozenCredentials()
  const frozen = client({ credentials: { accessKeyId, secretAccessKey, sessionToken } })
  expect(await download(frozen, `${folder}part-0000.parquet`)).toBe('rows of 0000')
})

describe('revoked in the middle', () => {
  const KEY = 'part-0000.parquet'

  test('a client with the plugin recovers: one request for credentials, however many commands', async () => {
    const { sandbox, s3, credentials, folder, client } = await openExport()
    await s3.put(parts(folder, 1))
    // One attempt: it is no matter of the SDK's retries.
    const s3Client = client({ maxAttempts: 1 })
    s3Client.middlewareStack.use(credentials)
    await download(s3Client, folder + KEY)
    sandbox.revoke('optimizelyEvents')
    const all = await Promise.all(
      Array.from({ length: 20 }, () => download(s3Client, folder + KEY)),
    )
    expect(new Set(all)).toEqual(new Set(['rows of 0000']))
    expect(s3.outcomes()).toEqual({ 200: 21, InvalidToken: 20 })
    expect(sandbox.count()).toBe(2)
  })

  test('and expired before their time', async () => {
    const { sandbox, s3, credentials, folder, client } = await openExport()
    const s3Client = client({ maxAttempts: 1 })
    s3Client.middlewareStack.use(credentials)
    sandbox.expire('optimizelyEvents')
    await s3Client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${folder}new`, Body: 'mine' }))
    expect(s3.outcomes()).toEqual({ ExpiredToken: 1, 200: 1 })
    expect(await download(s3Client, `${folder}new`)).toBe('mine')
  })

  test('a client without it fails on, until the credentials are replaced by hand or by another', async () => {
    const { sandbox, s3, credentials, folder, client } = await openExport()
    await s3.put(parts(folder, 1))
    const s3Client = client()
    sandbox.revoke('optimizelyEvents')
    for (let n = 0; n < 3; n++) {
      await expect(download(s3Client, folder + KEY)).rejects.toMatchObject({ name: 'InvalidToken' })
    }
    // The SDK tells a provider nothing of a refusal, and does not call it a reason to try again.
    expect(s3.outcomes()).toEqual({ InvalidToken: 3 })
    expect(sandbox.count()).toBe(1)

    await s3Client.config.credentials({ forceRefresh: true })
    expect(await download(s3Client, folder + KEY)).toBe('rows of 0000')

    sandbox.revoke('optimizelyEvents')
    const other = client()
    other.middlewareStack.use(credentials)
    await download(other, folder + KEY)
    expect(await download(s3Client, folder + KEY)).toBe('rows of 0000')
    expect(sandbox.count()).toBe(3)
  })

  test('new credentials that are refused, too: the error of S3, after one attempt more', async () => {
    const { s3, folder, client } = await openExport()
    let contacts = 0
    const credentials = awsCredentials(async () => ({
      accessKeyId: `ASIANOBODY${++contacts}`,
      secretAccessKey: 'secret',
      sessionToken: 'token',
    }))
    const s3Client = client({ credentials })
    s3Client.middlewareStack.use(credentials)
    await expect(download(s3Client, folder + KEY)).rejects.toMatchObject({ name: 'InvalidToken' })
    expect(s3.outcomes()).toEqual({ InvalidToken: 2 })
    expect(contacts).toBe(2)
  })

  test('a key that was rotated, which S3 no longer knows', async () => {
    const { s3, events, folder, client } = await openExport()
    await s3.put(parts(folder, 1))
    const credentials = awsCredentials((options) =>
      options?.refused
        ? events.credentials()
        : { accessKeyId: 'AKIAROTATED', secretAccessKey: 'secret' },
    )
    const s3Client = client({ credentials, maxAttempts: 1 })
    s3Client.middlewareStack.use(credentials)
    expect(await download(s3Client, folder + KEY)).toBe('rows of 0000')
    expect(s3.outcomes()).toEqual({ InvalidAccessKeyId: 1, 200: 1 })
  })

  test('with no new ones to be had: the error of S3', async () => {
    const { sandbox, s3, credentials, folder, client } = await openExport()
    const s3Client = client()
    s3Client.middlewareStack.use(credentials)
    sandbox.revoke('optimizelyEvents')
    sandbox.revoke('optimizelyEvents', 'credentials')
    await expect(download(s3Client, folder + KEY)).rejects.toMatchObject({ name: 'InvalidToken' })
    expect(s3.outcomes()).toEqual({ InvalidToken: 1 })
  })

  test('a stream is not sent twice, but the next command succeeds', async () => {
    const { sandbox, s3, credentials, folder, client } = await openExport()
    const s3Client = client({ requestChecksumCalculation: 'WHEN_REQUIRED', logger: silent })
    s3Client.middlewareStack.use(credentials)
    sandbox.revoke('optimizelyEvents')
    const put = (Body: string | Readable) =>
      s3Client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: `${folder}new`, Body, ContentLength: 4 }),
      )
    await expect(put(Readable.from(['mine']))).rejects.toMatchObject({ name: 'InvalidToken' })
    await put('mine')
    expect(s3.outcomes()).toEqual({ InvalidToken: 1, 200: 1 })
    expect(sandbox.count()).toBe(2)
  })

  test('a HEAD, whose answer does not say why, is no refusal', async () => {
    const { sandbox, s3, credentials, folder, client } = await openExport()
    await s3.put(parts(folder, 1))
    const s3Client = client()
    s3Client.middlewareStack.use(credentials)
    sandbox.revoke('optimizelyEvents')
    const head = new HeadObjectCommand({ Bucket: BUCKET, Key: folder + KEY })
    await expect(s3Client.send(head)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    })
    expect(sandbox.count()).toBe(1)
    await s3Client.send(new GetObjectCommand({ Bucket: BUCKET, Key: folder + KEY }))
    await s3Client.send(head)
    expect(sandbox.count()).toBe(2)
  })

  test.each([
    ['a service', (events: OptimizelyEvents) => events.credentials],
    [
      'refreshableCredentials()',
      ({ credentials: refresh }: OptimizelyEvents) => refreshableCredentials({ refresh }),
    ],
  ])('without an SDK, the signer of the core recovers on its own: %s', async (_, from) => {
    const { sandbox, s3, events, folder } = await openExport()
    await s3.put(parts(folder, 1))
    const { region } = events
    const credentials = from(events)
    await credentials()
    const api = signedFetch(sigv4({ credentials, region, service: 's3' }))
    const url = `${s3.endpoint}/${BUCKET}/${folder}${KEY}`
    sandbox.revoke('optimizelyEvents')
    const answers = await Promise.all(Array.from({ length: 20 }, () => api(url)))
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(new Set(texts)).toEqual(new Set(['rows of 0000']))
    expect(s3.outcomes()).toEqual({ 200: 20, InvalidToken: 20 })
    expect(sandbox.count()).toBe(2)

    const denied = await api(`${s3.endpoint}/${BUCKET}?list-type=2&prefix=${folder.slice(0, -1)}`)
    expect(denied.status).toBe(403)
    expect(await denied.text()).toContain('<Code>AccessDenied</Code>')
    expect(sandbox.count()).toBe(2)
  })

  test('the plugin twice on one client is one', async () => {
    const { sandbox, s3, credentials, folder, client } = await openExport()
    await s3.put(parts(folder, 1))
    const s3Client = client()
    s3Client.middlewareStack.use(credentials)
    s3Client.middlewareStack.use(credentials)
    sandbox.revoke('optimizelyEvents')
    await download(s3Client, folder + KEY)
    expect(s3.outcomes()).toEqual({ InvalidToken: 1, 200: 1 })
  })
})
