import type { Bench, Scope, Table } from '../bench.ts'
import { type Keeper, keepers, type Source } from '../clients/provider.ts'
import { alternate, type Timed } from '../measure/alternate.ts'
import { bytes, ROOMY } from '../measure/bytes.ts'
import { newToken } from '../network/token.ts'
import { peers } from '../peers.ts'

const HOURS = 3_600_000

/** Proves that an entry hands out what its source has, and has asked it once. */
async function connected(keeper: Keeper): Promise<Timed> {
  let asked = 0
  const token = newToken()
  const expiresAt = Date.now() + 12 * HOURS
  const source: Source = {
    async token() {
      asked++
      return { token, expiresAt }
    },
    async credentials() {
      asked++
      return { accessKeyId: token, secretAccessKey: 'bench', sessionToken: 'bench', expiresAt }
    },
  }
  const run = await keeper.connect(source)
  await run()
  const value = JSON.stringify((await run()) ?? '')
  if (asked !== 1) throw new Error(`${keeper.name} has asked ${asked} times`)
  if (!value.includes(token)) throw new Error(`${keeper.name} hands out ${value}`)
  return { ...keeper, run }
}

const measured =
  (measure: typeof alternate) =>
  async (scope: Scope): Promise<readonly Table[]> => {
    const others = (
      await peers('google-auth', 'badgateway', 'octokit', 'smithy', 'aws-sdk')
    ).flatMap((peer) => peer.keepers ?? [])
    const timed: Timed[] = []
    for (const keeper of [...keepers, ...others]) {
      if (scope.wants(keeper)) timed.push(await connected(keeper))
    }
    return [
      {
        name: 'provider',
        about: 'What keeps a token, asked for one that is valid for hours.',
        columns: [
          { key: 'ns', title: 'ns a call' },
          { key: 'over', title: 'ns over a read', spread: true },
          { key: 'ratio', title: '×' },
          { key: 'bytes', title: 'bytes a call' },
        ],
        rows: await measure(timed, scope.quick),
      },
    ]
  }

export default {
  passes: [
    { runs: 5, flags: ['--expose-gc'], run: measured(alternate) },
    { runs: 3, flags: ROOMY, run: measured(bytes) },
  ],
} satisfies Bench
