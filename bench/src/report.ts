import type { Column } from './bench.ts'
import { figuresOf, goals } from './goals.ts'
import type { Circumstances } from './machine.ts'
import type { Cell, MergedRow, MergedTable } from './merge.ts'

/** Everything that is known, as it is kept in `results.json`. */
export interface Results {
  readonly tables: readonly (MergedTable & { readonly circumstances: Circumstances })[]
}

/** What a person reads: the goals first, what was found out about them, then every table. */
export function report({ tables }: Results, remarks: string): string {
  const latest = tables.map(({ circumstances }) => circumstances).at(-1)
  return [
    '# Results',
    '',
    'Made by `pnpm bench`. How it measures is said in the [README](README.md); a range is from the least to the greatest of all processes.',
    '',
    ...(latest ? setting(latest) : []),
    '## Goals',
    '',
    ...goalRows(tables),
    '',
    ...(remarks ? [remarks.trim(), ''] : []),
    ...tables.flatMap(section),
  ].join('\n')
}

function setting({ machine, versions: { node, v8, openssl, ...others } }: Circumstances): string[] {
  const list = Object.entries(others).map(([name, version]) => `${name} ${version}`)
  return [
    `${machine}; Node.js ${node} (V8 ${v8}, OpenSSL ${openssl}).`,
    '',
    `${list.join(', ')}.`,
    '',
  ]
}

function goalRows(tables: readonly MergedTable[]): string[] {
  const figures = figuresOf(tables)
  return markdown(
    ['what', 'goal', 'measured', 'reached'],
    goals.map(({ what, goal, bound, atLeast, unit, measured }) => {
      const value = measured(figures)
      if (value === undefined) return [what, goal, 'not measured', '']
      const reached = atLeast ? value >= bound : value <= bound
      return [what, goal, `${number(value)} ${unit}`.trim(), reached ? 'yes' : '**no**']
    }),
  )
}

function section({
  name,
  about,
  columns,
  rows,
  circumstances,
}: Results['tables'][number]): string[] {
  const { date, commit, load } = circumstances
  const used = columns.filter(({ key }) => rows.some(({ cells }) => cells[key]))
  return [
    `## ${name}`,
    '',
    `${about} (${date}, ${commit}, load ${load.toFixed(1)})`,
    '',
    ...markdown(
      ['', ...used.map(({ title }) => title)],
      rows.map((row) => [
        label(row),
        ...used.map((column) => shown(column, row.cells[column.key])),
      ]),
    ),
    '',
  ]
}

function label({ entry, role }: MergedRow): string {
  if (role === 'ours') return `**${entry}**`
  return role === 'peer' ? entry : `${entry} *(${role})*`
}

function shown({ spread }: Column, cell: Cell | undefined): string {
  if (!cell) return ''
  const { value, least, greatest } = cell
  return spread && least !== greatest
    ? `${number(value)} (${number(least)} … ${number(greatest)})`
    : number(value)
}

/** Three figures, and no more than are meant. */
function number(value: number): string {
  if (Math.abs(value) >= 1000 || Number.isInteger(value))
    return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i ? '--:' : '---'))), ...rows.map(line)]
}
