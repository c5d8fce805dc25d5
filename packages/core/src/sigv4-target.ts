import type { Sigv4Rules } from './sigv4-check.ts'
import { settled, splitTarget } from './target.ts'

/** A target as it is sent, and the two halves of what is signed for it. */
export interface CanonicalTarget {
  readonly sent: string
  readonly path: string
  readonly query: string
}

/** Each name has its value, and nothing could be written in another way. */
const PLAIN = /^[\w.~/-]*(?:\?[\w.~-]+=[\w.~-]*(?:&[\w.~-]+=[\w.~-]*)*)?$/

/**
 * The server decodes a query, and a key, before it escapes and signs them: in their settled form,
 * in which they are sent, there are no two ways to do that.
 */
export function canonicalTarget(
  target: string,
  { normalizePath, doubleEncode }: Pick<Sigv4Rules, 'normalizePath' | 'doubleEncode'>,
): CanonicalTarget {
  const [given, query] = splitTarget(target)
  if (PLAIN.test(target)) {
    return { sent: target, path: normalizePath ? resolved(given) : given, query: sorted(query) }
  }
  const once = doubleEncode ? given : settledPath(given)
  // A slash is a slash in a key, escaped or not.
  const path = doubleEncode ? given.replace(/[^\w.~/-]/gu, settled) : once.replaceAll('%2F', '/')
  // Dots between bare slashes would be taken for a way up, or for nothing, when this is sent.
  const sent = doubleEncode || /\/\.\.?(?:\/|$)/.test(path) ? once : path
  const pairs = pairsOf(query)
  return {
    sent: pairs.length > 0 ? `${sent}?${pairs.join('&')}` : sent,
    path: normalizePath ? resolved(path) : path,
    query: sorted(pairs.map((pair) => (pair.includes('=') ? pair : `${pair}=`)).join('&')),
  }
}

const settledPath = (path: string): string => path.split('/').map(component).join('/')

/** Where escapes are in upper case, and nothing is escaped that may stand bare. */
const SETTLED = /^(?:[\w.~-]|%(?!2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])[\dA-F]{2})*$/

const component = (text: string): string =>
  SETTLED.test(text) ? text : text.replace(/%[\dA-Fa-f]{2}|[^\w.~-]/gu, settled)

/** As they are sent: a plus sign is a space here, by the encoding of forms, and a name may stand alone. */
function pairsOf(query: string): string[] {
  const pairs = query.replaceAll('+', '%20').split('&')
  return pairs.filter(Boolean).map((pair) => {
    const at = pair.indexOf('=')
    return at < 0
      ? component(pair)
      : `${component(pair.slice(0, at))}=${component(pair.slice(at + 1))}`
  })
}

/** By name, then by value, and by code unit: everything here is ASCII. */
function sorted(query: string): string {
  if (!query.includes('&')) return query
  // A name that begins another comes before it: what ends it has to be less than any other character.
  const pairs = query.replaceAll('=', '\n').split('&')
  if (pairs.every((pair, at) => at === 0 || (pairs[at - 1] as string) <= pair)) return query
  return pairs.sort().join('&').replaceAll('\n', '=')
}

/** RFC 3986 §5.2.4, and no empty segments either. */
function resolved(path: string): string {
  if (!/\/[./]/.test(path)) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment && segment !== '.') kept.push(segment)
  }
  return kept.length > 0 && path.endsWith('/') ? `/${kept.join('/')}/` : `/${kept.join('/')}`
}
