/** Runs one pass of one bench: `node child.ts <bench> <pass> <scope as JSON>`, and tells its parent. */
import { benches } from './benches.ts'
import type { Role } from './bench.ts'

/** What stays in a table whatever is asked for: nothing could be compared without it. */
const MARKS: readonly Role[] = ['bare', 'constant', 'control', 'floor', 'ours']

const [name = '', pass = '', options = ''] = process.argv.slice(2)
const { quick, only } = JSON.parse(options) as { quick: boolean; only: readonly string[] }

const bench = await benches[name]?.()
const tables = await bench?.passes[Number(pass)]?.run({
  quick,
  wants: ({ name, role }) =>
    only.length === 0 || MARKS.includes(role) || only.some((part) => name.includes(part)),
})
process.send?.(tables, undefined, undefined, () => process.exit())
