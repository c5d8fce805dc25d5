/** What an entry is: ours, somebody else's, or a mark that both are measured by. */
export type Role =
  | 'bare'
  /** The same client with a constant header, put on in the cheapest way that it allows. */
  | 'constant'
  /** A duplicate of another entry: how far the two differ is noise. */
  | 'control'
  /** The least code that does the same. */
  | 'floor'
  | 'by hand'
  | 'peer'
  | 'ours'

export interface Column {
  readonly key: string
  /** With its unit. */
  readonly title: string
  /** Shows the least and the greatest of all runs, too. */
  readonly spread?: boolean
}

export interface Row {
  readonly entry: string
  readonly role: Role
  /** By the keys of columns; what does not apply is absent. */
  readonly values: Readonly<Record<string, number>>
}

/** What one process has measured, or the median of several. */
export interface Table {
  readonly name: string
  /** A sentence or two for the reader of the results. */
  readonly about: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** What of a bench is to be run. */
export interface Scope {
  /** For trying things out: too short for figures. */
  readonly quick: boolean
  /** Whether a peer's name is among the filters, or the bench's own is. */
  wants(entry: { readonly name: string; readonly role: Role }): boolean
}

/** One way to run a bench, in a process of its own. */
export interface Pass {
  /** The fresh processes whose median counts. */
  readonly runs: number
  /** For Node.js. */
  readonly flags: readonly string[]
  run(scope: Scope): Promise<readonly Table[]>
}

export interface Bench {
  readonly passes: readonly Pass[]
}
