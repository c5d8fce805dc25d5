import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import S3rver from '@20minutes/s3rver'
import AwsAccount from '@20minutes/s3rver/lib/models/account.js'
import type { IssuedAwsCredentials } from '@countersign/testing'

export const BUCKET = 'optimizely-events-data'

/** A request that reached the server, and what became of it. */
interface S3Request {
  readonly method: string
  readonly target: string
  readonly accessKeyId: string | undefined
  /** The status, or the code of a refusal that is not s3rver's. */
  readonly outcome: string
}

/** S3 with one bucket, on loopback. */
export interface S3Server {
  readonly endpoint: string
  readonly requests: readonly S3Request[]
  /** How many requests had each outcome. */
  outcomes(): Record<string, number>
  put(objects: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

/**
 * S3 as the holders of Optimizely's credentials meet it. s3rver keeps the objects and recomputes
 * each signature. What it takes on trust is refused before it: requests without a signature, keys
 * that were never issued, a session token of other keys, credentials that have expired or were
 * revoked, and whatever lies outside the account's folder, or is listed without the final slash.
 *
 * @param issued The credentials that are good, at this moment. The clock is `Date.now`.
 */
export async function startS3(issued: () => readonly IssuedAwsCredentials[]): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-s3-'))
  const s3 = new S3rver({ directory, silent: true, configureBuckets: [{ name: BUCKET }] })
  await s3.configureBuckets()
  const handle = s3.callback()
  const known = new Set<string>()
  const requests: S3Request[] = []

  function refusal(request: IncomingMessage): [status: number, code: string] | undefined {
    for (const one of issued()) {
      if (known.has(one.accessKeyId)) continue
      known.add(one.accessKeyId)
      AwsAccount.DUMMY_ACCOUNT.createKeyPair(one.accessKeyId, one.secretAccessKey)
    }
    const id = keyOf(request)
    if (id === undefined) return [403, 'AccessDenied']
    if (!id.startsWith('ASIA')) return [403, 'InvalidAccessKeyId']
    const good = issued().find(({ accessKeyId }) => accessKeyId === id)
    if (!good || request.headers['x-amz-security-token'] !== good.sessionToken) {
      return [400, 'InvalidToken']
    }
    if (good.expiration <= Date.now()) return [400, 'ExpiredToken']
    return isOpenTo(good, request) ? undefined : [403, 'AccessDenied']
  }

  const server = createServer((request, response) => {
    const refused = refusal(request)
    response.on('finish', () => {
      const outcome = refused?.[1] ?? String(response.statusCode)
      const { method = '', url: target = '' } = request
      requests.push({ method, target, accessKeyId: keyOf(request), outcome })
    })
    // Node.js would take the time of its own clock, which a test has not set.
    response.setHeader('date', new Date().toUTCString())
    if (!refused) return handle(request, response)
    const [status, code] = refused
    request.resume()
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    outcomes: () => {
      const counts: Record<string, number> = {}
      for (const { outcome } of requests) counts[outcome] = (counts[outcome] ?? 0) + 1
      return counts
    },
    async put(objects) {
      const entries = Object.entries(objects)
      await Promise.all(
        entries.map(([key, text]) =>
          s3.store.putObject({
            bucket: BUCKET,
            key,
            content: Readable.from([Buffer.from(text)]),
            metadata: {},
          }),
        ),
      )
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const keyOf = ({ headers }: IncomingMessage): string | undefined =>
  /^AWS4-HMAC-SHA256 Credential=(\w+)\//.exec(headers.authorization ?? '')?.[1]

/** What is in the account's folder may be read, and its folders listed by their names with the slash. */
function isOpenTo({ accountId }: IssuedAwsCredentials, { url = '' }: IncomingMessage): boolean {
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, bucket, ...path] = pathname.split('/').map(decodeURIComponent)
  const key = path.join('/')
  const place = key || (searchParams.get('prefix') ?? '')
  const isNamed = key !== '' || place.endsWith('/')
  return bucket === BUCKET && place.startsWith(`v1/account_id=${accountId}/`) && isNamed
}
