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
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
const inputs = tests.reduce((sum, test) => sum + (test.meta().inputs ?? 0), 0)
await vitest.close()
const failed = tests.filter((test) => !test.ok()).length
console.log(
  `${tests.length} tests of properties, ${inputs} inputs, ${failed} failed (seed ${values.seed})`,
)
