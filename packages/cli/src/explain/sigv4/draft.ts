import { createHash, createHmac } from 'node:crypto'
import type { Sigv4Explanation } from '@countersign/core/sigv4'
import { type Hashed, hasher } from '../bodies.ts'
import type { Mistake } from '../mistakes.ts'
import { type AwsFields, SCHEME } from './header.ts'

/** A signature in the making, in which anything can be done the wrong way. */
export interface Draft extends Hashed {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  /** Of the headers, in order. */
  readonly names: readonly string[]
  readonly time: string
  readonly day: string
  readonly region: string
  readonly service: string
  readonly end: string
  readonly secret: string
  /** Makes the canonical request of its parts. */
  canonical(parts: Canonical): string
  /** Makes the string to sign of a canonical request. */
  toSign(canonical: string, draft: Draft): string
  key(draft: Draft): Buffer
}

export interface Canonical extends Pick<Draft, 'method' | 'path' | 'query' | 'names'> {
  /** As lines. */
  readonly headers: readonly string[]
  readonly payload: string
}

export type AwsMistake = Mistake<Draft>

/** What is known of a request and of who signs it. */
export interface Known {
  readonly parts: Sigv4Explanation['parts']
  /** With nothing masked. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly time: string
  readonly secret: string
}

/** The draft of what was explained, within the scope and over the headers of a given one. */
export function draftOf(known: Known, { day, region, service, end, names }: AwsFields): Draft {
  const { parts, headers, body, time, secret } = known
  const { method, path, query, bodyHash } = parts
  return {
    method,
    path,
    query,
    headers,
    names,
    body,
    time,
    day,
    region,
    service,
    end,
    secret,
    // Of a body that is not covered, or whose hash was given, there is no other.
    digest: (bytes) => (bytes.equals(body) ? bodyHash : sha256(bytes).toString('hex')),
    canonical: canonicalRequest,
    toSign: (canonical, draft) =>
      [SCHEME, draft.time, scopeOf(draft), sha256(canonical).toString('hex')].join('\n'),
    key: (draft) => chained(`AWS4${draft.secret}`, draft),
  }
}

/** Makes signatures of drafts. */
export function drafter(): (draft: Draft) => string {
  const hashOf = hasher()
  return (draft) => {
    const { method, path, query, names } = draft
    const payload = hashOf(draft)
    const headers = names.map((name) => `${name}:${valueOf(draft, name, payload)}`)
    const canonical = draft.canonical({ method, path, query, names, headers, payload })
    return hmac(draft.key(draft), draft.toSign(canonical, draft)).toString('hex')
  }
}

/** Two headers say what is signed elsewhere. */
function valueOf({ headers, time }: Draft, name: string, payload: string): string {
  if (name === 'x-amz-date') return time
  return name === 'x-amz-content-sha256' ? payload : (headers[name.toLowerCase()] ?? '')
}

function canonicalRequest({ method, path, query, headers, names, payload }: Canonical): string {
  return [method, path, query, ...headers, '', names.join(';'), payload].join('\n')
}

export const scopeOf = ({ day, region, service, end }: Draft): string =>
  [day, region, service, end].join('/')

/** @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html} */
export function chained(start: string | Buffer, { day, region, service, end }: Draft): Buffer {
  return [day, region, service, end].reduce<Buffer>(hmac, Buffer.from(start))
}

export const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()
export const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()
