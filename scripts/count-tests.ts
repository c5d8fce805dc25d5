/**
 * `node scripts/count-tests.ts <report> <exit code>` prints "N passed, N failed" for a test run.
 *
 * The report of Vitest counts tests alone. A file that does not load, a type error outside of the
 * tests or a run that never began fails the run too, and is counted as one.
 */
import { existsSync, readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

const [path = '', exitCode = '0'] = process.argv.slice(2)
const report: Report = existsSync(path)
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, testResults: [] }

const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
)
const counted = report.numFailedTests + brokenFiles.length
const failed = exitCode === '0' ? counted : Math.max(counted, 1)
console.log(`${report.numPassedTests} passed, ${failed} failed`)
