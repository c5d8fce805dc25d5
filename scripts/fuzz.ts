/**
 * `pnpm fuzz [--runs <inputs for each property>] [--seed <n>] [<file>…]`: every property of a
 * `*.fuzz.test.ts`, with more inputs than the tests give it, and how many there were.
 */
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String((Math.random() * 2 ** 31) | 0) },
  },
  allowPositionals: true,
})
process.env.COUNTERSIGN_RUNS = values.runs
process.env.COUNTERSIGN_SEED = values.seed

const vitest = await startVitest(positionals, { project: ['fuzz'], watch: false })
const modules = vitest.state.getTestModules()
const tests = modules.flatMap((module) => [...module.children.allTests()])
const total = (figure: 'inputs' | 'kept') =>
  tests.reduce((sum, test) => sum + (test.meta()[figure] ?? 0), 0)
await vitest.close()
// A file that does not load has no tests.
const broken = modules.filter((module) => !module.ok() && module.children.size === 0)
const failed = tests.filter((test) => !test.ok()).length + broken.length
console.log(
  `${tests.length} tests of properties, ${total('inputs')} inputs, ${total('kept')} of them kept cases, ${failed} failed (seed ${values.seed})`,
)
