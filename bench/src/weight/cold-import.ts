import { execFileSync } from 'node:child_process'
import { median } from '../measure/stats.ts'
import type { Import } from './imports.ts'

const EMPTY = "import('data:text/javascript,')"

/** One import in a fresh process, in milliseconds. */
function once(expression: string, cwd: string): number {
  const code = `const began = performance.now(); await ${expression}; process.stdout.write(String(performance.now() - began))`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd }))
}

/** How much longer than an empty module each import takes in a fresh process, in milliseconds. */
export function coldImports(imports: readonly Import[], cwd: string, rounds: number): number[] {
  const times = imports.map(() => [] as number[])
  for (let round = 0; round < rounds; round++) {
    for (const [i, { code }] of imports.entries()) {
      const from = /from '([^']+)'/.exec(code)?.[1]
      times[i]?.push(once(`import('${from}')`, cwd) - once(EMPTY, cwd))
    }
  }
  return times.map(median)
}
