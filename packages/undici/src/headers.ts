import type { Dispatcher } from 'undici'

type Given = Dispatcher.DispatchOptions['headers']
type Pair = readonly [name: string, value: unknown]

/** Headers in any of undici's shapes, by lower-case names; one that repeats is a list. */
export function headersOf(given: Given): Record<string, string | string[]> {
  const headers = new Map<string, string[]>()
  for (const [name, value] of pairsOf(given)) {
    if (value === undefined) continue
    const key = name.toLowerCase()
    const values = [value].flat().map((value) => `${value ?? ''}`)
    headers.set(key, [...(headers.get(key) ?? []), ...values])
  }
  return Object.fromEntries(
    [...headers].flatMap(([name, [first, ...more]]) =>
      // As undici has it, an empty list is no header.
      first === undefined ? [] : [[name, more.length ? [first, ...more] : first]],
    ),
  )
}

function pairsOf(given: Given): Iterable<Pair> {
  if (!given) return []
  if (!Array.isArray(given) || Array.isArray(given[0])) {
    return Symbol.iterator in given ? (given as Iterable<Pair>) : Object.entries(given)
  }
  return given.flatMap((name, i): Pair[] => (i % 2 ? [] : [[name, given[i + 1]]]))
}
