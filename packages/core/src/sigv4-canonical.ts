import { digester } from './digest.ts'
import type { SignableRequest } from './signer.ts'

/** A request in the form that both sides make of it before they hash it. */
export interface Canonical {
  readonly method: string
  readonly path: string
  readonly query: string
  /** Those that are covered, the host included, in no order. */
  readonly headers: Readonly<Record<string, string>>
  /** Theirs, in order. */
  readonly names: readonly string[]
  /** The same between semicolons. */
  readonly signedHeaders: string
  readonly bodyHash: string
}

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** What a client, a tracer or a proxy adds or changes once the request is signed. */
const CHANGING =
  /^(?:accept(?:-.+)?|authorization|baggage|cache-control|connection|content-length|cookie|dnt|expect|forwarded|from|keep-alive|max-forwards|origin|pragma|priority|proxy-.+|referer|sec-.+|te|trace(?:parent|state)|trailer|transfer-encoding|upgrade.*|user-agent|via|x-amzn-trace-id|x-forwarded-.+)$/

/**
 * The headers that are covered: the signature's own, and of the request's what arrives as it was sent.
 * The content type does not where the body is not given to sign: a form brings its own with it.
 */
export function covered(
  own: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  unsignedPayload = false,
): Pick<Canonical, 'headers' | 'names' | 'signedHeaders'> {
  const headers = { ...own }
  for (const [name, value] of Object.entries(given)) {
    const changes = CHANGING.test(name) || (unsignedPayload && name === 'content-type')
    if (!Object.hasOwn(own, name) && !changes) headers[name] = folded(value)
  }
  const names = Object.keys(headers).sort()
  return { headers, names, signedHeaders: names.join(';') }
}

export function canonicalText(canonical: Canonical): string {
  const { method, path, query, headers, names, signedHeaders, bodyHash } = canonical
  let text = `${method}\n${path}\n${query}\n`
  for (const name of names) text += `${name}:${headers[name]}\n`
  return `${text}\n${signedHeaders}\n${bodyHash}`
}

export function stringToSign(time: string, scope: string, canonical: Canonical): string {
  const hash = digester.hash('sha256', canonicalText(canonical), 'hex')
  return `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`
}

/** A caller who knows the hash of the body, or that it is not to be covered, says so by its header. */
export function bodyHashOf({ headers, body }: SignableRequest, unsigned: boolean): string {
  const given = headers['x-amz-content-sha256']
  if (given !== undefined) return folded(given)
  if (unsigned) return UNSIGNED_PAYLOAD
  return body?.length ? digester.hash('sha256', body, 'hex') : EMPTY
}

/** Of spaces and tabs: what else a browser takes for white space, a server does not. */
const folded = (value: string): string => value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')
