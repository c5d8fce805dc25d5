import type { Bench, Column, Role, Row, Scope, Table } from '../bench.ts'
import { axiosClients } from '../clients/axios.ts'
import type { Call, Client } from '../clients/client.ts'
import { fetchClients } from '../clients/fetch.ts'
import { gotClients } from '../clients/got.ts'
import { kyClients } from '../clients/ky.ts'
import { median } from '../measure/stats.ts'
import { GRANTED_AFTER, type HerdWorld, herdWorld } from '../network/herd.ts'
import { peerClients } from '../peers.ts'

interface Herd {
  readonly about: string
  readonly size: number
  /** What happens just before. */
  begin(world: HerdWorld): void
  /** How long the API takes for its i-th call, in milliseconds. */
  delay(i: number): number
  /** What must take its time for anybody, beside calls as without authentication. */
  ideal(bare: number): number
}

const HERDS = {
  'herds/expiry': {
    about: '10,000 calls at once, for which the cached token has just expired.',
    size: 10_000,
    begin: (world) => world.expire(),
    delay: () => 0,
    ideal: (bare) => bare + GRANTED_AFTER,
  },
  'herds/401': {
    about: '1,000 calls at once with a token that has been revoked; the API takes 5 ms.',
    size: 1000,
    begin: (world) => world.revoke(),
    delay: () => 5,
    ideal: (bare) => 2 * bare + GRANTED_AFTER,
  },
  'herds/late-401': {
    about: 'The same, and the API takes 0 to 150 ms: refusals come in after the new token, too.',
    size: 1000,
    begin: (world) => world.revoke(),
    delay: (i) => (i % 1000) * 0.15,
    ideal: (bare) => 2 * bare,
  },
  'herds/down': {
    about: '1,000 calls at once, an expired token, and a token endpoint that fails once.',
    size: 1000,
    begin(world) {
      world.expire()
      world.breakDown()
    },
    delay: () => 0,
    ideal: (bare) => bare + 2 * GRANTED_AFTER,
  },
} satisfies Record<string, Herd>

/** Who never asks for another token has no part in this. */
const ROLES: readonly Role[] = ['bare', 'floor', 'by hand', 'peer', 'ours']

const ITEM = 'https://api.example.com/v1/items/0'

async function succeeds(call: Call, url: string): Promise<boolean> {
  try {
    const { status, statusCode = status } = (await call(url)) as Record<string, unknown>
    return statusCode === 200
  } catch {
    return false
  }
}

interface Outcome {
  readonly time: number
  readonly failed: number
}

async function stampede(call: Call, size: number): Promise<Outcome> {
  const began = performance.now()
  const all = Array.from({ length: size }, (_, i) =>
    succeeds(call, `https://api.example.com/v1/items/${i}`),
  )
  const answers = await Promise.all(all)
  return { time: performance.now() - began, failed: answers.filter((good) => !good).length }
}

interface Member {
  readonly client: Client
  readonly call: Call
  readonly outcomes: Record<string, number>[]
}

async function member(client: Client, world: HerdWorld, { size }: Herd): Promise<Member> {
  const call = await client.connect(world)
  world.delays(() => 0)
  if (!(await succeeds(call, ITEM))) throw new Error(`${client.name} does not send a good token`)
  // A first herd, of which nothing is kept, warms the code up.
  await stampede(call, size)
  return { client, call, outcomes: [] }
}

/** Lets each client's herd loose in turn, `rounds` times. */
async function measured(herd: Herd, clients: readonly Client[], rounds: number): Promise<Row[]> {
  const world = herdWorld()
  globalThis.fetch = world.fetch
  const members: Member[] = []
  for (const client of clients) members.push(await member(client, world, herd))

  for (let round = 0; round < rounds; round++) {
    let bare = 0
    for (const { client, call, outcomes } of members) {
      const isBare = client.role === 'bare'
      world.delays(() => 0)
      // What the round before has left: a token for all who can get one.
      await succeeds(call, ITEM)
      if (!isBare) herd.begin(world)
      world.delays(herd.delay)
      const { time, failed } = await stampede(call, herd.size)
      const { calls, grants } = world
      const later = Number(await succeeds(call, ITEM))
      if (isBare) bare = time
      const ideal = time / herd.ideal(bare)
      outcomes.push(isBare ? { time, calls } : { grants, failed, time, ideal, calls, later })
    }
  }
  return members.map(({ client: { name, role }, outcomes }) => ({
    entry: name,
    role,
    values: Object.fromEntries(
      Object.keys(outcomes[0] ?? {}).map((key) => [
        key,
        median(outcomes.map((outcome) => outcome[key] as number)),
      ]),
    ),
  }))
}

const COLUMNS: readonly Column[] = [
  { key: 'grants', title: 'token requests' },
  { key: 'failed', title: 'failed calls' },
  { key: 'time', title: 'ms' },
  { key: 'ideal', title: '× ideal', spread: true },
  { key: 'calls', title: 'requests to the API' },
  { key: 'later', title: 'the next call succeeds' },
]

/** Many calls at once, when something is wrong with the token. */
export function herd(name: keyof typeof HERDS): Bench {
  async function run(scope: Scope): Promise<readonly Table[]> {
    const all = [
      ...fetchClients,
      ...(await peerClients('badgateway', 'google-auth', 'azure')),
      ...axiosClients,
      ...(await peerClients('axios-auth-refresh')),
      ...kyClients,
      ...gotClients,
    ]
    const clients = all.filter((client) => ROLES.includes(client.role) && scope.wants(client))
    const { about } = HERDS[name]
    const rows = await measured(HERDS[name], clients, scope.quick ? 1 : 3)
    return [{ name, about, columns: COLUMNS, rows }]
  }
  return { passes: [{ runs: 5, flags: [], run }] }
}
