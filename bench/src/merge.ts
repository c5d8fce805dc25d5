import type { Row, Table } from './bench.ts'
import { median } from './measure/stats.ts'

export interface Cell {
  /** The median of all runs. */
  readonly value: number
  readonly least: number
  readonly greatest: number
}

export interface MergedRow extends Omit<Row, 'values'> {
  readonly cells: Readonly<Record<string, Cell>>
}

export interface MergedTable extends Omit<Table, 'rows'> {
  readonly rows: readonly MergedRow[]
}

/** The tables of all runs and passes as one each: of every figure the median, the least and the greatest. */
export function merged(tables: readonly Table[]): MergedTable[] {
  const names = [...new Set(tables.map(({ name }) => name))]
  return names.map((name) => {
    const same = tables.filter((table) => table.name === name)
    const rows = same.flatMap((table) => table.rows)
    const entries = [...new Set(rows.map(({ entry }) => entry))]
    return { ...(same[0] as Table), rows: entries.map((entry) => mergedRow(entry, rows)) }
  })
}

function mergedRow(entry: string, rows: readonly Row[]): MergedRow {
  const own = rows.filter((row) => row.entry === entry)
  const keys = new Set(own.flatMap(({ values }) => Object.keys(values)))
  const cells: Record<string, Cell> = {}
  for (const key of keys) {
    const figures = own.map(({ values }) => values[key]).filter((value) => value !== undefined)
    cells[key] = {
      value: median(figures),
      least: Math.min(...figures),
      greatest: Math.max(...figures),
    }
  }
  return { entry, role: (own[0] as Row).role, cells }
}
