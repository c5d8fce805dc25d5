import { S3Error } from '../s3-error.ts'
import { xml } from '../xml.ts'
import type { ObjectStore, StoredObject } from './events-objects.ts'

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const MOST = 1000
/** What tokens begin with, so that they have what must be escaped in a query: `+/+/`. */
const MARK = Buffer.from([0xfb, 0xff, 0xbf])

/**
 * `ListObjectsV2`, or `ListObjects` where the query has no `list-type=2`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function listObjects(
  bucket: string,
  store: ObjectStore,
  query: ReadonlyMap<string, string>,
): string {
  const v2 = query.has('list-type')
  if (v2 && query.get('list-type') !== '2') {
    throw invalid('list-type', 'Invalid List Type specified in Request')
  }
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') {
    throw invalid('encoding-type', 'Invalid Encoding Method specified in Request')
  }
  const shown = encoding === undefined ? (name: string) => name : escaped
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const maxKeys = maxKeysOf(query.get('max-keys'))
  const token = query.get('continuation-token')
  const [startAfter, marker] = [query.get('start-after'), query.get('marker') ?? '']
  const after = v2 ? (token === undefined ? (startAfter ?? '') : placeOf(token)) : marker

  const { keys, prefixes, end } = page(store.keys(prefix, after), {
    prefix,
    delimiter,
    after,
    maxKeys,
  })
  const next = end === undefined ? undefined : tokenOf(end)
  return xml(
    'ListBucketResult',
    {
      Name: bucket,
      Prefix: shown(prefix),
      Delimiter: delimiter === '' ? undefined : shown(delimiter),
      MaxKeys: maxKeys,
      EncodingType: encoding,
      ...(v2
        ? {
            StartAfter: startAfter === undefined ? undefined : shown(startAfter),
            ContinuationToken: token,
            NextContinuationToken: next,
            KeyCount: keys.length + prefixes.length,
          }
        : {
            Marker: shown(marker),
            // Without a delimiter the last key is where the next page starts.
            NextMarker: end === undefined || delimiter === '' ? undefined : shown(end),
          }),
      IsTruncated: end !== undefined,
      Contents: keys.map((key) => {
        const { lastModified, etag, size } = store.get(key) as StoredObject
        return {
          Key: shown(key),
          LastModified: new Date(lastModified).toISOString(),
          ETag: etag,
          Size: size,
          StorageClass: 'STANDARD',
        }
      }),
      CommonPrefixes: prefixes.map((one) => ({ Prefix: shown(one) })),
    },
    NAMESPACE,
  )
}

interface PageOptions {
  readonly prefix: string
  readonly delimiter: string
  readonly after: string
  readonly maxKeys: number
}

/** As many as go on a page, keys that share what is before the delimiter as one. */
function page(
  listed: Iterable<string>,
  { prefix, delimiter, after, maxKeys }: PageOptions,
): { keys: string[]; prefixes: string[]; end?: string } {
  const keys: string[] = []
  const prefixes: string[] = []
  let last = after
  if (maxKeys === 0) return { keys, prefixes }
  for (const key of listed) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const item = cut < 0 ? key : key.slice(0, cut + delimiter.length)
    if (item === last) continue
    if (keys.length + prefixes.length === maxKeys) return { keys, prefixes, end: last }
    if (cut < 0) keys.push(key)
    else prefixes.push(item)
    last = item
  }
  return { keys, prefixes }
}

function maxKeysOf(text: string | undefined): number {
  const number = Number(text ?? MOST)
  if (text === '' || !Number.isInteger(number) || number < 0) {
    throw invalid('max-keys', 'Provided max-keys not an integer or within integer range')
  }
  return Math.min(number, MOST)
}

const tokenOf = (place: string): string =>
  Buffer.concat([MARK, Buffer.from(place)]).toString('base64')

function placeOf(token: string): string {
  const place = Buffer.from(token, 'base64').subarray(MARK.length).toString()
  if (tokenOf(place) === token) return place
  throw invalid('continuation-token', 'The continuation token provided is incorrect')
}

/** As S3 does it: a space is a plus sign, and slashes stay. */
const escaped = (name: string): string =>
  encodeURIComponent(name)
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')

const invalid = (argument: string, message: string): S3Error =>
  new S3Error(400, 'InvalidArgument', message, { ArgumentName: argument })
