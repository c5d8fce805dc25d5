import { SigningError } from './errors.ts'

/** Splits an absolute URL into its origin, as written, and its target: path and query as they are sent. */
export function splitUrl(url: string): [origin: string, target: string] {
  // No expression for what nearly every URL is.
  const path = url.startsWith('https://') ? url.indexOf('/', 8) : -1
  const query = url.indexOf('?')
  if (path > 0 && (query < 0 || path < query) && !url.includes('#')) {
    return [url.slice(0, path), url.slice(path)]
  }
  const [, origin, target] = /^([^:/?#]+:\/\/[^/?#]*)([^#]*)/.exec(url) ?? []
  if (origin === undefined || target === undefined) {
    throw new SigningError('invalid-url', 'Only an absolute URL can be signed')
  }
  return [origin, target.startsWith('/') ? target : `/${target}`]
}

/** Splits a target at its first question mark; the query is empty if there is none. */
export function splitTarget(target: string): [path: string, query: string] {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

/** What clients send as `Host` for an absolute URL: in lower case, without the scheme's own port. */
export function hostOf(url: string): string {
  const [, plain] = /^https?:\/\/([a-z\d.-]+)(?:[/?]|$)/.exec(url) ?? []
  return plain ?? new URL(url).host
}

const UNRESERVED = /[\w.~-]/

/** Escapes, a stray `%`, and what must not stand bare: RFC 3986 §2.2, §3.3 and §3.4. */
const IN_PATH = /%[\dA-Fa-f]{2}|[^\w.~\-/:@!$&'()*+,;=]/gu
/** Browsers escape the apostrophe in a query, and leave the brackets. */
const IN_QUERY = /%[\dA-Fa-f]{2}|[^\w.~\-/:@!$&()*+,;=?[\]]/gu

/** One escape, or one character that must not stand bare, in the form of RFC 3986 §6.2.2. */
export function settled(piece: string): string {
  if (piece.length === 3) {
    const character = String.fromCharCode(Number.parseInt(piece.slice(1), 16))
    return UNRESERVED.test(character) ? character : piece.toUpperCase()
  }
  const code = piece.charCodeAt(0)
  if (code < 0x80) return `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  // Half a surrogate pair has no UTF-8: it becomes what a browser sends for it.
  return encodeURIComponent(/\p{Cs}/u.test(piece) ? '\ufffd' : piece)
}

/** The URL of a target that is in normal form, as most are. One of other characters may still be. */
const NORMAL = /^https?:\/\/[^/?#]+\/[\w.~\-/:@!$&()*+,;=]*(?:\?[\w.~\-/:@!$&()*+,;=]+)?$/

/** A URL's target as it stands there, the one that is signed and sent, and the whole URL with that one. */
export function targeted(
  url: string,
  normalizes: boolean,
): { readonly given: string; readonly target: string; readonly url: string } {
  if (NORMAL.test(url)) {
    const target = url.slice(url.indexOf('/', 8))
    return { given: target, target, url }
  }
  const [origin, given] = splitUrl(url)
  const target = normalizes ? normalized(given) : given
  return { given, target, url: origin + target }
}

/**
 * A target in the form that servers which normalize it leave as it is, so that they agree with
 * those that do not: upper-case escapes, nothing unreserved escaped, nothing else than RFC 3986's
 * own characters bare, no lone `?`.
 */
export function normalized(target: string): string {
  const [path, query] = splitTarget(target)
  const sentPath = path.replace(IN_PATH, settled)
  return query ? `${sentPath}?${query.replace(IN_QUERY, settled)}` : sentPath
}
