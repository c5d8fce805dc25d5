/**
 * `pnpm bench [filter …]`: installs the peers, builds the packages, runs the benches whose names hold
 * a filter, and writes down what they found. `--help` says more.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benches } from './benches.ts'
import { circumstances } from './machine.ts'
import { type Results, report } from './report.ts'
import { run } from './run.ts'

const HELP = `pnpm bench [filter …] [options]

A filter is a part of a name; without any, all benches run:
  ${Object.keys(benches).join('\n  ')}

  --only <name>  peers whose names hold this, beside ours and the marks; repeatable
  --quick        a try, too short for figures; nothing is written down
  --runs <n>     fresh processes for each bench, instead of its own number
  --help
`

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const RESULTS = root('bench/results.json')
const REMARKS = root('bench/remarks.md')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit()
}

const names = Object.keys(benches).filter(
  (name) => positionals.length === 0 || positionals.some((filter) => name.includes(filter)),
)
const runs = values.runs === undefined ? undefined : Number(values.runs)
if (names.length === 0 || (runs !== undefined && !(runs >= 1))) {
  process.stderr.write(HELP)
  process.exit(1)
}

const quiet = (command: string, args: readonly string[], cwd: string) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
quiet('pnpm', ['install', '--frozen-lockfile'], root('bench/peers'))
quiet('pnpm', ['build'], root(''))
// Only where the peers are installed can the compiler see what is asked of them.
quiet('pnpm', ['exec', 'tsc', '-p', 'bench/peers'], root(''))

const where = circumstances()
const known: Results = existsSync(RESULTS)
  ? JSON.parse(readFileSync(RESULTS, 'utf8'))
  : { tables: [] }
const found: Results['tables'][number][] = []
for (const name of names) {
  for (const table of await run(name, { quick: values.quick, only: values.only, runs })) {
    found.push({ ...table, circumstances: where })
  }
}

process.stdout.write(report({ tables: found }, ''))
// A part would put gaps into what is known.
if (!values.quick && values.only.length === 0) {
  const order = Object.keys(benches)
  const place = (name: string) => order.findIndex((bench) => name.startsWith(bench))
  const tables = [
    ...known.tables.filter(({ name }) => !found.some((table) => table.name === name)),
    ...found,
  ].toSorted((a, b) => place(a.name) - place(b.name))
  const remarks = existsSync(REMARKS) ? readFileSync(REMARKS, 'utf8') : ''
  writeFileSync(RESULTS, `${JSON.stringify({ tables }, null, 2)}\n`)
  writeFileSync(root('bench/RESULTS.md'), report({ tables }, remarks))
}
