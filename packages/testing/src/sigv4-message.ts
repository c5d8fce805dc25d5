import { createHash, createHmac } from 'node:crypto'
import { rawQueryOf } from './read.ts'
import { S3Error } from './s3-error.ts'
import type { Arrival } from './site.ts'

export interface CanonicalOptions {
  /** In lower case, in order. */
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
  /** S3 takes the path for its key; any other service normalises it, and escapes it as it is. */
  readonly pathIsKey: boolean
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export function canonicalRequest(arrival: Arrival, options: CanonicalOptions): string {
  const { signedHeaders, payloadHash, pathIsKey } = options
  const [path = ''] = arrival.target.split('?', 1)
  return [
    arrival.method,
    (pathIsKey ? decoded(path) : normalized(path)).split('/').map(escaped).join('/'),
    canonicalQuery(arrival),
    ...signedHeaders.map((name) => `${name}:${headerOf(arrival, name)}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

export function stringToSign(timestamp: string, scope: string, canonical: string): string {
  return ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n')
}

/** In hex. */
export function signatureOf(secretAccessKey: string, scope: string, message: string): string {
  const signature = [...scope.split('/'), message].reduce(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  )
  return signature.toString('hex')
}

export const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')

/** The query in pairs, without its escapes. A plus sign is a space: S3 finds `a b` for `prefix=a+b`. */
export function queryOf(arrival: Arrival): readonly (readonly [name: string, value: string])[] {
  return rawQueryOf(arrival)
    .replaceAll('+', ' ')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decoded(name), decoded(value.join('='))]
    })
}

/** Without its escapes; what is no UTF-8 behind them is no URI to S3. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.", { URI: text })
  }
}

/** RFC 3986 §2.3: nothing but what is unreserved stands for itself. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** RFC 3986 §5.2.4, and a row of slashes is one. */
function normalized(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const slash = segments.length > 0 && /\/\.{0,2}$/.test(path) ? '/' : ''
  return `/${segments.join('/')}${slash}`
}

function canonicalQuery(arrival: Arrival): string {
  return queryOf(arrival)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map((pair) => pair.map(escaped) as [string, string])
    .toSorted(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map((pair) => pair.join('='))
    .join('&')
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** Over a socket there is a Host header; elsewhere the origin has what it would say. */
function headerOf({ headers, origin }: Arrival, name: string): string {
  const value = headers.get(name) ?? (name === 'host' ? new URL(origin).host : '')
  return value.replace(/[ \t]+/g, ' ')
}
