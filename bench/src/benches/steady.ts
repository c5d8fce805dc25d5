import type { Bench, Column, Scope, Table } from '../bench.ts'
import type { Call, Client, World } from '../clients/client.ts'
import { alternate, type Timed } from '../measure/alternate.ts'
import { bytes, ROOMY } from '../measure/bytes.ts'
import { type Arrival, authorizationOf, granted, inMemory } from '../network/network.ts'
import { flat, newToken } from '../network/token.ts'

const COLUMNS: readonly Column[] = [
  { key: 'ns', title: 'ns a call' },
  { key: 'over', title: 'ns over the constant header', spread: true },
  { key: 'ratio', title: '×' },
  { key: 'bytes', title: 'bytes a call' },
  { key: 'bytesOver', title: 'bytes over the constant header' },
]

/** So many different URLs: who remembers the last one gains nothing. */
const URLS = Array.from({ length: 64 }, (_, i) => `https://api.example.com/v1/items/${1000 + i}`)

/** A world in which every answer is there at once and every token is good. */
function instant(): World & { last(): Arrival | undefined } {
  const token = newToken()
  let last: Arrival | undefined
  const network = inMemory(
    (arrival) => {
      last = arrival
      return 200
    },
    () => granted(token),
  )
  return {
    ...network,
    constant: flat(`Bearer ${token}`),
    tokenEndpoint: 'https://id.example.com/token',
    fetchToken: async () => ({ token, expiresAt: Date.now() + 3_600_000 }),
    last: () => last,
  }
}

/** Calls once, and looks at what has arrived. */
async function prove({ name, role }: Client, call: Call, world: ReturnType<typeof instant>) {
  await call(URLS[0] as string)
  const arrival = world.last()
  const proof = arrival && authorizationOf(arrival)
  const wanted = role === 'bare' ? undefined : world.constant
  // The name of a scheme is of any case, RFC 9110 §11.1.
  if (!arrival || proof?.replace(/^bearer /, 'Bearer ') !== wanted) {
    throw new Error(`${name} does not ${role === 'bare' ? 'go without' : 'send'} the token`)
  }
}

/** What a valid token costs each call of a client. */
export function steady(
  name: string,
  about: string,
  clients: (scope: Scope) => Promise<readonly Client[]>,
): Bench {
  const measured =
    (measure: typeof alternate) =>
    async (scope: Scope): Promise<readonly Table[]> => {
      const world = instant()
      globalThis.fetch = world.fetch
      const chosen = (await clients(scope)).filter((client) => scope.wants(client))
      const timed: Timed[] = []
      for (const client of chosen) {
        const call = await client.connect(world)
        await prove(client, call, world)
        let i = 0
        timed.push({ ...client, run: () => call(URLS[i++ & 63] as string) })
      }
      return [{ name, about, columns: COLUMNS, rows: await measure(timed, scope.quick) }]
    }
  return {
    passes: [
      { runs: 5, flags: ['--expose-gc'], run: measured(alternate) },
      { runs: 3, flags: ROOMY, run: measured(bytes) },
    ],
  }
}
