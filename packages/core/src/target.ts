/** Path and query of an absolute URL, as written. */
export function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  return start < 0 ? '/' : url.slice(start)
}

const UNRESERVED = /[\w.~-]/
/** An escape, a stray `%`, or a character that must not stand bare. RFC 3986 §2.2 and §2.3 */
const PIECES = /%[\da-f]{2}|[^\w.~\-/?:@!$&()*+,;=[\]]/gi

/**
 * A target in the form on which servers that normalize agree with those that do not: upper-case
 * escapes, nothing unreserved escaped, everything else than RFC 3986's own characters escaped.
 */
export function normalized(target: string): string {
  return target.replace(PIECES, (piece) => {
    if (piece.length < 3) {
      return piece === "'" ? '%27' : encodeURIComponent(piece)
    }
    const character = String.fromCharCode(Number.parseInt(piece.slice(1), 16))
    return UNRESERVED.test(character) ? character : piece.toUpperCase()
  })
}
