import { formEncoded } from './encoding.ts'

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

/** A secret as it is, and as JSON, a URL and a form hold it. */
function formsOf(secret: string): string[] {
  // Half a surrogate pair is a replacement character in UTF-8.
  const whole = secret.replace(/\p{Cs}/gu, '\ufffd')
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, json, encodeURIComponent(whole), formEncoded(whole)]
}

/**
 * Takes the given secrets out of a text from elsewhere, in the forms in which servers and clients
 * repeat them, and whatever looks like a token. At most 200 characters remain, on one line.
 */
export function scrub(text: string, secrets: Iterable<string> = []): string {
  let clean = text
  // A short value ("1h", "GET") is no secret, and taking it out would leave a riddle. The longest
  // goes first: one that holds another must not leave its rest behind.
  const forms = [...secrets].filter(({ length }) => length >= 6).flatMap(formsOf)
  for (const form of forms.sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(form, MASK)
  }
  return clean
    .replace(TOKENS, MASK)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

/** A URL as an error may show it: without user, password, query and fragment. */
export function place(url: string | URL): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
