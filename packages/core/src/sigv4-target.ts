import type { Sigv4Rules } from './sigv4-check.ts'
import { settled, splitTarget } from './target.ts'

/** A target as it is sent, and the two halves of what is signed for it. */
export interface CanonicalTarget {
  readonly sent: string
  readonly path: string
  readonly query: string
}

/**
 * The server decodes a query, and a key, before it escapes and signs them: in their settled form,
 * in which they are sent, there are no two ways to do that.
 */
export function canonicalTarget(
  target: string,
  { normalizePath, doubleEncode }: Pick<Sigv4Rules, 'normalizePath' | 'doubleEncode'>,
): CanonicalTarget {
  const [given, query] = splitTarget(target)
  const once = doubleEncode ? given : settledPath(given)
  // A slash is a slash in a key, escaped or not.
  const path = doubleEncode ? given.replace(/[^\w.~/-]/gu, settled) : once.replaceAll('%2F', '/')
  // Dots between bare slashes would be taken for a way up, or for nothing, when this is sent.
  const sent = doubleEncode || /\/\.\.?(?:\/|$)/.test(path) ? once : path
  const pairs = query === '' ? [] : pairsOf(query)
  return {
    sent: pairs.length > 0 ? `${sent}?${pairs.map(asSent).join('&')}` : sent,
    path: normalizePath ? resolved(path) : path,
    query: pairs.toSorted(inOrder).map(asSigned).join('&'),
  }
}

const settledPath = (path: string): string =>
  /^[\w.~/-]*$/.test(path) ? path : path.split('/').map(component).join('/')

/** Where escapes are in upper case, and nothing is escaped that may stand bare. */
const SETTLED = /^(?:[\w.~-]|%(?!2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])[\dA-F]{2})*$/

const component = (text: string): string =>
  SETTLED.test(text) ? text : text.replace(/%[\dA-Fa-f]{2}|[^\w.~-]/gu, settled)

interface Pair {
  readonly name: string
  /** A name may stand alone, and is signed with an empty value. */
  readonly value: string | undefined
}

/** A plus sign is a space here, by the encoding of forms. */
function pairsOf(query: string): Pair[] {
  const pairs = query.replaceAll('+', '%20').split('&')
  return pairs.filter(Boolean).map((pair) => {
    const at = pair.indexOf('=')
    return at < 0
      ? { name: component(pair), value: undefined }
      : { name: component(pair.slice(0, at)), value: component(pair.slice(at + 1)) }
  })
}

const asSent = ({ name, value }: Pair): string => (value === undefined ? name : `${name}=${value}`)
const asSigned = ({ name, value = '' }: Pair): string => `${name}=${value}`

function inOrder(a: Pair, b: Pair): number {
  return order(a.name, b.name) || order(a.value ?? '', b.value ?? '')
}

/** By code unit: everything here is ASCII. */
const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

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
