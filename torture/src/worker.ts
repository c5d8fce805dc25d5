import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Awake } from './awake.ts'
import type { Caller } from './callers.ts'
import { type Counts, count } from './count.ts'
import type { Dice } from './dice.ts'
import { BLIND, CALL } from './ledger.ts'
import { kindOf } from './outcome.ts'

/** Who has no answer after so many ms leaves. */
const DEADLINES = [20, 100, 300, 1_000]
/** A call that goes on for so many ms after it was aborted is late; it is waited for twice as long. */
const GRACE = 1_000

/**
 * These send a Request, whose signal Node.js forgets once the Request has been collected: an abort in the middle of
 * a body may be lost, with and without a signer. https://github.com/nodejs/node/issues/55428
 */
const FORGETFUL = / by (?:ky|axios\/fetch)$/

/** Line 30w of the contract of adapters: what its README says that it cannot. */
const NEVER_TELLS = / by axios\/fetch$/

/** What the calls have come to. */
export interface Tally {
  started: number
  ended: number
  /** Answers by status, and errors by their kind. */
  readonly outcomes: Counts
  /** The calls that have not ended. */
  readonly open: Set<string>
  /** The calls that went on after their deadline. */
  readonly late: string[]
  /** The same, of the clients that lose it. */
  forgotten: number
  /** Errors without a type, the first of each message. */
  readonly strange: Map<string, string>
  /** Answers that belong to another call. */
  readonly swapped: string[]
  /** The longest call, in ms. */
  worst: { readonly duration: number; readonly name: string }
}

export const tally = (): Tally => ({
  started: 0,
  ended: 0,
  outcomes: new Map(),
  open: new Set(),
  late: [],
  forgotten: 0,
  strange: new Map(),
  swapped: [],
  worst: { duration: 0, name: '' },
})

export interface WorkerOptions {
  /** What its calls are numbered after. */
  readonly id: string
  readonly callers: readonly Caller[]
  readonly draw: Dice
  readonly notes: Tally
  readonly awake: Awake
  isOver(): boolean
}

/** Calls one service after the other, by any client, until it is over. */
export async function worker(options: WorkerOptions): Promise<void> {
  const { id, callers, notes, awake, isOver } = options
  const { one, chance } = options.draw

  async function ended({ name, send }: Caller, url: string, init: RequestInit, call: string) {
    notes.started++
    try {
      const response = await send(url, { ...init, headers: { ...init.headers, [CALL]: call } })
      await response.arrayBuffer()
      count(notes.outcomes, `${response.status}`)
      if ((response.headers.get(CALL) ?? call) !== call) notes.swapped.push(`${call}: ${name}`)
    } catch (error) {
      const kind = kindOf(error, init.signal?.aborted ?? false)
      count(notes.outcomes, kind ?? 'strange')
      if (!kind) notes.strange.set(String(error), inspect(error, { depth: 4 }))
    }
    notes.ended++
  }

  for (let n = 0; !isOver(); n++) {
    const caller = one(callers)
    // Now and then somebody takes one service's client for another service.
    const { requests } = chance() < 0.03 ? one(callers).service : caller.service
    const { url, init } = one(requests)
    const call = `${id}.${n}${NEVER_TELLS.test(caller.name) ? BLIND : ''}`
    const name = `${caller.name}, call ${call}: ${init.method ?? 'GET'} ${url}`
    const controller = new AbortController()
    const { signal } = controller
    const began = awake.now()
    let left = Infinity
    const over = new AbortController()
    const pause = (ms: number) => sleep(ms, undefined, { signal: over.signal })
    const patience = pause(one(DEADLINES)).then(async () => {
      left = awake.now()
      controller.abort()
      while (awake.now() - left < 2 * GRACE) await pause(GRACE / 2)
    })
    notes.open.add(name)
    const end = ended(caller, url, { ...init, signal }, call).then(() => notes.open.delete(name))
    await Promise.race([end, patience.catch(() => {})])
    over.abort()
    const duration = awake.now() - began
    if (duration > notes.worst.duration) notes.worst = { duration, name }
    if (awake.now() - left > GRACE) {
      if (FORGETFUL.test(caller.name)) notes.forgotten++
      else notes.late.push(`${duration} ms: ${name}`)
    }
    // A service that answers at once must not keep the others from their turn.
    await turn()
  }
}
