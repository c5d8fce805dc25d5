import type { ServiceName } from '../variables.ts'
import { check, Off, Skip } from './expect.ts'
import type { Requests, Stage } from './stage.ts'
import type { Seen, Step } from './step.ts'

/** A step that has been gone through, as it is shown. */
export interface Row {
  readonly service: ServiceName
  /** Where each service goes through each client. */
  readonly client?: string
  readonly step: string
  readonly outcome: 'ok' | 'off' | 'skipped'
  readonly result: string
  readonly note?: string
  readonly expected?: string
  readonly seen?: string
  readonly requests: Requests
  readonly ms: number
}

/** A service with its steps, ready to be gone through. */
export interface Act {
  readonly service: ServiceName
  readonly client?: string
  readonly stage: Stage
  readonly steps: readonly Step[]
}

export interface Teller {
  begin?(service: ServiceName, step: string): void
  row(row: Row): void
}

/**
 * Goes through every step, one after the other; a step that is off does not end it.
 *
 * @param patience How long a step may take, in milliseconds.
 */
export async function run(acts: readonly Act[], teller: Teller, patience = 60_000): Promise<Row[]> {
  const rows: Row[] = []
  for (const { service, client, stage, steps } of acts) {
    stage.timeIs()
    for (const step of steps) {
      teller.begin?.(service, step.title)
      const name = { service, ...(client && { client }), step: step.title }
      const row = { ...name, ...(await gone(step, stage, patience)) }
      rows.push(row)
      teller.row(row)
    }
  }
  return rows
}

async function gone(
  step: Step,
  stage: Stage,
  patience: number,
): Promise<Omit<Row, 'service' | 'client' | 'step'>> {
  const before = stage.requests()
  const start = performance.now()
  const took = () => {
    const { token, api } = stage.requests()
    return {
      requests: { token: token - before.token, api: api - before.api },
      ms: Math.round(performance.now() - start),
    }
  }
  try {
    if (step.sandboxOnly && !stage.house) throw new Skip('sandbox only')
    const said = await within(patience, step)
    const {
      result,
      note,
      requests: expected = step.requests,
    } = typeof said === 'string' ? ({ result: said } as Seen) : said
    const { requests, ms } = took()
    check(
      requests.token === expected[0] && requests.api === expected[1],
      counted(...expected),
      `${counted(requests.token, requests.api)} (${result})`,
    )
    return {
      outcome: 'ok',
      result: stage.conceal(result),
      ...(note && { note: stage.conceal(note) }),
      requests,
      ms,
    }
  } catch (error) {
    if (error instanceof Skip) return { outcome: 'skipped', result: error.message, ...took() }
    const { expected, seen } = error instanceof Off ? error : unexpected(error)
    return {
      outcome: 'off',
      result: 'not as expected',
      expected: stage.conceal(expected),
      seen: stage.conceal(seen),
      ...took(),
    }
  }
}

async function within(patience: number, step: Step): Promise<Seen | string> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Off('an end', `none in ${patience} ms`)), patience)
  })
  try {
    return await Promise.race([step.run(), late])
  } finally {
    clearTimeout(timer)
  }
}

const counted = (token: number, api: number): string => `${token} token + ${api} API requests`

function unexpected(error: unknown): { expected: string; seen: string } {
  const { name, message, cause } = error as Error
  const why =
    cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : ''
  return { expected: 'no error', seen: `${name}: ${message}${why}` }
}
