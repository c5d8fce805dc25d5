import { type Arrival, createSandbox, type ExpiringService, type Fault } from '@countersign/testing'
import { type FaultyArrival, type FaultyServer, faulty } from '@countersign/testing/faults'
import { type ListeningOptions, reachedAt } from '../../packages/testing/src/endpoints.ts'
import { type Counts, count } from './count.ts'
import type { Dice } from './dice.ts'
import { GENERAL, type General, type GeneralCredentials, general } from './general.ts'
import { grants, type LastGrants } from './grants.ts'
import { enterSecrets, hostOf } from './homes.ts'
import { CALL, type Ledger } from './ledger.ts'
import { byHmac, bySigv4, type Verify } from './proofs.ts'
import type { Trouble } from './trouble.ts'

/** Where a tenant's vendors are, and what they take. */
export interface Site {
  readonly name: string
  readonly options: ListeningOptions
  readonly general: GeneralCredentials
  readonly origins: Readonly<Record<string, string>>
  /** What the credentials open of the bucket. */
  readonly folder: string
}

/** One customer of all the vendors, with servers of its own. */
export interface Tenant {
  readonly site: Site
  /** Something happens at one of the vendors. */
  happen(): void
  /** The vendors' clocks are right again. */
  calm(): void
  close(): Promise<void>
}

/** What all tenants share. */
export interface Office {
  readonly book: Ledger
  readonly trouble: Trouble
  /** `api` and `token` requests; of the latter, those that brought `tokens`, and those with `useless` answers. */
  readonly requests: Counts
  readonly events: Counts
  readonly last: LastGrants
}

const SERVICES: readonly ExpiringService[] = ['kalibrate', 'amperity', 'angus', 'optimizelyEvents']
const SHORTEST = 200
const LONGEST = 2_000
const SKEWS = [0, 0, 0, 3_000, -3_000, 600_000, -600_000]

export async function tenant(
  name: string,
  draw: Dice,
  { book, trouble, requests, events, last }: Office,
): Promise<Tenant> {
  const { one, between } = draw
  const sandbox = createSandbox({ history: 0, amperity: { rateLimit: 10_000 } })
  let skew = 0
  const now = () => Date.now() + skew
  const schemes: General = general(now)
  const hosts = [...sandbox.hosts, GENERAL]
  const placeOf = (host: string) => `${name}/${host}`
  const lifetimes = new Map<ExpiringService, number>()
  const granted = grants({ name, hosts, placeOf, draw, book, trouble, last })

  const shorten = (service: ExpiringService) => {
    lifetimes.set(service, between(SHORTEST, LONGEST))
    sandbox.shorten(service, lifetimes.get(service) as number)
  }
  const setClock = (ms: number) => {
    skew = ms
    sandbox.clock.skew(ms)
  }

  const verifiers: Readonly<Record<string, Verify>> = {
    's3.us-east-1.amazonaws.com': bySigv4('s3', granted.keys, now),
    'paasportal.episerver.net': byHmac(sandbox.options.optimizelyDxp, now),
  }

  const atGeneral = schemes.answer
  function atVendor(arrival: Arrival, fault: Fault | undefined): Promise<Response> {
    // Taken by this very request, which the sandbox looks at before anything else happens.
    if (fault) sandbox.inject(fault)
    return sandbox.receive(arrival)
  }

  async function answer(host: string, { fault: wire, ...request }: FaultyArrival) {
    const { service, tokens } = hostOf(host)
    const place = placeOf(host)
    const arrival: Arrival = { ...request, host, origin: origins[host] as string }
    const endpoint = tokens?.test(request.target) ? 'token' : 'api'
    count(requests, endpoint)
    book.see(arrival, place)
    const fault = trouble.fault(endpoint)
    let useful = false
    let status = 0
    try {
      const response = await (host === GENERAL ? atGeneral : atVendor)(arrival, fault)
      status = response.status
      if (endpoint === 'token') {
        useful = status === 200 && !fault?.drop && fault?.body === undefined && !wire
        const lifetime = lifetimes.get(service as ExpiringService) ?? 0
        return await granted.of(service, response, lifetime)
      }
      if (status < 300 && fault?.status === undefined) {
        book.accept(arrival, place, verifiers[host] ?? schemes.verifierOf(arrival))
      }
      return named(response, arrival)
    } finally {
      if (endpoint === 'token') count(requests, useful ? 'tokens' : 'useless')
      book.answered(arrival, place, wire === 'redirect-loop' ? 302 : status)
    }
  }

  const origins: Record<string, string> = {}
  const servers: FaultyServer[] = []
  for (const host of hosts) {
    const server = await faulty(trouble.fate, {
      answer: (request) => answer(host, request),
      onFault: trouble.onFault,
      history: 0,
      pace: 1,
    })
    servers.push(server)
    origins[host] = server.origin
  }
  const options = reachedAt(origins, sandbox.options)
  enterSecrets(book, options, schemes, placeOf)
  const folder = await folderOf(options.optimizelyEvents.token, sandbox.fetch)
  for (const service of SERVICES) shorten(service)

  const happenings: Readonly<Record<string, () => void>> = {
    'all tokens of a service revoked': () => sandbox.revoke(one(SERVICES), 'tokens'),
    'all tokens of a service expired': () => sandbox.expire(one(SERVICES)),
    'another lifetime': () => shorten(one(SERVICES)),
    'a vendor’s clock set': () => setClock(one(SKEWS)),
  }
  return {
    site: { name, options, general: schemes.credentials, origins, folder },
    happen() {
      const what = one(Object.keys(happenings))
      count(events, what)
      happenings[what]?.()
    },
    calm: () => setClock(0),
    async close() {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

/** Says to which call this is the answer. */
function named(response: Response, { headers }: Arrival): Response {
  const call = headers.get(CALL)
  if (call !== null) response.headers.set(CALL, call)
  return response
}

/** The folder of the account, of which only the credentials' answer tells. */
async function folderOf(token: string, send: typeof fetch): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await send('https://api.optimizely.com/v2/export/credentials', { headers })
  const { s3Path } = (await response.json()) as { s3Path: string }
  return `${new URL(s3Path).pathname.slice(1)}/`
}
