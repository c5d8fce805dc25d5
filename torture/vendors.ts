/** The vendors of all tenants, in a thread of their own: what they remember is not the library's memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { dice } from './dice.ts'
import { ledger } from './ledger.ts'
import { type Tenant, tenant } from './tenant.ts'
import { trouble } from './trouble.ts'

export interface VendorsData {
  readonly seed: number
  /** Percent. */
  readonly faults: readonly [least: number, most: number]
}

/** Where a tenant's vendors are, and what they take. */
export type Site = Pick<Tenant, 'options' | 'origins'>

/** What the vendors have seen, told at the end. */
export interface Findings {
  readonly arrivals: number
  readonly accepted: number
  readonly asked: number
  readonly spoiled: number
  readonly events: number
  readonly violations: readonly (readonly [kind: string, first: string])[]
  readonly troubles: readonly (readonly [name: string, count: number])[]
}

const port = parentPort as NonNullable<typeof parentPort>
const { seed, faults } = workerData as VendorsData
const draw = dice(seed)
const book = ledger()
const tenants: Tenant[] = []
const all = () => tenants.flatMap(({ origins }) => Object.values(origins))
const troubles = trouble(draw, all, ...faults)
for (const name of ['one', 'other']) tenants.push(await tenant(name, draw, book, troubles))

let events = 0
const timer = setInterval(() => {
  for (const { happen } of tenants) {
    if (draw.chance() > 0.3) continue
    events++
    happen()
  }
}, 100)

const sum = (of: (tenant: Tenant) => number) => tenants.reduce((total, it) => total + of(it), 0)

port.on('message', async (message: 'calm' | 'close') => {
  clearInterval(timer)
  troubles.calm()
  if (message !== 'close') return
  const findings: Findings = {
    arrivals: sum(({ arrivals }) => arrivals),
    accepted: book.accepted,
    asked: sum(({ asked }) => asked),
    spoiled: sum(({ spoiled }) => spoiled),
    events,
    violations: [...book.violations],
    troubles: [...troubles.counts],
  }
  await Promise.all(tenants.map(({ close }) => close()))
  port.postMessage(findings)
  port.close()
})
port.postMessage(tenants.map(({ options, origins }): Site => ({ options, origins })))
