type Writer = (value: unknown) => string

const spaced: Writer = (value) => written(value, { comma: ', ', colon: ': ' })
const escapedSlashes: Writer = (value) => JSON.stringify(value).replaceAll('/', '\\/')

const WRITERS: readonly (readonly [how: string, write: Writer])[] = [
  ['compactly', (value) => JSON.stringify(value)],
  ['with an indent of 2', (value) => JSON.stringify(value, null, 2)],
  ['with an indent of 4', (value) => JSON.stringify(value, null, 4)],
  ['with tabs', (value) => JSON.stringify(value, null, '\t')],
  ['with an indent of 2 and CR LF', (value) => crlf(JSON.stringify(value, null, 2))],
  ['with spaces behind commas and colons', spaced],
  ['with spaces, and non-ASCII escaped', (value) => ascii(spaced(value))],
  ['with non-ASCII escaped', (value) => ascii(JSON.stringify(value))],
  ['with slashes escaped', escapedSlashes],
  ['with slashes and non-ASCII escaped', (value) => ascii(escapedSlashes(value))],
  ['with <, >, &, + and apostrophes escaped', (value) => ascii(html(JSON.stringify(value)))],
  ['with its names sorted', (value) => written(value, { sorted: true })],
  [
    'with its names sorted, and spaces',
    (value) => written(value, { comma: ', ', colon: ': ', sorted: true }),
  ],
]

/** JSON that is read and written anew, by the habits of several languages; `undefined` for what is none. */
export const JSON_HABITS: readonly (readonly [
  how: string,
  rewrite: (text: string) => string | undefined,
])[] = WRITERS.map(([how, write]) => [
  how,
  (text) => {
    try {
      return write(JSON.parse(text))
    } catch {
      return undefined
    }
  },
])

interface Habits {
  readonly comma?: string
  readonly colon?: string
  readonly sorted?: boolean
}

function written(value: unknown, habits: Habits): string {
  const { comma = ',', colon = ':', sorted } = habits
  const inner: Writer = (one) => written(one, habits)
  if (Array.isArray(value)) return `[${value.map(inner).join(comma)}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
  if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, one]) => inner(name) + colon + inner(one)).join(comma)}}`
}

const unicode = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
const ascii = (json: string): string => json.replace(/[^\0-\x7f]/g, unicode)
/** With the digits in upper case, as .NET has them. */
const html = (json: string): string =>
  json.replace(/[<>&+']/g, (character) => unicode(character).toUpperCase().replace('U', 'u'))
const crlf = (text: string): string => text.replaceAll('\n', '\r\n')
