import { SigningError } from './errors.ts'
import { assertSecure } from './origin.ts'
import { refusalsOf } from './compose.ts'
import type { Signature, Signer } from './signer.ts'

/** What every client that signs requests takes beside its signer. */
export interface SignedOptions {
  /** Lets credentials travel over plain http to other machines. Default `false`. */
  allowInsecure?: boolean
  /**
   * How many bytes of a one-shot stream are read into memory for a signer that covers the body.
   * Default: none, such a stream is refused before anything is sent.
   */
  buffer?: number
}

/**
 * The URL as it goes on the wire, the same in every client: normalized, without a fragment and
 * without a lone `?`, which some clients send and others drop.
 *
 * @throws {SigningError} `invalid-url` or `insecure-url`, before a token is fetched.
 */
export function wireUrl(input: string | URL, { allowInsecure }: SignedOptions): URL {
  const base = (globalThis as { location?: { href?: string } }).location?.href
  const url = URL.parse(input, base)
  if (!url) throw new SigningError('invalid-url', 'Only an absolute http(s) URL can be signed')
  if (url.username || url.password) {
    throw new SigningError('invalid-url', `The URL of ${url.host} holds a user or a password`)
  }
  assertSecure(url, allowInsecure)
  url.hash = ''
  // An empty query that is set anew loses its question mark.
  if (url.search === '') url.search = ''
  return url
}

/** What every client strips by itself when a redirect leaves the origin, and what tells nothing. */
const STRIPPED = /^(?:authorization|user-agent)$/

/**
 * Whether redirects must be followed hop by hop: the client would carry this signature to another
 * origin, or to a target that it does not cover.
 */
export function followsByHand({ readsBody, readsTarget }: Signer, signature: Signature): boolean {
  return (
    readsBody === true ||
    readsTarget === true ||
    signature.url !== undefined ||
    !Object.keys(signature.headers).every((name) => STRIPPED.test(name))
  )
}

/** Whether a response with this status refuses the signature, and its signer wants to know. */
export function isRefusal(signer: Signer, { headers, url }: Signature, status: number): boolean {
  if (!signer.recover || !refusalsOf(signer).includes(status)) return false
  return url !== undefined || Object.keys(headers).length > 0
}

const MAX_HOPS = 20

/** One request of a chain of redirects. */
export interface Hop {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Whether the body goes along. */
  readonly keepsBody: boolean
}

/**
 * The request that a redirect asks for, by the rules of Fetch: 303, and POST under 301 and 302,
 * become GET; another origin gets neither credentials nor cookies.
 *
 * @returns `undefined` if the response is no redirect.
 * @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch Fetch §4.4}
 */
export function nextHop(
  from: Hop,
  status: number,
  location: string | null,
  count: number,
): Hop | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined
  const url = URL.parse(location, from.url)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new SigningError('redirect-refused', `${from.url.origin} redirects to no http(s) URL`)
  }
  if (count >= MAX_HOPS) {
    throw new SigningError(
      'redirect-refused',
      `${from.url.origin} redirects more than ${MAX_HOPS} times`,
    )
  }
  url.hash = ''
  if (url.search === '') url.search = ''
  const { method } = from
  const toGet =
    (status === 303 && method !== 'GET' && method !== 'HEAD') || (status < 303 && method === 'POST')
  const dropped = [
    ...(toGet
      ? [
          'content-type',
          'content-length',
          'content-encoding',
          'content-language',
          'content-location',
        ]
      : []),
    ...(url.origin === from.url.origin
      ? []
      : ['authorization', 'proxy-authorization', 'cookie', 'host']),
  ]
  const headers = Object.fromEntries(
    Object.entries(from.headers).filter(([name]) => !dropped.includes(name)),
  )
  return { method: toGet ? 'GET' : method, url, headers, keepsBody: from.keepsBody && !toGet }
}
