import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Audit, audit } from './audit.ts'
import { awake } from './awake.ts'
import { callersOf } from './callers.ts'
import type { Counts } from './count.ts'
import { dice } from './dice.ts'
import { handles, handlesAsBefore, settledHeap, watched } from './process.ts'
import { recovered } from './recovery.ts'
import { servicesOf } from './services.ts'
import type { Site } from './tenant.ts'
import type { Findings, VendorsData } from './vendors.ts'
import { type Tally, tally, worker } from './worker.ts'

export interface TortureOptions {
  readonly seed: number
  readonly seconds: number
  readonly workers: number
  /** Percent. */
  readonly faults: readonly [least: number, most: number]
}

/** What a run has come to. */
export interface Outcome {
  readonly tally: Tally
  readonly findings: Findings
  readonly jumps: number
  /** Why tokens were asked for, by all caches. */
  readonly reasons: Counts
  /** See `Audit`. */
  readonly refused: readonly string[]
  readonly doubled: readonly string[]
  /** Who could not call once it was calm again. */
  readonly stuck: readonly string[]
  /** Unhandled rejections, uncaught exceptions and warnings. */
  readonly alarms: readonly unknown[]
  readonly handles: { readonly before: readonly string[]; readonly after: readonly string[] }
  /** In bytes, after a collection. */
  readonly heap: { readonly before: number; readonly after: number }
}

const JUMPS = [2_000, -2_000, 30_000, -30_000, 600_000, -600_000]
/** How much of the time it takes until whatever is made once and kept is there, in ms at the most. */
const WARM = { share: 0.3, most: 30_000 }

/** Calls every service by every client, at vendors that fail, and looks at what is left of it. */
export async function torture(options: TortureOptions): Promise<Outcome> {
  const { seed, faults } = options
  const before = handles()
  const { result, alarms } = await watched(async () => {
    const workerData: VendorsData = { seed, faults }
    const vendors = new Worker(new URL('vendors.ts', import.meta.url), { workerData })
    try {
      const [sites] = (await once(vendors, 'message')) as [Site[]]
      const ours = await clientsOf(sites, options, (message) => vendors.postMessage(message))
      const told = once(vendors, 'message')
      const gone = once(vendors, 'exit')
      vendors.postMessage('close')
      const [findings] = (await told) as [Findings]
      await gone
      return { ...ours, findings }
    } finally {
      await vendors.terminate()
    }
  })
  return { ...result, alarms, handles: { before, after: await handlesAsBefore(before) } }
}

/** The clients' side of it. */
async function clientsOf(
  sites: readonly Site[],
  { seed, seconds, workers }: TortureOptions,
  tell: (message: 'begin' | 'calm') => void,
): Promise<Omit<Outcome, 'findings' | 'alarms' | 'handles'>> {
  const audits: Audit[] = []
  let offset = 0
  let jumps = 0
  const now = () => Date.now() + offset
  const setClock = (ms: number) => {
    if (offset === ms) return
    offset = ms
    jumps++
    for (const { jumped } of audits) jumped()
  }
  const seams = () => {
    const own = audit(now)
    audits.push(own)
    const { onEvent, fetch, wrapSource } = own
    return { now, onEvent, fetch, wrapSource }
  }
  const callers = callersOf(sites.flatMap((site) => servicesOf(site, seams)))

  const time = awake()
  // Whoever cannot call at first says nothing about what comes then.
  const broken = await recovered(callers, time)
  if (broken.length > 0) throw new Error(`Not even at first:\n${broken.join('\n')}`)
  tell('begin')
  const draw = dice(seed, 1)
  const clock = setInterval(() => {
    // Off for a moment, ahead or back, and then right again.
    if (offset !== 0) setClock(0)
    else if (draw.chance() < 0.1) setClock(draw.one(JUMPS))
  }, 150)

  const notes = tally()
  const draws = Array.from({ length: workers }, (_, n) => dice(seed, n + 2))
  async function run(duration: number, part: string): Promise<void> {
    let over = false
    const shared = { callers, notes, awake: time, isOver: () => over }
    const all = draws.map((own, n) => worker({ ...shared, id: `${part}${n}`, draw: own }))
    await sleep(duration)
    over = true
    await Promise.all(all)
    // Nobody waits for what is refreshed in the background, which gives up by itself.
    for (let n = 0; n < 60 && audits.some(({ pending }) => pending); n++) await sleep(25)
  }
  const warm = Math.min(seconds * 1000 * WARM.share, WARM.most)
  await run(warm, 'a')
  const heap = { before: await settledHeap(), after: 0 }
  await run(seconds * 1000 - warm, 'b')
  clearInterval(clock)
  setClock(0)
  tell('calm')
  const stuck = await recovered(callers, time)
  time.stop()
  heap.after = await settledHeap()

  const reasons: Counts = new Map()
  for (const [reason, times] of audits.flatMap((one) => [...one.reasons])) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + times)
  }
  const refused = audits.flatMap((one) => [...one.refused])
  const doubled = audits.flatMap((one) => one.doubled)
  return { tally: notes, jumps, reasons, refused, doubled, stuck, heap }
}
