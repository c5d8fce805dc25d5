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
 * An instance of somebody's class is left as it is.
 */
export function sealed<T extends object>(value: T): Readonly<T> {
  const proto = Object.getPrototypeOf(value)
  if (proto && proto !== Object.prototype) return value
  const copy = { ...value }
  return Object.freeze(showAs(copy, () => masked(copy)))
}

/** Whatever looks like a JWT, or follows the name of a scheme. */
const TOKENS = /\beyJ[\w.-]{5,}|(?<=\b(?:bearer|basic) )[^\s"',;]+/gi

/**
 * Takes the given secrets out of a text from elsewhere, in the forms in which servers and clients
 * repeat them, and whatever looks like a token. At most 200 characters remain, on one line.
 */
export function scrub(text: string, secrets: Iterable<string> = []): string {
  let clean = text
  for (const secret of secrets) {
    // A short value ("1h", "GET") is no secret, and taking it out would leave a riddle.
    if (secret.length < 6) continue
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      clean = clean.replaceAll(form, MASK)
    }
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
