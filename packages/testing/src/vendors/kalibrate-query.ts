/** Which rows a query asks for. */
export interface Selection {
  readonly limit: number
  readonly offset: number
}

/** Reads `query=(a=b)+(limit=1)` off the raw query string; a string says what is wrong with it. */
export function selectionOf(rawQuery: string): Selection | string {
  const raw = /(?:^|&)query=([^&]*)/.exec(rawQuery)?.[1]
  if (raw === undefined) return { limit: DEFAULT_LIMIT, offset: 0 }
  if (/%2b/i.test(raw)) return 'Clauses are joined by a literal +, not by %2B.'
  const query = decoded(raw)
  if (query === undefined) return 'The query is not well-formed percent-encoding.'
  if (!/^\([^()]+\)(\+\([^()]+\))*$/.test(query))
    return 'The query is not (name=value)+(name=value).'

  const values = new Map<string, string>()
  for (const [, clause = ''] of query.matchAll(/\(([^()]+)\)/g)) {
    const [, name, value] = /^(\w+)(?:[!@<>]?=|[<>])(.*)$/.exec(clause) ?? []
    if (name === undefined || value === undefined) return `The clause (${clause}) has no operator.`
    values.set(name, value)
  }
  const limit = Number(values.get('limit') ?? DEFAULT_LIMIT)
  const offset = Number(values.get('offset') ?? 0)
  // The vendor's own examples ask for all rows by a limit of 0.
  return isCount(limit) && isCount(offset)
    ? { limit: limit || Number.POSITIVE_INFINITY, offset }
    : 'limit and offset are whole numbers.'
}

const DEFAULT_LIMIT = 1000

const isCount = (value: number) => Number.isInteger(value) && value >= 0

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
