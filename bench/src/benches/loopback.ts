import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Signer } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { epiHmac } from '@countersign/services/optimizelyDxp'
import type { Bench, Column, Row, Scope, Table } from '../bench.ts'
import type { Call, Client, World } from '../clients/client.ts'
import { median } from '../measure/stats.ts'
import { flat, newToken } from '../network/token.ts'
import type { Key } from '../signers/signer.ts'

const CONNECTIONS = [1, 64]
const COLUMNS: readonly Column[] = [
  { key: 'rate', title: 'requests/s' },
  { key: 'ratio', title: '× constant header', spread: true },
  { key: 'cpu', title: 'µs CPU a request' },
  { key: 'cpuOver', title: 'µs CPU over the constant header' },
]

const SERVER = fileURLToPath(new URL('../network/server.ts', import.meta.url))

async function overLoopback(token: string, key: Key): Promise<World & { readonly origin: string }> {
  const server = fork(SERVER, [token, JSON.stringify(key)], { execArgv: [] })
  const [port] = await once(server, 'message')
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    fetch,
    constant: flat(`Bearer ${token}`),
    tokenEndpoint: `${origin}/token`,
    fetchToken: async () => ({ token, expiresAt: Date.now() + 3_600_000 }),
  }
}

/** One call with all of its answer read. */
async function complete(call: Call, url: string): Promise<void> {
  const answer = await call(url)
  // Some clients have read it already.
  if (answer instanceof Response && !answer.bodyUsed) await answer.arrayBuffer()
}

async function isProven(call: Call, origin: string): Promise<boolean> {
  try {
    const { status, statusCode = status } = (await call(`${origin}/proof/1`)) as Record<
      string,
      unknown
    >
    return statusCode === 200
  } catch {
    return false
  }
}

interface Load {
  /** Requests a second. */
  readonly rate: number
  /** Of this process, in microseconds for each request. */
  readonly cpu: number
}

/** Keeps so many connections busy for so many milliseconds. */
async function load(call: Call, origin: string, connections: number, time: number): Promise<Load> {
  let count = 0
  const before = process.cpuUsage()
  const began = performance.now()
  const busy = async () => {
    while (performance.now() - began < time) {
      await complete(call, `${origin}/v1/items/${count++ & 63}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, busy))
  const elapsed = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  return { rate: (count / elapsed) * 1000, cpu: (user + system) / count }
}

/** What authentication costs a client that really sends, to a server in another process. */
export function loopback(
  name: string,
  clients: () => Promise<readonly Client[]>,
  signed: (world: World, signer: Signer) => Call,
): Bench {
  async function run(scope: Scope): Promise<readonly Table[]> {
    const key = { id: 'bench-key', secret: randomBytes(32).toString('base64') }
    const world = await overLoopback(newToken(), key)
    const all = await clients()
    const epi: Client = {
      name: `countersign: ${name.split('/')[1]}, epi-hmac`,
      role: 'ours',
      over: all.find(({ role }) => role === 'constant')?.name ?? '',
      connect: (world) => signed(world, hmac(epiHmac({ key: key.id, secret: key.secret }))),
    }
    const members: { client: Client; call: Call; loads: Load[] }[] = []
    for (const client of [...all, epi]) {
      if (!scope.wants(client)) continue
      const call = await client.connect(world)
      if ((await isProven(call, world.origin)) !== (client.role !== 'bare')) {
        throw new Error(`${client.name} is not what it says, in the eyes of the server`)
      }
      members.push({ client, call, loads: [] })
    }

    const [rounds, time] = scope.quick ? [2, 100] : [15, 500]
    const tables: Table[] = []
    for (const connections of CONNECTIONS) {
      // The first round warms up: code, and connections.
      for (const member of members) member.loads.length = 0
      for (let round = -1; round < rounds; round++) {
        for (let i = 0; i < members.length; i++) {
          const { call, loads } = members[(i + round + 1) % members.length] as (typeof members)[0]
          const measured = await load(call, world.origin, connections, time)
          if (round >= 0) loads.push(measured)
        }
      }
      tables.push({
        name: `${name}, ${connections} connections`.replace('1 connections', '1 connection'),
        about: 'Over the loopback, with a server in a process of its own that verifies nothing.',
        columns: COLUMNS,
        rows: members.map(({ client, loads }): Row => {
          const base = members.find(({ client: { name } }) => name === client.over)?.loads
          const paired = (relation: (a: Load, b: Load) => number) =>
            median(loads.map((own, round) => relation(own, base?.[round] as Load)))
          return {
            entry: client.name,
            role: client.role,
            values: {
              rate: median(loads.map(({ rate }) => rate)),
              cpu: median(loads.map(({ cpu }) => cpu)),
              ...(base && {
                ratio: paired((a, b) => a.rate / b.rate),
                cpuOver: paired((a, b) => a.cpu - b.cpu),
              }),
            },
          }
        }),
      })
    }
    return tables
  }
  return { passes: [{ runs: 3, flags: [], run }] }
}
