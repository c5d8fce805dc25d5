import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Bench, Row, Scope, Table } from '../bench.ts'
import { type CredentialsKeeper, credentialsKeepers } from '../clients/lifecycle.ts'
import { peers } from '../peers.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** What a source takes to answer, in real milliseconds. */
const LATENCY = 50

/** A source of credentials with a lifetime, which counts, and can be slow or down. */
function source(lifetime: number) {
  const state = { contacts: 0, latency: 0, down: false }
  return Object.assign(state, {
    async provide() {
      const number = state.contacts++
      if (state.latency) await new Promise((resolve) => setTimeout(resolve, state.latency))
      if (state.down) throw new Error('the source is down')
      const expiresAt = Date.now() + lifetime
      const keys = { accessKeyId: `AKIA${number}`, secretAccessKey: 'bench', sessionToken: 'bench' }
      return { ...keys, expiresAt }
    },
  })
}

const tick = async (ms: number) => {
  mock.timers.setTime(Date.now() + ms)
  // A refresh in the background comes to its end.
  await setImmediate()
}

/** One call a second for an hour. */
async function contactsAnHour({ connect }: CredentialsKeeper, lifetime: number): Promise<number> {
  const from = source(lifetime)
  const provider = connect(from.provide)
  for (let t = 0; t < HOUR; t += SECOND) {
    await provider()
    await tick(SECOND)
  }
  return from.contacts
}

/** Credentials of a quarter of an hour, two minutes before their end. */
async function towardsTheEnd({ connect }: CredentialsKeeper) {
  const from = source(15 * MINUTE)
  const provider = connect(from.provide)
  await provider()
  await tick(13 * MINUTE)
  from.contacts = 0
  return { from, provider }
}

async function crowd(keeper: CredentialsKeeper) {
  const { from, provider } = await towardsTheEnd(keeper)
  from.latency = LATENCY
  const wait = async () => {
    const began = performance.now()
    await provider()
    return performance.now() - began
  }
  const times = await Promise.all(Array.from({ length: 1000 }, wait))
  return { crowdContacts: from.contacts, waited: times.filter((time) => time > LATENCY / 2).length }
}

async function outage(keeper: CredentialsKeeper) {
  const { from, provider } = await towardsTheEnd(keeper)
  from.down = true
  let failed = 0
  for (let i = 0; i < 100; i++) {
    try {
      await provider()
    } catch {
      failed++
    }
    await tick(SECOND)
  }
  return { failed, outageContacts: from.contacts }
}

async function run(scope: Scope): Promise<readonly Table[]> {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const others = (await peers('smithy', 'aws-sdk')).flatMap(
    ({ credentialsKeepers = [] }) => credentialsKeepers,
  )
  const rows: Row[] = []
  for (const keeper of [...credentialsKeepers, ...others]) {
    if (!scope.wants(keeper)) continue
    const { name, role } = keeper
    const quarter = await contactsAnHour(keeper, 15 * MINUTE)
    const four = await contactsAnHour(keeper, 4 * MINUTE)
    const values = { quarter, four, ...(await crowd(keeper)), ...(await outage(keeper)) }
    rows.push({ entry: name, role, values })
  }
  return [
    {
      name: 'aws',
      about:
        'Contacts of the source of temporary credentials, by a simulated clock. The crowd are 1,000 callers at once, 2 minutes before the end; in the outage 100 callers come in the last 2 minutes, one a second, and the source is down.',
      columns: [
        { key: 'quarter', title: '15-minute credentials: contacts an hour' },
        { key: 'four', title: '4-minute credentials: contacts an hour' },
        { key: 'crowdContacts', title: 'crowd: contacts' },
        { key: 'waited', title: 'crowd: who waited' },
        { key: 'failed', title: 'outage: failed of 100' },
        { key: 'outageContacts', title: 'outage: contacts' },
      ],
      rows,
    },
  ]
}

export default { passes: [{ runs: 3, flags: [], run }] } satisfies Bench
