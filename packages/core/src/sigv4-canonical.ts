import { digester } from './digest.ts'
import type { MaybePromise, SignableRequest } from './signer.ts'
import { inSlices, isLarge } from './slices.ts'

/** Which headers are covered: all that arrive as they were sent, the host included. */
export interface Covered {
  /** In order. */
  readonly names: readonly string[]
  /** The same between semicolons. */
  readonly signedHeaders: string
}

/** A request in the form that both sides make of it before they hash it. */
export interface Canonical {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly covered: Covered
  /** The values of the headers that are covered, in their order. */
  readonly values: readonly string[]
  readonly bodyHash: string
}

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** What a client, a tracer or a proxy adds or changes once the request is signed. */
const CHANGING =
  /^(?:accept(?:-.+)?|authorization|baggage|cache-control|connection|content-length|cookie|dnt|expect|forwarded|from|keep-alive|max-forwards|origin|pragma|priority|proxy-.+|referer|sec-.+|te|trace(?:parent|state)|trailer|transfer-encoding|upgrade.*|user-agent|via|x-amzn-trace-id|x-forwarded-.+)$/

type Headers = Readonly<Record<string, string>>

/** How many sets of names are kept: those of reading and of writing, with and without a condition. */
const KEPT = 4

export type Coverage = (own: Headers, given: Headers) => Covered

/**
 * Tells which headers are covered: the signature's own, and of the request's what arrives as it was
 * sent. The content type does not where the body is not given to sign: a form brings its own with it.
 * The requests of one client have few sets of names, the last of which are kept.
 */
export function coverage(unsignedPayload = false): Coverage {
  const known: { ours: string[]; theirs: string[]; covered: Covered }[] = []
  return (own, given) => {
    const ours = Object.keys(own)
    const theirs = Object.keys(given)
    for (const seen of known) {
      if (equal(seen.ours, ours) && equal(seen.theirs, theirs)) return seen.covered
    }
    const lasting = theirs.filter(
      (name) => !CHANGING.test(name) && !(unsignedPayload && name === 'content-type'),
    )
    const names = [...new Set([...ours, ...lasting])].sort()
    const covered = { names, signedHeaders: names.join(';') }
    known.unshift({ ours, theirs, covered })
    known.length = Math.min(known.length, KEPT)
    return covered
  }
}

const equal = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((name, at) => name === others[at])

/** What the covered headers say. */
export function valuesOf({ names }: Covered, own: Headers, given: Headers): string[] {
  return names.map((name) =>
    Object.hasOwn(own, name) ? (own[name] as string) : folded(given[name] as string),
  )
}

export function canonicalText(canonical: Canonical): string {
  const { method, path, query, covered, values, bodyHash } = canonical
  const { names, signedHeaders } = covered
  let text = `${method}\n${path}\n${query}\n`
  for (let at = 0; at < names.length; at++) text += `${names[at]}:${values[at]}\n`
  return `${text}\n${signedHeaders}\n${bodyHash}`
}

export function stringToSign(time: string, scope: string, canonical: Canonical): string {
  const hash = digester.hash('sha256', canonicalText(canonical), 'hex')
  return `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`
}

/**
 * The hash of the body, a promise for a large one. A caller who knows it, or that the body is not to
 * be covered, says so by its header.
 */
export function bodyHashOf(
  { headers, body = '', signal }: SignableRequest,
  unsigned: boolean,
): MaybePromise<string> {
  const given = headers['x-amz-content-sha256']
  if (given !== undefined) return folded(given)
  if (unsigned) return UNSIGNED_PAYLOAD
  if (isLarge(body)) return inSlices(digester.hashing('sha256'), [body], 'hex', signal)
  return body.length ? digester.hash('sha256', body, 'hex') : EMPTY
}

/** Of spaces and tabs: what else a browser takes for white space, a server does not. */
const folded = (value: string): string =>
  /^ | {2}|\t| $/.test(value) ? value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '') : value
