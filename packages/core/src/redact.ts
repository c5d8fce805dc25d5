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

/** A secret as it is, and as JSON, a URL, a form, HTML and base64 hold it. */
function formsOf(secret: string): string[] {
  // Half a surrogate pair is a replacement character in UTF-8.
  const whole = secret.replace(/\p{Cs}/gu, '\ufffd')
  const json = JSON.stringify(secret).slice(1, -1)
  const html = secret.replace(/[&<>"']/g, (character) => `&${HTML[character]};`)
  const padded = base64(whole)
  const bare = padded.replace(/={1,2}$/, '')
  const url = bare.replaceAll('+', '-').replaceAll('/', '_')
  const encoded = [json, html, encodeURIComponent(whole), formEncoded(whole), padded, bare, url]
  return [oneLine(secret), ...encoded]
}

const HTML: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }

/**
 * Takes the given secrets out of a text from elsewhere, in the forms and in any case in which
 * servers and clients repeat them, and whatever looks like a token. At most 200 characters remain,
 * on one line. A mere part of a secret is not recognized.
 */
export function scrub(text: string, secrets: Iterable<string> = []): string {
  const forms = [...secrets]
    .filter(({ length }) => length >= SHORTEST && length <= READ)
    .flatMap(formsOf)
    // The longest goes first: one that holds another must not leave its rest behind.
    .sort((a, b) => b.length - a.length)
  let clean = oneLine(text.slice(0, READ))
  if (forms.length > 0) clean = clean.replace(new RegExp(forms.map(literal).join('|'), 'gi'), MASK)
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
