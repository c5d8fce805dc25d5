/** The vendors of all tenants, in a thread of their own: what they remember is not the library's memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { dice } from './dice.ts'
import { ledger } from './ledger.ts'
import { type Office, type Tenant, tenant } from './tenant.ts'
import { trouble } from './trouble.ts'

export interface VendorsData {
  readonly seed: number
  /** Percent. */
  readonly faults: readonly [least: number, most: number]
}

type Pairs = readonly (readonly [name: string, count: number])[]

/** What the vendors have seen, told at the end. */
export interface Findings {
  /** See `Office`. */
  readonly requests: Pairs
  readonly accepted: number
  /** The tokens that a vendor has refused. */
  readonly refused: ReadonlySet<string>
  readonly events: Pairs
  readonly faults: Pairs
  readonly violations: readonly (readonly [kind: string, first: string])[]
}

const TENANTS = ['one', 'two', 'three']

const port = parentPort as NonNullable<typeof parentPort>
const { seed, faults } = workerData as VendorsData
const draw = dice(seed)
const tenants: Tenant[] = []
const origins = () => tenants.flatMap(({ site }) => Object.values(site.origins))
const office: Office = {
  book: ledger(),
  trouble: trouble(draw, origins, ...faults),
  requests: new Map(),
  events: new Map(),
  last: new Map(),
}
const { book, events, requests } = office
for (const name of TENANTS) tenants.push(await tenant(name, draw, office))

let timer: NodeJS.Timeout | undefined
port.on('message', async (message: 'begin' | 'calm' | 'close') => {
  clearInterval(timer)
  office.trouble.rage(message === 'begin')
  if (message === 'begin') {
    timer = setInterval(() => {
      for (const { happen } of tenants) if (draw.chance() < 0.3) happen()
    }, 100)
    return
  }
  for (const { calm } of tenants) calm()
  if (message === 'calm') return
  const findings: Findings = {
    requests: [...requests],
    accepted: book.accepted,
    refused: book.refused,
    events: [...events],
    faults: [...office.trouble.counts],
    violations: [...book.violations],
  }
  await Promise.all(tenants.map(({ close }) => close()))
  port.postMessage(findings)
  port.close()
})
port.postMessage(tenants.map(({ site }) => site))
