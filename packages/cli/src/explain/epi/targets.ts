import type { Draft, EpiMistake } from './draft.ts'

/** What the target of a request was made of. */
export interface Place {
  /** As it is sent. */
  readonly url: string
  /** The target before anything was escaped in it. */
  readonly typed: string
  /** The path of the API's address. */
  readonly basePath: string
}

const AS_SENT = 'sign path and query character by character as they are sent'
const WHOLE = 'sign the path from its first slash on, and the query'
const NO_HOST = 'sign path and query only'

type Rewriting = readonly [what: string, advice: string, (target: string) => string | undefined]

/** The usual ways to sign another target than the one that is sent. */
export function targetMistakes({ url, typed, basePath }: Place): EpiMistake[] {
  const { origin, host, hostname } = new URL(url)
  const rewritings: Rewriting[] = [
    ['the path without its query', WHOLE, (target) => pathOf(target)],
    ['the whole URL in place of the target', NO_HOST, (target) => origin + target],
    ['the host in front of the target', NO_HOST, (target) => host + target],
    ['// and the host in front of the target', NO_HOST, (target) => `//${host}${target}`],
    ['the port in the URL', NO_HOST, (target) => `https://${hostname}:443${target}`],
    [
      `the target without ${basePath}`,
      WHOLE,
      (target) => (target.startsWith(basePath) ? target.slice(basePath.length) : undefined),
    ],
    [`${basePath} twice in the target`, AS_SENT, (target) => basePath + target],
    ['the target without its first slash', WHOLE, (target) => target.slice(1)],
    ['two slashes at the start of the target', AS_SENT, (target) => `/${target}`],
    ['no slash at the end of the path', AS_SENT, onPath((path) => path.replace(/\/$/, ''))],
    ['a slash at the end of the path', AS_SENT, onPath((path) => path.replace(/\/?$/, '/'))],
    ['a lone ? behind the path', AS_SENT, (target) => target.replace(/^[^?]*$/, '$&?')],
    ['the query without its ?', WHOLE, (target) => target.replace('?', '')],
    ['the target as it was typed, before it was escaped', AS_SENT, () => typed],
    ['the target unescaped', AS_SENT, attempt(decodeURIComponent)],
    ['the target unescaped but for its delimiters', AS_SENT, attempt(decodeURI)],
    ['the target escaped once more', AS_SENT, attempt(encodeURI)],
    ['the target escaped as a whole, slashes and all', AS_SENT, attempt(encodeURIComponent)],
    [
      'the target escaped as a whole, in lower case',
      AS_SENT,
      (target) => encodeURIComponent(target).replace(/%../g, (escape) => escape.toLowerCase()),
    ],
    ['the escapes in lower case', AS_SENT, onEscapes((escape) => escape.toLowerCase())],
    ['%20 where + is sent', AS_SENT, (target) => target.replaceAll('+', '%20')],
    ['+ where %20 is sent', AS_SENT, (target) => target.replaceAll('%20', '+')],
    ['%2B where + is sent', AS_SENT, (target) => target.replaceAll('+', '%2B')],
    ['a space where + is sent', AS_SENT, (target) => target.replaceAll('+', ' ')],
    ['a space where %20 is sent', AS_SENT, (target) => target.replaceAll('%20', ' ')],
    ['a bare apostrophe where %27 is sent', AS_SENT, (target) => target.replaceAll('%27', "'")],
    ['the brackets bare', AS_SENT, onEscapes(bare(/[[\]]/))],
    ['the brackets escaped', AS_SENT, (target) => target.replace(/[[\]]/g, escaped)],
    ["the characters !'()* escaped", AS_SENT, (target) => target.replace(/[!'()*]/g, escaped)],
    ['%7E where ~ is sent', AS_SENT, (target) => target.replaceAll('~', '%7E')],
    ['the non-ASCII characters unescaped', AS_SENT, attempt(unescapedWords)],
    ['the query escaped anew', AS_SENT, onQuery(reencoded)],
    ['the query written as a form', AS_SENT, onQuery((query) => `${new URLSearchParams(query)}`)],
    ['the query sorted', AS_SENT, onQuery((query) => query.split('&').sort().join('&'))],
    ['&amp; where & is sent', AS_SENT, (target) => target.replaceAll('&', '&amp;')],
    ['the path in lower case', AS_SENT, onPath((path) => path.toLowerCase())],
    ['the target in lower case', AS_SENT, (target) => target.toLowerCase()],
    ['the target in upper case', AS_SENT, (target) => target.toUpperCase()],
  ]
  return rewritings.map(([what, advice, rewrite]) => ({
    part: 'target',
    what,
    advice,
    stacks: true,
    make: (draft: Draft) => changed(draft, rewrite(draft.target)),
  }))
}

function changed(draft: Draft, target: string | undefined): Draft | undefined {
  return target === undefined || target === draft.target ? undefined : { ...draft, target }
}

const pathOf = (target: string): string => target.split('?', 1)[0] as string

const onPath = (rewrite: (path: string) => string) => (target: string) => {
  const path = pathOf(target)
  return rewrite(path) + target.slice(path.length)
}

const onQuery = (rewrite: (query: string) => string) => (target: string) => {
  const path = pathOf(target)
  return target === path ? undefined : `${path}?${rewrite(target.slice(path.length + 1))}`
}

const onEscapes = (rewrite: (escape: string) => string) => (target: string) =>
  target.replace(/%[\dA-F]{2}/g, rewrite)

/** Escapes can be broken. */
const attempt = (rewrite: (target: string) => string) => (target: string) => {
  try {
    return rewrite(target)
  } catch {
    return undefined
  }
}

const bare = (characters: RegExp) => (escape: string) => {
  const character = decoded(escape)
  return characters.test(character) ? character : escape
}

const decoded = (escape: string): string =>
  String.fromCharCode(Number.parseInt(escape.slice(1), 16))

const escaped = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase()}`

const unescapedWords = (target: string): string =>
  target.replace(/(?:%[89A-F][\dA-F])+/g, decodeURIComponent)

/** Each name and value as `encodeURIComponent` writes it. */
function reencoded(query: string): string {
  const encode = (text: string) => attempt((it) => encodeURIComponent(decodeURIComponent(it)))(text)
  return query
    .split('&')
    .map((pair) =>
      pair
        .split('=')
        .map((text) => encode(text) ?? text)
        .join('='),
    )
    .join('&')
}
