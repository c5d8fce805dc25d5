import { measure } from 'mitata'
import type { Role, Row } from '../bench.ts'
import { median } from './stats.ts'

/** One thing that is measured beside others. */
export interface Timed {
  readonly name: string
  readonly role: Role
  /** Which entry it is counted over. */
  readonly over?: string | undefined
  run(): unknown
}

/** How long one entry runs at a time, in nanoseconds. */
const BLOCK = 15e6
const QUICK_BLOCK = 2e6

/** The mean of so many runs at a stretch, in nanoseconds, by mitata's loop. */
async function block(run: () => unknown, count: number): Promise<number> {
  const unroll = count < 4 ? 1 : 4
  // A function of its own: mitata asks one with parameters for more than to be called.
  const { avg } = await measure(() => run(), {
    batch_samples: Math.ceil(count / unroll) * unroll,
    batch_unroll: unroll,
    // One sample, and always in a batch: the comparison is made here.
    min_samples: 1,
    max_samples: 1,
    min_cpu_time: 0,
    warmup_samples: 1,
    warmup_threshold: Infinity,
    batch_threshold: Infinity,
    // A collection of everything before each block would throw away what the engine has learned of
    // objects that live for one call, and measure how it learns that again.
    gc: false,
  })
  return avg
}

/** How many runs fill a block. Finding that out warms the code up. */
async function fitting(run: () => unknown, length: number): Promise<number> {
  for (let count = 1; ; count *= 4) {
    const time = (await block(run, count)) * count
    if (time >= length) return Math.max(1, Math.round((count * length) / time))
  }
}

/**
 * Times entries in alternating blocks of one process, so that what disturbs one disturbs its
 * neighbours: `ns` for each run, and the medians of the differences (`over`) and of the ratios
 * (`ratio`) within a round to the entry that each is counted over.
 */
export async function alternate(entries: readonly Timed[], quick: boolean): Promise<Row[]> {
  const rounds = quick ? 5 : 60
  const length = quick ? QUICK_BLOCK : BLOCK
  const counts = new Map<string, number>()
  for (const { name, run } of entries) counts.set(name, await fitting(run, length))

  const times = new Map(entries.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    // A different one goes first each time.
    for (let i = 0; i < entries.length; i++) {
      const { name, run } = entries[(i + round) % entries.length] as Timed
      times.get(name)?.push(await block(run, counts.get(name) as number))
    }
  }

  return entries.map(({ name, role, over }) => {
    const own = times.get(name) as number[]
    const base = over === undefined ? undefined : times.get(over)
    const paired = (relation: (a: number, b: number) => number) =>
      median(own.map((time, round) => relation(time, base?.[round] as number)))
    return {
      entry: name,
      role,
      values: {
        ns: median(own),
        ...(base && { over: paired((a, b) => a - b), ratio: paired((a, b) => a / b) }),
      },
    }
  })
}
