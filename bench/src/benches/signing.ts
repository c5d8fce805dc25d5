import type { Bench, Column, Pass, Row, Scope, Table } from '../bench.ts'
import { alternate, type Timed } from '../measure/alternate.ts'
import { bytes, ROOMY } from '../measure/bytes.ts'
import { KEY, requestsOf, SIZES } from '../signers/requests.ts'
import type { Signing, Unsigned, Verify } from '../signers/signer.ts'

export const COLUMNS: readonly Column[] = [
  { key: 'us', title: 'µs a signature' },
  { key: 'ratio', title: '× floor', spread: true },
  { key: 'bytes', title: 'bytes a signature' },
]

/** Proves that each signature holds, and that no two are the same. */
async function proven({ name, role, over, make }: Signing, all: Unsigned[], verify: Verify) {
  const sign = make(KEY)
  for (const request of all.slice(0, 2)) {
    try {
      verify(KEY, request, await sign(request))
    } catch (cause) {
      throw new Error(`${name} does not sign what a server accepts`, { cause })
    }
  }
  let i = 0
  return { name, role, over, run: () => sign(all[i++ & 15] as Unsigned) }
}

function measured(
  name: string,
  signings: () => Promise<readonly Signing[]>,
  verify: Verify,
  measure: typeof alternate,
  most = Infinity,
): Pass['run'] {
  return async (scope: Scope) => {
    const chosen = (await signings()).filter((signing) => scope.wants(signing))
    const tables: Table[] = []
    for (const [label, size] of SIZES) {
      if (size > most) continue
      for (const kind of ['text', 'bytes'] as const) {
        const all = requestsOf(size, kind)
        const timed: Timed[] = []
        for (const signing of chosen) {
          if (kind === 'bytes' && signing.text) continue
          timed.push(await proven(signing, all, verify))
        }
        const rows = await measure(timed, scope.quick || size > 2 ** 20)
        tables.push({
          name: `${name}/${label}, ${kind}`,
          about: `Strings in, headers out; a body of ${label} as ${kind}.`,
          columns: COLUMNS,
          rows: rows.map(inMicroseconds),
        })
      }
    }
    return tables
  }
}

export function inMicroseconds({ values: { ns, ...values }, ...row }: Row): Row {
  return { ...row, values: { ...values, ...(ns !== undefined && { us: ns / 1000 }) } }
}

/** What each signature costs, by the size of the body. */
export function signing(
  name: string,
  signings: () => Promise<readonly Signing[]>,
  verify: Verify,
): Bench {
  return {
    passes: [
      { runs: 3, flags: ['--expose-gc'], run: measured(name, signings, verify, alternate) },
      { runs: 3, flags: ROOMY, run: measured(name, signings, verify, bytes, 1024) },
    ],
  }
}
