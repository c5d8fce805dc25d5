/** What becomes of a text that is given for an option. */
type Fate =
  /** It would stand in a header, or decides what does: what does not fit there is refused. */
  | 'refused'
  /** A form, JSON, base64 or the escapes of a URL carry whatever it holds. */
  | 'encoded'
  /** It is hashed, signs, or is a mere yes, and is never sent. */
  | 'unsent'

/** A factory as the tests of all factories need it. */
export interface Factory {
  readonly name: string
  /** Options with which it builds, and all of which are sent. */
  readonly valid: object
  /** What becomes of each option; a dot leads into one. */
  readonly fates: Readonly<Record<string, Fate>>
  build(options: never): unknown
}

/** Each option of a factory. One that is missing in a table does not compile. */
export type Fates<T, More extends string = never> = Record<
  (T extends unknown ? keyof T : never) | More,
  Fate
>

/** The options with another value for one of them; a dot leads into one. */
export function changed(options: object, path: string, value: unknown): object {
  const [name = '', inner] = path.split(/\.(.*)/s)
  const before = (options as Record<string, unknown>)[name]
  return { ...options, [name]: inner ? changed(Object(before), inner, value) : value }
}
