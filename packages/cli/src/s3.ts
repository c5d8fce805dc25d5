import { urlOf } from './place.ts'
import { UsageError } from './usage-error.ts'

/** A place in S3, as `s3://bucket/key` or as a path in a bucket that goes without saying. */
export interface Place {
  readonly bucket: string | undefined
  readonly path: string
}

/** @throws {UsageError} if the bucket of an s3:// URL can be none. */
export function placeInS3(given: string): Place {
  const [, bucket, rest = ''] = /^s3:\/\/([^/?#]*)(.*)$/is.exec(given) ?? []
  if (bucket === undefined) return { bucket, path: given }
  if (/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(bucket)) return { bucket, path: rest }
  throw new UsageError('an s3:// URL is s3://bucket/key')
}

/**
 * The URL of an object or a listing: at AWS under the bucket's own host, and at another endpoint under
 * the bucket's name. With a dot in it that comes first at AWS, too: no wildcard of a certificate has one.
 */
export function s3Url(bucket: string, path: string, region: string, endpoint?: string): string {
  const host = `s3.${region}.amazonaws.com`
  const base =
    endpoint || bucket.includes('.')
      ? `${endpoint ?? `https://${host}`}/${bucket}`
      : `https://${bucket}.${host}`
  // In a key, a `#` is a character like any other.
  return urlOf(path.replaceAll('#', '%23'), base)
}

/** Whether AWS itself answers there, for whichever bucket. */
export function isS3(host: string, region: string): boolean {
  const names = ['s3', 's3.dualstack'].flatMap((name) =>
    ['', `.${region}`, `-${region}`].map((place) => `${name}${place}.amazonaws.com`),
  )
  return names.some((name) => host === name || host.endsWith(`.${name}`))
}
