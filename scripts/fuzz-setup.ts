/**
 * What every property of a `*.fuzz.test.ts` shares: `COUNTERSIGN_RUNS` inputs (500 by default) from
 * `COUNTERSIGN_SEED` (random by default), and a failure that tells the command which repeats it.
 */
import fc, { type RunDetails } from 'fast-check'
import { beforeEach, expect, type TaskMeta } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** How many inputs the properties of a test were given. */
    inputs?: number
    /** How many of them were found once, and are kept among the properties' `examples`. */
    kept?: number
  }
}

const { COUNTERSIGN_RUNS = '500', COUNTERSIGN_SEED } = process.env
let meta: TaskMeta = {}
beforeEach(({ task }) => {
  meta = task.meta
})

function report(details: RunDetails<unknown>): void {
  meta.inputs = (meta.inputs ?? 0) + details.numRuns
  meta.kept = (meta.kept ?? 0) + (details.runConfiguration.examples?.length ?? 0)
  if (!details.failed) return
  const { testPath = '', currentTestName = '' } = expect.getState()
  const file = testPath.replace(/^.*\/packages\//, 'packages/')
  const what = `${fc.defaultReportMessage(details)}

Once it is mended, keep the counterexample among the property's \`examples\`. Until then, repeat it:
COUNTERSIGN_SEED=${details.seed} COUNTERSIGN_RUNS=${COUNTERSIGN_RUNS} npm test -- --project fuzz ${file} -t '${currentTestName}'`
  throw new Error(what, { cause: details.errorInstance })
}

fc.configureGlobal({
  numRuns: Number(COUNTERSIGN_RUNS),
  ...(COUNTERSIGN_SEED !== undefined && { seed: Number(COUNTERSIGN_SEED) }),
  reporter: report,
})
