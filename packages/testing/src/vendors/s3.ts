import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { accessDenied, S3Error } from '../s3-error.ts'
import { sigv4Verifier } from '../sigv4.ts'
import { decoded, queryOf } from '../sigv4-message.ts'
import type { Arrival, Site, SiteApp, VendorContext } from '../site.ts'
import { xml } from '../xml.ts'
import type { AwsKeys } from './aws-keys.ts'
import type { ObjectStore } from './events-objects.ts'
import { listObjects } from './s3-list.ts'
import { objectAnswer } from './s3-object.ts'

export interface S3Options {
  readonly context: VendorContext
  readonly bucket: string
  readonly region: string
  readonly store: ObjectStore
  readonly keys: AwsKeys
  /** What the credentials open, slash at the end: to read what is in there, and to list folders. */
  readonly folder: string
}

/** How S3 words what is injected. */
const CODES: Readonly<Record<number, string>> = {
  403: 'AccessDenied',
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
  503: 'SlowDown',
}
const codeOf = (status: number): string =>
  CODES[status] ?? (status < 500 ? 'InvalidRequest' : 'InternalError')

/** What of a bucket or an object is asked for by its name in the query, and not for these credentials. */
const SUBRESOURCES = new Set(
  (
    'accelerate acl analytics attributes cors encryption intelligent-tiering inventory legal-hold ' +
    'lifecycle location logging metadataConfiguration metadataTable metrics notification object-lock ' +
    'ownershipControls policy policyStatus publicAccessBlock replication requestPayment restore ' +
    'retention select session tagging torrent uploadId uploads versionId versioning versions website'
  ).split(' '),
)
const WRITES = new Set(['PUT', 'POST', 'DELETE'])

/** Amazon S3 in one region, with one bucket: by its path, and by a host name of its own. */
export function s3(options: S3Options): readonly Site[] {
  const { context, bucket, region, store, keys, folder } = options
  const { now } = context
  const verify = sigv4Verifier({ region, service: 's3', now, keyOf: keys.keyOf })

  const answer = (arrival: Arrival, isBucket: boolean): Response => {
    verify(arrival)
    const { method, target } = arrival
    const [path = ''] = target.split('?', 1)
    const [name = '', ...rest] = (isBucket ? `/${bucket}${path}` : path).slice(1).split('/')
    const key = decoded(rest.join('/'))
    const query = new Map(queryOf(arrival))

    if (name !== bucket && name !== '') {
      throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', {
        BucketName: decoded(name),
      })
    }
    if (method !== 'GET' && method !== 'HEAD' && !WRITES.has(method)) {
      throw new S3Error(
        405,
        'MethodNotAllowed',
        'The specified method is not allowed against this resource.',
        { Method: method },
      )
    }
    const other = WRITES.has(method) || [...query.keys()].some((one) => SUBRESOURCES.has(one))
    if (name === '' || other) throw accessDenied()

    if (key === '') {
      const prefix = query.get('prefix') ?? ''
      if (!(prefix.startsWith(folder) && prefix.endsWith('/'))) throw accessDenied()
      const headers = { 'content-type': 'application/xml', 'x-amz-bucket-region': region }
      return new Response(listObjects(bucket, store, query), { headers })
    }
    if (!key.startsWith(folder)) throw accessDenied()
    const object = store.get(key)
    if (object) return objectAnswer(object, arrival)
    throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key })
  }

  const site = (host: string, isBucket: boolean): Site => {
    const app: SiteApp = new Hono()
    app.all('*', (c) => identified(() => answer(c.env, isBucket)))
    return {
      service: 'optimizelyEvents',
      host,
      endpoint: () => 'api',
      problem: (status) =>
        identified(() => {
          throw new S3Error(400, codeOf(status), 'An error of the sandbox.')
        }),
      app,
    }
  }
  const host = `s3.${region}.amazonaws.com`
  return [site(host, false), site(`${bucket}.${host}`, true)]
}

/** The answer, or the error in XML, with the ids by which Amazon finds it again. */
function identified(work: () => Response): Response {
  const requestId = randomBytes(8).toString('hex').toUpperCase()
  const hostId = randomBytes(56).toString('base64')
  let response: Response
  try {
    response = work()
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    const { code, message, details, status } = error
    const content = { Code: code, Message: message, ...details }
    response = new Response(xml('Error', { ...content, RequestId: requestId, HostId: hostId }), {
      status,
      headers: {
        'content-type': 'application/xml',
        // All that an answer to HEAD has to say of a wrong region.
        ...(details.Region && { 'x-amz-bucket-region': String(details.Region) }),
      },
    })
  }
  const { headers } = response
  headers.set('x-amz-request-id', requestId)
  headers.set('x-amz-id-2', hostId)
  headers.set('server', 'AmazonS3')
  return response
}
