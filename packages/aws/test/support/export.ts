import {
  GetObjectCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { type OptimizelyEvents, optimizelyEvents } from '@countersign/services/optimizelyEvents'
import { createSandbox, type Sandbox } from '@countersign/testing'
import { onTestFinished } from 'vitest'
import { type AwsClientCredentials, awsCredentials } from '../../src/index.ts'
import { BUCKET, type S3Server, startS3 } from './s3-server.ts'

/** Optimizely's credentials, the bucket that they open, and a client of the AWS SDK between them. */
export interface Export {
  readonly sandbox: Sandbox
  readonly s3: S3Server
  readonly events: OptimizelyEvents
  readonly credentials: AwsClientCredentials
  /** Ends in a slash. */
  readonly folder: string
  /** A client with these credentials. */
  client(config?: S3ClientConfig): S3Client
  /** Lets the next request for credentials wait, until what it returns is called. */
  hold(): () => void
  /** Every refresh that was begun has ended. */
  settled(): Promise<void>
}

export async function openExport(duration = '1h'): Promise<Export> {
  const sandbox = createSandbox()
  const s3 = await startS3(() => sandbox.issued)
  onTestFinished(s3.close)
  let underWay = 0
  let open = Promise.resolve()
  const events = optimizelyEvents({
    ...sandbox.options.optimizelyEvents,
    duration,
    fetch: async (input, init) => {
      await open
      return sandbox.fetch(input, init)
    },
    retry: { delay: 0 },
    onEvent: ({ type }) => {
      if (type === 'refresh-start') underWay++
      if (['refresh-ok', 'refresh-failed', 'unchanged'].includes(type)) underWay--
    },
  })
  const credentials = awsCredentials(events.credentials)
  await credentials()
  const accountId = sandbox.issued[0]?.accountId ?? ''
  const { prefix } = events.location({ accountId, type: 'decisions', date: '2026-01-31' })
  return {
    sandbox,
    s3,
    events,
    credentials,
    folder: prefix,
    client(config) {
      const client = new S3Client({
        region: events.region,
        endpoint: s3.endpoint,
        forcePathStyle: true,
        credentials,
        ...config,
      })
      onTestFinished(() => client.destroy())
      return client
    },
    hold() {
      let release = () => {}
      open = new Promise((resolve) => {
        release = resolve
      })
      return () => release()
    },
    async settled() {
      do await new Promise((resolve) => setImmediate(resolve))
      while (underWay > 0)
    },
  }
}

/** So many objects, and what is in them. */
export function parts(folder: string, count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, n) => String(n).padStart(4, '0'))
  return Object.fromEntries(
    names.map((name) => [`${folder}part-${name}.parquet`, `rows of ${name}`]),
  )
}

export async function download(client: S3Client, key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
  return (await Body?.transformToString()) ?? ''
}

/** The keys of a folder, page by page. */
export async function* keysOf(
  client: S3Client,
  folder: string,
  pageSize: number,
): AsyncGenerator<string> {
  const pages = paginateListObjectsV2({ client, pageSize }, { Bucket: BUCKET, Prefix: folder })
  for await (const { Contents = [] } of pages) {
    for (const { Key } of Contents) if (Key) yield Key
  }
}
