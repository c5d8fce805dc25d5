import type { Writable } from 'type-fest'
import { SigningError } from './errors.ts'
import { assertOptions, assertSigner, milliseconds } from './options.ts'
import { isSecure } from './origin.ts'
import { place } from './redact.ts'
import { refusalsOf, type SignableRequest, type Signature, type Signer } from './signer.ts'

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

/** Checks what a signing client is built with. */
export function assertSigned(signer: unknown, options: SignedOptions): asserts signer is Signer {
  assertSigner(signer)
  assertOptions(options)
  milliseconds('buffer', options.buffer, 0)
}

/** A URL without a fragment, and without a lone `?`, which some clients send and others drop. */
function bare(url: URL): URL {
  // A setter costs more than the parser. What is empty loses its mark when it is set anew.
  if (url.href.includes('#')) url.hash = ''
  if (!url.search && url.href.endsWith('?')) url.search = ''
  return url
}

const invalid = () =>
  new SigningError('invalid-url', 'Only an absolute URL without user and password can be signed')

/** A URL; of what is none, its error tells nothing: that may hold a secret. */
export function absolute(input: string | URL): URL {
  const url = URL.parse(input, (globalThis as { location?: { href?: string } }).location?.href)
  if (!url) throw invalid()
  return url
}

/**
 * The URL as it goes on the wire, normalized alike in every client.
 *
 * @throws {SigningError} `invalid-url` or `insecure-url`, before a token is fetched.
 */
export function wireUrl(input: string | URL, { allowInsecure }: SignedOptions): URL {
  const url = absolute(input)
  if (url.username || url.password) throw invalid()
  if (!isSecure(url, allowInsecure)) {
    throw new SigningError(
      'insecure-url',
      `Credentials are not sent to ${place(url)}: it takes https, or http to the loopback interface. \`allowInsecure: true\` allows plain http.`,
    )
  }
  return bare(url)
}

/**
 * A secure URL that is normalized already, as most are: parsed, it would come out the same. A dot in
 * a path may be a step upwards, two hyphens in a host may be another alphabet, and a port of less
 * than four digits the scheme's own.
 */
const NORMAL =
  /^(?:https:\/\/(?:[a-z\d]+[.-])+[a-z]+|http:\/\/(?:localhost|127\.0\.0\.1))(?::[1-9]\d{3}|:[1-5]\d{4})?\/[\w/-]*(?:\?[\w.=&%+-]+)?$/

/**
 * {@link wireUrl} as text, without the parser where it would change nothing.
 *
 * @throws {SigningError} `invalid-url` or `insecure-url`, before a token is fetched.
 */
export function wireHref(input: string | URL, options: SignedOptions): string {
  return typeof input === 'string' && NORMAL.test(input) ? input : wireUrl(input, options).href
}

/** A request as its signer sees it, from what a client has of it. */
export function signable({
  method,
  url,
  headers,
  body,
  signal,
}: {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body?: string | Uint8Array | undefined
  signal?: AbortSignal | null | undefined
}): SignableRequest {
  const request: Writable<SignableRequest> = { method: method.toUpperCase(), url, headers }
  if (body !== undefined) request.body = body
  if (signal) request.signal = signal
  return request
}

/** What every client strips by itself when a redirect leaves the origin, and what tells nothing. */
const STRIPPED = ['authorization', 'user-agent']

/**
 * Whether redirects must be followed hop by hop: the client would carry this signature to another
 * origin, or to a target that it does not cover.
 */
export function followsByHand(
  { readsBody, readsTarget }: Signer,
  { url, headers }: Signature,
): boolean {
  if (readsBody || readsTarget || url) return true
  for (const name in headers) if (!STRIPPED.includes(name)) return true
  return false
}

/** Whether a response with this status refuses the signature, and its signer wants to know. */
export function isRefusal(signer: Signer, { headers, url }: Signature, status: number): boolean {
  return !!(
    refusalsOf(signer).includes(status) &&
    signer.recover &&
    (url || Object.keys(headers).length)
  )
}

/** One request of a chain of redirects. */
export interface Hop {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** The body was left behind. */
  readonly bodiless?: boolean
}

const OF_THE_BODY = /^content-(?:type|length|encoding|language|location)$/
const OF_THE_ORIGIN = /^(?:authorization|proxy-authorization|cookie|host)$/

/**
 * The request that a redirect asks for, by the rules of Fetch: 303, and POST under 301 and 302,
 * become GET; another origin gets neither credentials nor cookies.
 *
 * @returns `undefined` if the response is no redirect.
 * @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch Fetch §4.4}
 */
export function nextHop(
  from: Hop,
  { status, headers }: { status: number; headers: Headers },
): Hop | undefined {
  if (status === 0) {
    throw refusedRedirect(from, 'to where a browser does not tell, so this signature cannot follow')
  }
  const location = headers.get('location')
  if (!isRedirect(status) || !location) return undefined
  const url = URL.parse(asUtf8(location), from.url)
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw refusedRedirect(from, 'to something else than an http(s) URL without user and password')
  }
  const { method } = from
  const toGet = status === 303 ? !/^(?:GET|HEAD)$/.test(method) : status < 303 && method === 'POST'
  const abroad = url.origin !== from.url.origin
  const kept = Object.entries(from.headers).filter(
    ([name]) => !(toGet && OF_THE_BODY.test(name)) && !(abroad && OF_THE_ORIGIN.test(name)),
  )
  return {
    method: toGet ? 'GET' : method,
    url: bare(url),
    headers: Object.fromEntries(kept),
    bodiless: from.bodiless || toGet,
  }
}

const REDIRECTS: readonly number[] = [0, 301, 302, 303, 307, 308]

/** Whether a response with this status leads elsewhere; 0 is of one that a browser hides. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status)
}

type Pair = readonly [name: string, value: string]

/** What a signature has put into the query, such as an API key. */
export function added(url: URL, signed: string): Pair[] {
  return [...new URL(signed).searchParams].filter((pair) => !url.searchParams.has(...pair))
}

/** Keeps what signatures have put into the query from going abroad, where a redirect repeats it. */
export function assertKept(pairs: readonly Pair[], from: { url: string | URL }, to: URL): void {
  if (!pairs.some((pair) => to.searchParams.has(...pair))) return
  if (new URL(from.url).origin === to.origin) return
  throw refusedRedirect(from, 'to another origin, with the credentials of its own in the query')
}

/** A header's bytes, each of which stands for a character, read as UTF-8 if they are that. */
function asUtf8(header: string): string {
  try {
    const bytes = Uint8Array.from(header, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return header
  }
}

export function refusedRedirect({ url }: { url: string | URL }, how: string): SigningError {
  return new SigningError('redirect-refused', `${place(url)} redirects ${how}`)
}
