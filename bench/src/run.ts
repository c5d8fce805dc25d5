import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Table } from './bench.ts'
import { benches } from './benches.ts'
import { type MergedTable, merged } from './merge.ts'

export interface RunOptions {
  readonly quick: boolean
  /** Entries whose names hold one of these, beside the marks. */
  readonly only: readonly string[]
  /** How many fresh processes, instead of what each bench asks for. */
  readonly runs?: number | undefined
}

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url))

/** Runs a bench in fresh processes, one after the other. */
export async function run(name: string, options: RunOptions): Promise<MergedTable[]> {
  const bench = await benches[name]?.()
  const tables: Table[] = []
  for (const [index, { flags, runs }] of bench?.passes.entries() ?? []) {
    const count = options.runs ?? (options.quick ? 1 : runs)
    for (let i = 1; i <= count; i++) {
      process.stderr.write(`${name}: pass ${index + 1}, process ${i} of ${count}\n`)
      tables.push(...(await inChild([name, String(index), JSON.stringify(options)], flags)))
    }
  }
  return merged(tables)
}

function inChild(args: readonly string[], flags: readonly string[]): Promise<Table[]> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, args, { execArgv: [...flags] })
    let tables: Table[] | undefined
    child.on('message', (message) => {
      tables = message as Table[]
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (tables) resolve(tables)
      else reject(new Error(`${args[0]} ended with ${code} and without a result`))
    })
  })
}
