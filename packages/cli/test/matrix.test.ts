import type { Service } from '@countersign/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clients } from '../src/demo/clients.ts'
import { cells, openHouse } from '../src/demo/play.ts'
import { run } from '../src/demo/run.ts'
import { type ServiceName, serviceNames } from '../src/variables.ts'

/** The five services through every client, over real HTTP on loopback; counted by the sandbox. */

interface Expected {
  /** What every step took, token and API. */
  readonly steps: readonly (readonly [token: number, api: number])[]
  /** The statuses of all requests to what hands out tokens, and to the API. */
  readonly token: readonly number[]
  readonly api: readonly number[]
}

/** Obtain and call, call again, and a revocation: one new token, one request sent again. */
const TOKENS: Expected = {
  steps: [
    [1, 1],
    [0, 1],
    [1, 2],
  ],
  token: [200, 200],
  api: [200, 200, 401, 200],
}

const EXPECTED: Readonly<Record<ServiceName, Expected>> = {
  // Credentials for S3, which says 400 of those that are no more.
  'optimizely-events': { ...TOKENS, api: [200, 200, 400, 200] },
  kalibrate: TOKENS,
  amperity: TOKENS,
  angus: TOKENS,
  // No tokens: what is refused is the timestamp of a slow clock.
  'optimizely-dxp': {
    steps: [
      [0, 1],
      [0, 1],
      [0, 2],
    ],
    token: [],
    api: [200, 200, 401, 200],
  },
}

describe.each(serviceNames)('%s', (service) => {
  const id = service.replace(/-(\w)/, (_, letter: string) => letter.toUpperCase()) as Service

  test.each(clients.map((client) => [client.name, client] as const))('%s', async (_, client) => {
    const house = await openHouse([])
    onTestFinished(house.close)
    const rows = await run(cells([service], [client], house), { row: () => {} })
    const { steps, token, api } = EXPECTED[service]

    expect(rows.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
    expect(rows.map(({ requests }) => [requests.token, requests.api])).toEqual(steps)

    const { sandbox } = house
    const statuses = (endpoint: string) =>
      sandbox.requests.filter((one) => one.endpoint === endpoint).map(({ status }) => status)
    expect(statuses('token')).toEqual(token)
    expect(statuses('api')).toEqual(api)
    expect(sandbox.count()).toBe(sandbox.count({ service: id }))
    expect(sandbox.count()).toBe(token.length + api.length)

    // What is sent again is the same request with another proof.
    const [refused, again] = sandbox.requests.filter((one) => one.endpoint === 'api').slice(-2)
    const plain = (one: typeof refused) => [one?.method, one?.target, Buffer.from(one?.body ?? [])]
    expect(plain(again)).toEqual(plain(refused))
    expect(again?.headers.get('authorization')).not.toBe(refused?.headers.get('authorization'))
  })
})
