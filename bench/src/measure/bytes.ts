import type { Row } from '../bench.ts'
import { median } from './stats.ts'
import type { Timed } from './alternate.ts'

/** A young generation into which everything that is measured fits, so that nothing is collected meanwhile. */
export const ROOMY: readonly string[] = [
  '--expose-gc',
  '--max-semi-space-size=512',
  '--min-semi-space-size=512',
]

/** A run allocates tens of kilobytes at the most: this many stay within the young generation. */
const RUNS = 2_000

/** What is compiled allocates less: so many runs compile everything, if they are not too slow for that. */
async function warmUp(run: () => unknown): Promise<void> {
  const began = performance.now()
  for (let i = 0; i < 100_000 && performance.now() - began < 2000; i++) await run()
}

async function allocated(run: () => unknown): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < RUNS; i++) await run()
  return (process.memoryUsage().heapUsed - before) / RUNS
}

/** What each run allocates on the heap, all in all and over another entry: `bytes` and `bytesOver`. */
export async function bytes(entries: readonly Timed[], quick: boolean): Promise<Row[]> {
  const rounds = quick ? 3 : 7
  const amounts = new Map(entries.map(({ name }) => [name, [] as number[]]))
  for (const { run } of entries) await warmUp(run)
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of entries) amounts.get(name)?.push(await allocated(run))
  }
  return entries.map(({ name, role, over }) => {
    const own = amounts.get(name) as number[]
    const base = over === undefined ? undefined : amounts.get(over)
    return {
      entry: name,
      role,
      values: {
        bytes: median(own),
        ...(base && { bytesOver: median(own.map((n, round) => n - (base[round] as number))) }),
      },
    }
  })
}
