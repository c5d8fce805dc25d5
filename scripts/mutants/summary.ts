/** What `pnpm mutants` keeps of Stryker's report: `docs/mutants.json`. */

interface Position {
  readonly line: number
  readonly column: number
}

/** As much of a report as is read: https://github.com/stryker-mutator/mutation-testing-elements */
export interface Report {
  readonly files: Readonly<Record<string, Source>>
}
interface Source {
  readonly source: string
  readonly mutants: readonly Mutant[]
}
interface Mutant {
  readonly status: string
  readonly replacement: string
  readonly location: { readonly start: Position; readonly end: Position }
}

/** A mutant that no test notices, known by its line and itself, not by its place, which moves. */
interface Survivor {
  readonly line: string
  readonly mutant: string
  /** Why nobody who calls the code could tell it from the original. */
  readonly equal?: string
}

interface Tally {
  readonly mutants: number
  readonly killed: number
  /** Percent of the mutants that were killed; what is equal to the original counts as not killed. */
  readonly score: number
}

export interface Summary {
  readonly command: string
  parts: Record<string, Tally>
  files: Record<string, Tally & { date: string; survivors: readonly Survivor[] }>
}

/** The parts that have a goal of their own, and the names of their files. */
const PARTS = {
  provider: /^(?:provider|cached|flight|lifetime)\./,
  hmac: /^(?:hmac|digest)/,
  origin: /^origin\./,
  fetch: /^(?:fetch|dispatch|wire)\./,
  rest: /^/,
}

const tally = (mutants: number, killed: number): Tally => ({
  mutants,
  killed,
  score: mutants ? Math.floor((1000 * killed) / mutants) / 10 : 100,
})

/** Whether no test has noticed it. */
export const isLeft = ({ status }: Mutant): boolean =>
  status === 'Survived' || status === 'NoCoverage'

/** How many mutants there were, but for those left out, and for those by which no test could start. */
export function tallyOf({ mutants }: Source): Tally {
  const count = (...statuses: string[]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length
  const killed = count('Killed', 'Timeout')
  return tally(killed + count('Survived', 'NoCoverage'), killed)
}

/** What survived in a file, with what was known of it, and where it stands now. */
export function survivorsOf({ source, mutants }: Source, known: readonly Survivor[]) {
  const lines = source.split('\n')
  const short = (text: string) => text.replace(/\s+/g, ' ').replace(/(?<=.{70}).{2,}/, '…')
  return mutants.filter(isLeft).map(({ replacement, location: { start, end } }) => {
    const original = lines.slice(start.line - 1, end.line)
    original.push(original.pop()?.slice(0, end.column - 1) ?? '')
    original[0] = original[0]?.slice(start.column - 1) ?? ''
    const line = lines[start.line - 1]?.trim() ?? ''
    const mutant = `${short(original.join(' '))} -> ${short(replacement)}`
    const equal = known.find((it) => it.line === line && it.mutant === mutant)?.equal
    return { at: start.line, survivor: { line, mutant, ...(equal && { equal }) } }
  })
}

/** The parts, each the sum of its files. */
export function partsOf(files: Summary['files']): Summary['parts'] {
  const parts: Summary['parts'] = {}
  for (const [name, { mutants, killed }] of Object.entries(files)) {
    const [part = ''] = Object.entries(PARTS).find(([, its]) => its.test(name)) ?? []
    const others = parts[part] ?? tally(0, 0)
    parts[part] = tally(others.mutants + mutants, others.killed + killed)
  }
  return parts
}
