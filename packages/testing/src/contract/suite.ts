import { readFileSync } from 'node:fs'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Case, Stage } from './case.ts'
import type { Client, Setup } from './client.ts'
import { type Neighbours, neighbours } from './neighbours.ts'
import { places } from './places.ts'
import { epi, verifying } from './proof.ts'
import { agrees } from './property.ts'
import { redirects } from './redirects.ts'
import { redirectsHome } from './redirects-home.ts'
import { refused } from './refused.ts'
import { retries } from './retries.ts'
import { type Answering, loopback, mocked, type Site } from './site.ts'
import { waiting } from './waiting.ts'
import { wire } from './wire.ts'

const cases: readonly Case[] = [
  ...wire,
  ...refused,
  ...retries,
  ...redirects,
  ...redirectsHome,
  ...places,
  ...waiting,
]

/**
 * Holds a client to every line of the contract, over loopback and under MSW, and to a property over
 * random requests (`COUNTERSIGN_SEED` repeats a run). What it declares that it cannot do is tried
 * too, and must fail; its README must say the same.
 *
 * @param options.randomRequests How many random requests the property makes. Default 2,000; a
 * further version of the same client needs fewer.
 */
export function adapterContract(
  client: Client,
  { randomRequests = 2_000 }: { randomRequests?: number } = {},
): void {
  const { name, cannot = {} } = client

  test(`${name}: what it cannot do is known to the contract and told in its README`, () => {
    const known = [...cases.flatMap(({ id }) => [id, lineOf(id)]), '43']
    expect(known).toEqual(expect.arrayContaining(Object.keys(cannot)))
    const rows = readFileSync(client.readme, 'utf8').matchAll(/^\| (\w+) \| ([^|]+) \| (.+) \|$/gm)
    const told = [...rows]
      .filter(([, , who]) => who?.split(', ').includes(name))
      .map(([, id, , why]) => [id, why])
    expect(Object.fromEntries(told)).toEqual(cannot)
  })

  describe(`${name} over loopback`, () => {
    const open: Site[] = []
    afterEach(async () => {
      await Promise.all(open.splice(0).map((site) => site.close()))
    })
    let port: Neighbours
    beforeAll(async () => {
      port = await neighbours()
    })
    afterAll(() => port.close())
    const serve: Stage['serve'] = async (...how) => {
      const site = await loopback(...how)
      open.push(site)
      return site
    }
    const stage = stageFor(client, serve, (...pair) => port.meet(...pair))
    for (const it of cases) if (it.on !== 'msw') declare(it, cannot, stage)

    const seed = Number(process.env.COUNTERSIGN_SEED ?? (Math.random() * 2 ** 31) | 0)
    test(`${randomRequests} random requests are valid (seed ${seed})`, {
      timeout: 60_000,
    }, async () => {
      console.info(`${name}: ${randomRequests} random requests, COUNTERSIGN_SEED=${seed}`)
      const home = await stage.serve(verifying())
      await agrees(stage.make(epi(), home), home.origin, seed, randomRequests)
      expect(home.arrivals.length).toBeGreaterThanOrEqual(randomRequests)
    })
  })

  describe(`43. ${name} under MSW`, () => {
    const mocks = setupServer()
    let sites = 0
    beforeAll(() => mocks.listen({ onUnhandledFrame: 'error' }))
    afterEach(() => mocks.resetHandlers())
    afterAll(() => mocks.close())
    const serve = async (answer: Answering) => {
      sites += 1
      return mocked(mocks, `site${sites}.example.com`, answer)
    }
    const stage = stageFor(client, serve, () => {
      throw new Error('There are no ports under MSW')
    })
    const first = cases.find(({ id }) => id === '15')
    if (cannot['43']) declare({ ...(first as Case), id: '43' }, cannot, stage)
    else for (const it of cases) if (it.on !== 'wire') declare(it, cannot, stage)
  })
}

const lineOf = (id: string) => id.replace(/\D$/, '')

/** A case as a test, or, where the client cannot have it, the test that it cannot. */
function declare(it: Case, cannot: Readonly<Record<string, string>>, stage: Stage): void {
  const reason = cannot[it.id] ?? cannot[lineOf(it.id)]
  if (reason === undefined) {
    test(`${it.id}. ${it.title}`, () => it.run(stage))
    return
  }
  test(`${it.id}. cannot: ${it.title} (${reason})`, async ({ annotate }) => {
    await annotate(reason, 'cannot')
    const passed = await it.run(stage).then(
      () => true,
      () => false,
    )
    expect(passed, 'The client can have this line: take it out of `cannot`').toBe(false)
  })
}

function stageFor(client: Client, serve: Stage['serve'], meet: Stage['meet']): Stage {
  const make: Stage['make'] = (signer, home, setup = {}) =>
    client.make(signer, { origins: [home.origin], ...setup } as Setup)
  return {
    client,
    serve,
    meet,
    make,
    send: (signer, home, call = {}, setup) => {
      const url = URL.canParse(call.url ?? '') ? call.url : home.origin + (call.url ?? '/')
      return make(signer, home, setup).send({ ...call, url: url as string })
    },
  }
}
