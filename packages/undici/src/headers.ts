import type { Dispatcher } from 'undici'

type Given = Dispatcher.DispatchOptions['headers']

/** Headers in any of undici's shapes, by lower-case names; a header that repeats is a list. */
export function headersOf(given: Given): Record<string, string | string[]> {
  const headers = new Map<string, string | string[]>()
  for (const [name, value] of pairsOf(given)) {
    if (value === undefined) continue
    const key = String(name).toLowerCase()
    const text = Array.isArray(value) ? value.map(textOf) : textOf(value)
    const before = headers.get(key)
    headers.set(key, before === undefined ? text : [before, text].flat())
  }
  return Object.fromEntries(headers)
}

/** The same as a signer sees it, and as the server will read it. */
export function recordOf(headers: Record<string, string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  )
}

const textOf = (value: unknown): string => (value === null ? '' : String(value))

function pairsOf(given: Given): Iterable<readonly [unknown, unknown]> {
  if (!given) return []
  if (Array.isArray(given) && !Array.isArray(given[0])) {
    return Array.from({ length: Math.ceil(given.length / 2) }, (_, i) => [
      given[i * 2],
      given[i * 2 + 1],
    ])
  }
  return Symbol.iterator in given ? (given as Iterable<[string, string]>) : Object.entries(given)
}
