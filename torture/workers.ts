import { setImmediate as turn } from 'node:timers/promises'
import { inspect } from 'node:util'
import { clients } from '../packages/cli/src/demo/clients.ts'
import type { Dice } from './dice.ts'
import { kindOf } from './outcome.ts'
import type { Service } from './services.ts'

/** Who has not got an answer after so many ms leaves; a few leave after a moment. */
const PATIENCE = 2_000
/** A call that goes on for so many ms after it was aborted is late; it is waited for twice as long. */
const GRACE = 1_000

/**
 * These send a Request, whose signal Node.js forgets once the Request has been collected: an abort in the middle of
 * a body may be lost, with and without a signer. https://github.com/nodejs/node/issues/55428
 */
const FORGETFUL = / by (?:ky|axios\/fetch)$/

/** What the calls have come to. */
export interface Tally {
  started: number
  ended: number
  /** Answers by status, and errors by their kind. */
  readonly outcomes: Map<string, number>
  /** The calls that have not ended. */
  readonly open: Set<string>
  /** The calls that did not end when they were aborted. */
  readonly late: string[]
  /** Errors without a type, the first of each message. */
  readonly strange: Map<string, string>
}

/** A client with a service's signer in it, one for all workers. */
interface Desk {
  readonly name: string
  readonly service: Service
  send(url: string, init?: RequestInit): Promise<Response>
}

export function desks(services: readonly Service[]): Desk[] {
  return services.flatMap((service) =>
    clients.map((client) => ({
      name: `${service.name} by ${client.name}`,
      service,
      send: client.open(service.signer, service.origin),
    })),
  )
}

/** Calls one service after the other, by any client, until it is over. */
export async function worker(
  all: readonly Desk[],
  { one, chance, between }: Dice,
  tally: Tally,
  isOver: () => boolean,
): Promise<void> {
  const note = (outcome: string) =>
    tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1)

  async function answered({ send }: Desk, url: string, init: RequestInit): Promise<void> {
    tally.started++
    try {
      const response = await send(url, init)
      await response.arrayBuffer()
      note(`${response.status}`)
    } catch (error) {
      const kind = kindOf(error)
      note(kind ?? 'strange')
      if (!kind) tally.strange.set(String(error), inspect(error, { depth: 4 }))
    }
    tally.ended++
  }

  async function call(): Promise<void> {
    const desk = one(all)
    // Now and then somebody takes one service's client for another service.
    const { requests } = chance() < 0.03 ? one(all).service : desk.service
    const { url, init } = one(requests)
    const name = `${desk.name}, call ${tally.started}: ${url}`
    const controller = new AbortController()
    let giveUp = () => {}
    const given = new Promise<void>((resolve) => {
      giveUp = resolve
    })
    let aborted: number | undefined
    const leave = () => {
      aborted = performance.now()
      controller.abort()
      timer = setTimeout(giveUp, 2 * GRACE)
    }
    let timer = setTimeout(leave, chance() < 0.05 ? between(0, 30) : PATIENCE)
    tally.open.add(name)
    const ended = answered(desk, url, { ...init, signal: controller.signal })
    await Promise.race([ended.then(() => tally.open.delete(name)), given])
    clearTimeout(timer)
    const late = aborted === undefined ? 0 : performance.now() - aborted
    if (late > GRACE && !FORGETFUL.test(desk.name)) {
      tally.late.push(`${Math.round(late)} ms: ${name}`)
    }
  }

  while (!isOver()) {
    await call()
    // A silenced service must not keep the others from their turn.
    await turn()
  }
}
