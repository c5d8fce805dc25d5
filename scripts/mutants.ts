/**
 * `pnpm mutants [--again] [--concurrency <n>] [<name>…]`: mutation testing of `packages/core/src`, or of
 * those files there whose names begin with a name. Prints the mutants that no test notices, and
 * writes the figures to `docs/mutants.json`. Who has looked at a survivor and found that no caller could
 * tell it from the original says so there, in its `equal`, which is kept for as long as line and
 * mutant stay what they are. `--again` tries only what may have changed since the last run.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  isLeft,
  partsOf,
  type Report,
  type Summary,
  survivorsOf,
  tallyOf,
} from './mutants/summary.ts'

const SOURCES = 'packages/core/src'
const TESTS = 'packages/core/test'
const SUMMARY = 'docs/mutants.json'
const REPORT = '.cache/mutants/report.json'
const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const read = (path: string) => JSON.parse(readFileSync(root(path), 'utf8'))

const { values, positionals } = parseArgs({
  options: {
    again: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '1' },
  },
  allowPositionals: true,
})
const sources = readdirSync(root(SOURCES)).filter((name) => name !== 'index.ts')
const tests = readdirSync(root(TESTS))
const names = sources.filter(
  (name) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
)
if (names.length === 0) throw new Error(`No file in ${SOURCES} begins with ${positionals}`)

const run = (cwd: string, command: string, args: string[], env = {}) =>
  execFileSync(command, args, {
    cwd: root(cwd),
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
const mutate = (what: string[], args: string[], env = {}) =>
  run(
    '.',
    root('scripts/mutants/node_modules/.bin/stryker'),
    [
      'run',
      'scripts/mutants/stryker.config.mjs',
      `--mutate=${what}`,
      `--concurrency=${values.concurrency}`,
      '--incremental',
      ...args,
    ],
    env,
  )

run('scripts/mutants', 'pnpm', ['install', '--frozen-lockfile', '--silent'])
const all = names.map((name) => `${SOURCES}/${name}`)
const words = new Set(names.map((name) => name.replace(/[-.].*/, '')))
const own = [...words].filter((word) => tests.some((test) => test.startsWith(`${word}.`)))
if (values.again || own.length === 0) {
  mutate(all, values.again ? [] : ['--force'])
} else {
  // First by the tests whose names begin as the files' do, which take a tenth of the time: only the
  // lines with what those do not notice are tried by all.
  mutate(all, ['--force'], { COUNTERSIGN_MUTANTS_TESTS: `${own}` })
  const { files }: Report = read(REPORT)
  const lines = all.flatMap((path) => {
    const left = files[path]?.mutants.filter(isLeft) ?? []
    return left.map(({ location: { start, end } }) => `${path}:${start.line}-${end.line}`)
  })
  if (lines.length > 0) mutate([...new Set(lines)], ['--force'])
}

const summary: Summary = read(SUMMARY)
const files = Object.entries(summary.files).filter(([name]) => sources.includes(name))
const measured = new Map(files)
const date = new Date().toJSON().slice(0, 10)
let open = 0
const report: Report = read(REPORT)
for (const name of names) {
  const path = `${SOURCES}/${name}`
  // There is nothing to change in types alone.
  const file = report.files[path] ?? { source: '', mutants: [] }
  const found = survivorsOf(file, measured.get(name)?.survivors ?? [])
  for (const { at, survivor } of found) {
    if (!survivor.equal) open++
    console.log(`${path}:${at} ${survivor.mutant} ${survivor.equal ? '(equal)' : ''}`)
  }
  const survivors = found.map(({ survivor }) => survivor)
  measured.set(name, { date, ...tallyOf(file), survivors })
}

summary.files = Object.fromEntries([...measured].sort())
summary.parts = partsOf(summary.files)
writeFileSync(root(SUMMARY), `${JSON.stringify(summary, undefined, 2)}\n`)
const show = (tallies: object) => console.table(tallies, ['mutants', 'killed', 'score'])
show(Object.fromEntries(names.map((name) => [name, measured.get(name)])))
show(summary.parts)
if (open > 0) {
  console.error(`${open} survivors to be looked at`)
  process.exitCode = 1
}
