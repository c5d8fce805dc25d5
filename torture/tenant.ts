import { type Arrival, createSandbox, type ExpiringService } from '@countersign/testing'
import { type FaultyServer, faulty } from '@countersign/testing/faults'
import { type ListeningOptions, reachedAt } from '../packages/testing/src/endpoints.ts'
import type { Dice } from './dice.ts'
import type { Ledger } from './ledger.ts'
import type { Trouble } from './trouble.ts'

/** One customer of all the vendors, with servers of its own. */
export interface Tenant {
  readonly options: ListeningOptions
  readonly origins: Readonly<Record<string, string>>
  /** Something happens at one of the vendors. */
  happen(): void
  /** Requests for tokens, and those of them whose answers were of no use. */
  readonly asked: number
  readonly spoiled: number
  readonly arrivals: number
  close(): Promise<void>
}

/** Whose a host is; paths of a form hand out tokens. */
const HOSTS: readonly (readonly [host: RegExp, service: string, tokens?: RegExp])[] = [
  [/^login\.microsoftonline/, 'kalibrate', /^/],
  [/kalibrate/, 'kalibrate'],
  [/\.amperity\.com$/, 'amperity', /^\/api\/v0\//],
  [/^console\.angus/, 'angus', /^/],
  [/^data\.angus/, 'angus'],
  [/^paasportal/, 'optimizelyDxp'],
  [/^api\.optimizely/, 'optimizelyEvents', /^/],
  [/amazonaws\.com$/, 'optimizelyEvents'],
]
const SERVICES: readonly ExpiringService[] = ['kalibrate', 'amperity', 'angus', 'optimizelyEvents']
const SHORTEST = 200
const LONGEST = 2_000
const SKEWS = [0, 0, 0, 3_000, -3_000, 600_000, -600_000]

export async function tenant(
  name: string,
  { one, between, chance }: Dice,
  book: Ledger,
  trouble: Trouble,
): Promise<Tenant> {
  const sandbox = createSandbox({ history: 0, amperity: { rateLimit: 10_000 } })
  const lifetimes = new Map<ExpiringService, number>()
  const origins: Record<string, string> = {}
  const servers: FaultyServer[] = []
  /** The last answer of a token endpoint, which now and then it gives again. */
  const before = new Map<string, string>()
  let asked = 0
  let spoiled = 0
  let arrivals = 0

  const shorten = (service: ExpiringService) => {
    lifetimes.set(service, between(SHORTEST, LONGEST))
    sandbox.shorten(service, lifetimes.get(service) as number)
  }
  for (const service of SERVICES) shorten(service)

  /** What a token endpoint hands out, which is then the service's own. */
  async function handsOut(service: string, owner: string, response: Response): Promise<Response> {
    const { status, headers } = response
    let text = await response.text()
    if (status === 200 && text.includes('"expires_in"')) {
      // The vendors count in whole seconds, and some of these tokens live for less.
      const expires_in = (lifetimes.get(service as ExpiringService) ?? 0) / 1000
      text = JSON.stringify({ ...JSON.parse(text), expires_in })
    }
    if (status === 200 && chance() < 0.02) text = before.get(service) ?? text
    before.set(service, text)
    for (const secret of text.match(/[\w.+/=-]{40,}/g) ?? []) book.enter(secret, owner)
    headers.delete('content-length')
    return new Response(text, { status, headers })
  }

  async function answer(
    host: string,
    request: Pick<Arrival, 'method' | 'target' | 'headers' | 'body'>,
  ): Promise<Response> {
    const [, service = '', tokens] = HOSTS.find(([form]) => form.test(host)) ?? []
    const owner = `${name}/${service}`
    const arrival: Arrival = { ...request, host, origin: origins[host] as string }
    const endpoint = tokens?.test(request.target) ? 'token' : 'api'
    arrivals++
    book.see(arrival, owner)
    if (endpoint === 'token') asked++
    const fault = trouble.fault(endpoint)
    // Taken by this very request, which the sandbox looks at before anything else happens.
    if (fault) sandbox.inject(fault)
    try {
      const response = await sandbox.receive(arrival)
      if (endpoint === 'token') {
        if (response.status !== 200 || fault) spoiled++
        return await handsOut(service, owner, response)
      }
      if (response.status < 300 && !fault) {
        book.accept(arrival, owner, service === 'optimizelyDxp' ? options.optimizelyDxp : undefined)
      }
      return response
    } catch (error) {
      if (endpoint === 'token') spoiled++
      throw error
    }
  }

  for (const host of sandbox.hosts) {
    const server = await faulty(trouble.fate, { answer: (request) => answer(host, request) })
    servers.push(server)
    origins[host] = server.origin
  }
  const options = reachedAt(origins, sandbox.options)
  for (const [service, credentials] of Object.entries(options)) {
    // Names are no secrets.
    const {
      tenant: _,
      clientId: __,
      scope: ___,
      ...secrets
    } = { ...credentials } as object & {
      tenant?: string
      clientId?: string
      scope?: string
    }
    for (const secret of longTexts(secrets)) {
      book.enter(secret, `${name}/${service.replace(/^amperity.*/, 'amperity')}`)
    }
  }

  const events: readonly (() => void)[] = [
    () => sandbox.revoke(one(SERVICES), 'tokens'),
    () => sandbox.expire(one(SERVICES)),
    () => shorten(one(SERVICES)),
    () => sandbox.clock.skew(one(SKEWS)),
  ]
  return {
    options,
    origins,
    happen: () => one(events)(),
    get asked() {
      return asked
    },
    get spoiled() {
      const broken = servers.flatMap(({ connections }) => connections.filter(({ fault }) => fault))
      return spoiled + broken.reduce((sum, { requests }) => sum + requests, 0)
    },
    get arrivals() {
      return arrivals
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

/** The texts in options that are as long as a secret, and no address. */
function longTexts(value: unknown): string[] {
  if (typeof value === 'object' && value) return Object.values(value).flatMap(longTexts)
  return typeof value === 'string' && value.length >= 30 && !value.includes('//') ? [value] : []
}
