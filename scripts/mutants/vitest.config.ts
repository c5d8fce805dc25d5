import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { unit } from '../../vitest.config.ts'

const core = unit('packages/core')
/** The first words of the names of the test files to run. */
const only = process.env.COUNTERSIGN_MUTANTS_TESTS?.split(',').map(
  (word) => `test/${word}.{test,*.test}.ts`,
)
const NONE = { failed: false, duration: Number.MAX_VALUE }

/** The quickest first, and of those what has just killed a mutant: it is likely to kill the next one. */
class QuickestKill extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification) => {
      const { failed, duration } = this.ctx.cache.getTestSpecificationResult(file) ?? NONE
      return failed && duration < 1000 ? 0 : duration
    }
    return files.sort((a, b) => rank(a) - rank(b))
  }
}

/** The core's tests in Node.js, with the same inputs for every mutant. */
export default {
  ...core,
  test: {
    ...core.test,
    include: only ?? core.test.include,
    setupFiles: ['../../scripts/mutants/setup.ts'],
    env: { COUNTERSIGN_SEED: '1' },
    sequence: { sequencer: QuickestKill },
    // A hundred starts of a worker for each mutant would be most of the time.
    isolate: false,
    // On a busy machine, too, only what hangs should fail by it; a file's own tests take no second.
    testTimeout: only ? 3_000 : 10_000,
  },
}
