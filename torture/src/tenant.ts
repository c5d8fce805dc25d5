import { type Arrival, createSandbox, type ExpiringService } from '@countersign/testing'
import { type FaultyArrival, type FaultyServer, faulty } from '@countersign/testing/faults'
import { type ListeningOptions, reachedAt } from '../../packages/testing/src/endpoints.ts'
import { type Counts, count } from './count.ts'
import type { Dice } from './dice.ts'
import { GENERAL, type General, type GeneralCredentials, general } from './general.ts'
import { enterSecrets, homesOf, hostOf } from './homes.ts'
import { CALL, type Ledger } from './ledger.ts'
import { type AwsKey, byHmac, bySigv4, type Verify } from './proofs.ts'
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
  /** The last answer of each service's token endpoint, by tenant. */
  readonly answers: Map<string, Map<string, string>>
}

const SERVICES: readonly ExpiringService[] = ['kalibrate', 'amperity', 'angus', 'optimizelyEvents']
const SHORTEST = 200
const LONGEST = 2_000
const SKEWS = [0, 0, 0, 3_000, -3_000, 600_000, -600_000]

export async function tenant(
  name: string,
  { one, between }: Dice,
  { book, trouble, requests, events, answers }: Office,
): Promise<Tenant> {
  const sandbox = createSandbox({ history: 0, amperity: { rateLimit: 10_000 } })
  let skew = 0
  const now = () => Date.now() + skew
  const schemes: General = general(now)
  const hosts = [...sandbox.hosts, GENERAL]
  const placeOf = (host: string) => `${name}/${host}`
  const lifetimes = new Map<ExpiringService, number>()
  const keys = new Map<string, AwsKey>()

  const shorten = (service: ExpiringService) => {
    lifetimes.set(service, between(SHORTEST, LONGEST))
    sandbox.shorten(service, lifetimes.get(service) as number)
  }
  const setClock = (ms: number) => {
    skew = ms
    sandbox.clock.skew(ms)
  }

  /** What a token endpoint hands out, which may then be shown at the service's own hosts. */
  async function handsOut(service: string, response: Response): Promise<Response> {
    const { status, headers } = response
    let text = await response.text()
    if (status === 200 && text.includes('"expires_in"')) {
      // The vendors count in whole seconds, and some of these tokens live for less.
      const expires_in = (lifetimes.get(service as ExpiringService) ?? 0) / 1000
      text = JSON.stringify({ ...JSON.parse(text), expires_in })
    }
    const own = answers.get(service) ?? new Map<string, string>()
    answers.set(service, own)
    const wrong = status === 200 ? trouble.wrongToken() : undefined
    const others = [...own.keys()].filter((other) => other !== name)
    const whose = wrong === 'a token of another tenant' ? others : [name]
    const given = (wrong && own.get(one([...whose, name]))) ?? text
    if (wrong && given !== text) count(trouble.counts, wrong)
    own.set(name, given)
    if (status === 200) note(service, given)
    headers.delete('content-length')
    return new Response(given, { status, headers })
  }

  function note(service: string, text: string): void {
    const homes = homesOf(service, hosts).map(placeOf)
    for (const [member, value] of textsOf(text)) {
      book.enter(value, member === 'secretAccessKey' ? [] : homes)
    }
    const { credentials } = Object(parsed(text)) as { credentials?: AwsKey }
    if (credentials) keys.set(credentials.accessKeyId, credentials)
  }

  const verifiers: Readonly<Record<string, Verify>> = {
    's3.us-east-1.amazonaws.com': bySigv4('s3', keys, now),
    'paasportal.episerver.net': byHmac(sandbox.options.optimizelyDxp, now),
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
      if (host === GENERAL) {
        const response = fault?.status
          ? new Response('{}', { status: fault.status, headers: fault.headers ?? {} })
          : schemes.answer(arrival)
        status = response.status
        if (status === 200) book.accept(arrival, place, schemes.verifierOf(arrival))
        return named(response, arrival)
      }
      // Taken by this very request, which the sandbox looks at before anything else happens.
      if (fault) sandbox.inject(fault)
      const response = await sandbox.receive(arrival)
      status = response.status
      if (endpoint === 'token') {
        useful = status === 200 && !fault?.drop && fault?.body === undefined && !wire
        return await handsOut(service, response)
      }
      if (status < 300 && fault?.status === undefined) book.accept(arrival, place, verifiers[host])
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

/** The texts in an answer, by the members that they stand in. */
function textsOf(text: string): [member: string, value: string][] {
  const found: [string, string][] = []
  const walk = (member: string, value: unknown): void => {
    if (typeof value === 'string') found.push([member, value])
    else for (const [name, part] of Object.entries(Object(value))) walk(name, part)
  }
  walk('', parsed(text) ?? text)
  // An address is no secret.
  return found.filter(([, value]) => value.length >= 16 && !value.includes('://'))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
