import { S3Error } from '../s3-error.ts'
import type { Arrival } from '../site.ts'
import type { StoredObject } from './events-objects.ts'

/**
 * `GetObject` and `HeadObject`: all of it or one range, on the conditions of `If-Match` and
 * `If-None-Match`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function objectAnswer(object: StoredObject, { method, headers }: Arrival): Response {
  const { etag, size, lastModified } = object
  if (headers.has('if-match') && !matches(headers.get('if-match'), etag)) {
    throw new S3Error(
      412,
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      { Condition: 'If-Match' },
    )
  }
  const known = { etag, 'last-modified': new Date(lastModified).toUTCString() }
  if (matches(headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: known })
  }

  const range = rangeOf(headers.get('range'), size)
  const [start, end] = range ?? [0, size]
  return new Response(method === 'HEAD' ? null : object.bytes(start, end), {
    status: range ? 206 : 200,
    headers: {
      ...known,
      'accept-ranges': 'bytes',
      'content-type': 'binary/octet-stream',
      'content-length': String(end - start),
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
      'x-amz-server-side-encryption': 'aws:kms',
    },
  })
}

const matches = (header: string | null, etag: string): boolean =>
  header !== null && header.split(',').some((one) => ['*', etag].includes(one.trim()))

/** RFC 9110 §14.1.2; of what is none, and of several at once, S3 takes no notice. */
function rangeOf(header: string | null, size: number): [start: number, end: number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  const backwards = first !== '' && last !== '' && Number(last) < Number(first)
  if (first + last === '' || backwards) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  if (start < end) return [start, end]
  throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', {
    RangeRequested: header ?? '',
    ActualObjectSize: size,
  })
}
