import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type Audit, audit } from './audit.ts'
import { dice } from './dice.ts'
import { servicesOf } from './services.ts'
import type { Findings, Site, VendorsData } from './vendors.ts'
import { desks, type Tally, worker } from './workers.ts'

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
  readonly contacts: number
  readonly idle: number
  /** Unhandled rejections, uncaught exceptions and warnings. */
  readonly alarms: readonly unknown[]
  readonly handles: { readonly before: readonly string[]; readonly after: readonly string[] }
  /** In bytes, after a collection. */
  readonly heap: { readonly before: number; readonly after: number }
}

const JUMPS = [2_000, -2_000, 30_000, -30_000, 600_000, -600_000]

/** Calls every service by every client, at vendors that fail, and looks at what is left of it. */
export async function torture(options: TortureOptions): Promise<Outcome> {
  const { seed, seconds, workers, faults } = options
  const alarms: unknown[] = []
  const alarm = (what: unknown) => void alarms.push(what)
  process.on('unhandledRejection', alarm).on('uncaughtException', alarm).on('warning', alarm)
  const before = handles()

  const workerData: VendorsData = { seed, faults }
  const vendors = new Worker(new URL('vendors.ts', import.meta.url), { workerData })
  const [sites] = (await once(vendors, 'message')) as [Site[]]
  const draw = dice(seed + 1)

  const audits: Audit[] = []
  let offset = 0
  let jumps = 0
  const now = () => Date.now() + offset
  const seams = () => {
    const own = audit(now)
    audits.push(own)
    return { now, onEvent: own.onEvent }
  }
  const all = desks(sites.flatMap((site) => servicesOf(site, seams)))
  const clock = setInterval(() => {
    // Set off for a moment, ahead or back, and then right again.
    if (offset === 0 && draw.chance() > 0.1) return
    offset = offset ? 0 : draw.one(JUMPS)
    jumps++
    for (const { jumped } of audits) jumped()
  }, 150)

  const tally: Tally = {
    started: 0,
    ended: 0,
    outcomes: new Map(),
    open: new Set(),
    late: [],
    strange: new Map(),
  }
  const shift = async (duration: number) => {
    let over = false
    const crew = Array.from({ length: workers }, () => worker(all, draw, tally, () => over))
    await sleep(duration)
    over = true
    await Promise.all(crew)
    // Nobody waits for what is refreshed in the background, which gives up after a second.
    for (let n = 0; n < 60 && audits.some(({ pending }) => pending); n++) await sleep(25)
  }
  // What is made once and kept, by the library, by clients and by Node.js, is there after a while.
  const warm = seconds * 300
  await shift(warm)
  const heap = { before: await settledHeap(), after: 0 }
  await shift(seconds * 1000 - warm)
  vendors.postMessage('calm')
  clearInterval(clock)
  heap.after = await settledHeap()

  const told = once(vendors, 'message')
  const gone = once(vendors, 'exit')
  vendors.postMessage('close')
  const [findings] = (await told) as [Findings]
  await gone
  const after = await handlesAsBefore(before)
  process.off('unhandledRejection', alarm).off('uncaughtException', alarm).off('warning', alarm)

  const sum = (of: (one: Audit) => number) => audits.reduce((total, one) => total + of(one), 0)
  return {
    tally,
    findings,
    jumps,
    contacts: sum(({ contacts }) => contacts),
    idle: sum(({ idle }) => idle),
    alarms,
    handles: { before, after },
    heap,
  }
}

/** The heap once everything that is over has been collected. */
async function settledHeap(): Promise<number> {
  const { gc } = globalThis
  if (!gc) throw new Error('The heap can be measured under `node --expose-gc` only')
  for (let n = 0; n < 4; n++) {
    await sleep(50)
    gc()
  }
  return process.memoryUsage().heapUsed
}

/** What holds the process. */
const handles = (): readonly string[] => process.getActiveResourcesInfo().toSorted()

/** The same, once the clients have noticed that their servers are gone. */
async function handlesAsBefore(before: readonly string[]): Promise<readonly string[]> {
  for (let n = 0; ; n++) {
    const after = handles()
    if (String(after) === String(before) || n === 100) return after
    await sleep(50)
  }
}
