import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { bearer, cached, clientCredentials, type Signer } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { kalibrate } from '@countersign/services/kalibrate'
import { epiHmac } from '@countersign/services/optimizelyDxp'
import type { Bench, Row, Scope, Table } from '../bench.ts'
import { median } from '../measure/stats.ts'
import { granted } from '../network/network.ts'
import { newToken } from '../network/token.ts'

const REQUEST = { method: 'GET', url: 'https://api.example.com/v1/items', headers: {} } as const

/** A token endpoint that answers at once. */
const endpoint: typeof fetch = async () => granted(newToken())

/** What there may be many of, each signing. */
const KINDS: Readonly<Record<string, { most: number; make(i: number): Signer }>> = {
  'bearer(cached(clientCredentials()))': {
    most: 100_000,
    make: (i) =>
      bearer(
        cached(
          clientCredentials({
            tokenEndpoint: 'https://id.example.com/token',
            clientId: `client-${i}`,
            clientSecret: `secret-${i}`,
            fetch: endpoint,
          }),
        ),
      ),
  },
  'hmac(epiHmac())': {
    most: 100_000,
    make: (i) => hmac(epiHmac({ key: `key-${i}`, secret: randomBytes(32).toString('base64') })),
  },
  'kalibrate()': {
    most: 1000,
    make: (i) =>
      kalibrate({
        tenant: `tenant-${i}.example`,
        clientId: `client-${i}`,
        clientSecret: `secret-${i}`,
        scope: `api://${i}/.default`,
        userAgent: 'bench/1.0',
        baseUrl: 'https://api.example.com',
        fetch: endpoint,
      }),
  },
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** So many signers, each of which has signed: what one of them holds, and what a signature of one takes. */
async function alive(name: string, count: number, quick: boolean): Promise<Row> {
  const { make } = KINDS[name] as (typeof KINDS)[string]
  const before = heap()
  const signers = Array.from({ length: count }, (_, i) => make(i))
  for (const signer of signers) await signer.sign(REQUEST)
  const bytes = (heap() - before) / count

  const signs = quick ? 10_000 : 200_000
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const began = performance.now()
    for (let i = 0; i < signs; i++) signers[i % count]?.sign(REQUEST)
    times.push(((performance.now() - began) / signs) * 1e6)
  }
  return {
    entry: `${count.toLocaleString('en')} × ${name}`,
    role: 'ours',
    // What the measuring itself leaves behind would count for a few.
    values: { ...(count >= 100 && { bytes }), ns: median(times) },
  }
}

/** So many callers who wait for one refresh: what each of them takes until it has its value. */
async function waiting(count: number): Promise<Row> {
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const tokens = cached(async () => {
      await setImmediate()
      return { token: 'bench' }
    })
    const began = performance.now()
    const waiters = Array.from({ length: count }, () => tokens())
    await Promise.all(waiters)
    times.push(((performance.now() - began) / count) * 1e6)
  }
  return {
    entry: `${count.toLocaleString('en')} who wait`,
    role: 'ours',
    values: { ns: median(times) },
  }
}

async function run({ quick }: Scope): Promise<readonly Table[]> {
  const counts = [1, 10, 100, 1000, 10_000, 100_000].filter((count) => !quick || count <= 1000)
  const signers: Row[] = []
  for (const [name, { most }] of Object.entries(KINDS)) {
    // One that is kept by nobody warms the code up.
    await alive(name, 100, true)
    for (const count of counts) if (count <= most) signers.push(await alive(name, count, quick))
  }
  const waiters: Row[] = []
  await waiting(1000)
  for (const count of counts) waiters.push(await waiting(count))
  return [
    {
      name: 'growth/alive',
      about:
        'Signers that are alive at once, each with a token or a key of its own: flat means that they share nothing that grows.',
      columns: [
        { key: 'bytes', title: 'bytes each' },
        { key: 'ns', title: 'ns a signature, one signer after the other' },
      ],
      rows: signers,
    },
    {
      name: 'growth/waiting',
      about: 'Callers who wait for one and the same refresh.',
      columns: [{ key: 'ns', title: 'ns each' }],
      rows: waiters,
    },
  ]
}

export default { passes: [{ runs: 3, flags: ['--expose-gc'], run }] } satisfies Bench
