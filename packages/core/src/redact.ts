import { base64, formEncoded } from './encoding.ts'

/** Node's hook for `console.log` and `util.inspect`; a mere unused symbol elsewhere. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

const MASK = '***'

/** The same keys, with every string hidden. */
export function masked(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, typeof value === 'string' ? MASK : value]),
  )
}

/** What `console.log` and `util.inspect` show of an object, instead of what is in it. */
export function showAs<T extends object>(target: T, view: (this: T) => unknown): T {
  return Object.defineProperty(target, INSPECT, { value: view })
}

/**
 * A frozen copy that can be used like the original, but does not print its strings.
 * An instance of somebody's class is left as it is, and so is what is sealed already: a cache
 * behind another must recognize a value that it is told was refused.
 */
export function sealed<T extends object>(value: T): Readonly<T> {
  const proto = Object.getPrototypeOf(value)
  if ((proto && proto !== Object.prototype) || (INSPECT in value && Object.isFrozen(value))) {
    return value
  }
  const copy = { ...value }
  return Object.freeze(showAs(copy, () => masked(copy)))
}

/** Whatever looks like a JWT, or follows the name of a scheme. */
const TOKENS = /\beyJ[\w.-]{5,}|(?<=\b(?:bearer|basic) )[^\s"',;]+/gi
/** More of a foreign text is not looked at: 200 characters are shown. */
const READ = 5_000
/** A shorter value ("1h", "GET") is no secret, and taking it out would leave a riddle. */
const SHORTEST = 4

/** A secret as it is, and as JSON, a URL, a form and base64 hold it. */
function formsOf(secret: string): string[] {
  // Half a surrogate pair is a replacement character in UTF-8.
  const whole = secret.replace(/\p{Cs}/gu, '\ufffd')
  const json = JSON.stringify(secret).slice(1, -1)
  const padded = base64(whole)
  const bare = padded.replace(/={1,2}$/, '')
  const url = bare.replaceAll('+', '-').replaceAll('/', '_')
  const encoded = [json, encodeURIComponent(whole), formEncoded(whole), padded, bare, url]
  return [oneLine(secret), ...encoded]
}

/** What pages, URLs and JSON within JSON escape, of which each server leaves another part as it is. */
const ESCAPE =
  /&#(\d{1,7});|&#x([\da-f]{1,6});|%([0-7][\da-f])|\\u([\da-f]{4})|&(amp|lt|gt|quot|apos);|\\(?=\/)/gi
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(ESCAPE, (_, decimal, hex, percent, unicode, name = '') => {
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? percent ?? unicode, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : (NAMED[name.toLowerCase()] ?? '')
  })
}

/**
 * Takes the given secrets out of a text from elsewhere, in the forms and in any case in which
 * servers and clients repeat them, and whatever looks like a token. At most 200 characters remain,
 * on one line. A mere part of a secret is not recognized.
 */
export function scrub(text: string, secrets: Iterable<string> = []): string {
  const given = oneLine(text.slice(0, READ))
  const both = `${given}\n${oneLine(unescaped(given))}`.toUpperCase()
  const forms = [...secrets]
    // What is longer than the text is not in there: who answers decides how much there is to look for.
    .filter(({ length }) => length >= SHORTEST && length <= READ)
    .filter((secret) => oneLine(secret).length <= given.length)
    .flatMap(formsOf)
    // The longest goes first: one that holds another must not leave its rest behind.
    .sort((a, b) => b.length - a.length)
  const found = forms.filter((form) => both.includes(form.toUpperCase()))
  const any = found.length > 0 ? new RegExp(found.map(literal).join('|'), 'gi') : /(?!)/g
  const known = given.replace(any, MASK)
  const plain = oneLine(unescaped(known))
  let clean = plain.search(any) < 0 ? known : plain.replace(any, MASK)
  // What stands at the cut may be the first half of a secret.
  if (text.length > READ) clean = clean.slice(0, -(forms[0]?.length ?? 0) || undefined)
  return shown(clean.replace(TOKENS, MASK))
}

/** As much of a text as an error shows: 200 characters, none of them halved. */
export function shown(text: string): string {
  return text.slice(0, 200).replace(/\p{Cs}$/u, '')
}

const oneLine = (text: string): string => text.replace(/[\s\p{C}]+/gu, ' ').trim()

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** A URL as an error may show it: without user, password, query and fragment. */
export function place(url: string | URL): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
