import { fileURLToPath } from 'node:url'
import type { Bench, Scope, Table } from '../bench.ts'
import { bundle } from '../weight/bundle.ts'
import { coldImports } from '../weight/cold-import.ts'
import { IMPORTS } from '../weight/imports.ts'
import { installed } from '../weight/installed.ts'

/** From here both ours and the peers are found. */
const FROM = fileURLToPath(new URL('../../peers', import.meta.url))

async function run(scope: Scope): Promise<readonly Table[]> {
  const chosen = IMPORTS.filter((what) => scope.wants(what))
  const times = coldImports(chosen, FROM, scope.quick ? 3 : 21)
  const rows = []
  for (const [i, what] of chosen.entries()) {
    const { min, gzip, node } = await bundle(what, FROM)
    const { packages, bytes } = installed(what.package, FROM)
    rows.push({
      entry: node ? `${what.name} (Node.js only)` : what.name,
      role: what.role,
      values: { min: min / 1e3, gzip: gzip / 1e3, packages, mb: bytes / 1e6, time: times[i] ?? 0 },
    })
  }
  return [
    {
      name: 'weight',
      about:
        'The least useful import: its bundle by esbuild, without the client that it plugs into; what npm installs for it, with such a client; and how much longer than an empty module it takes to load.',
      columns: [
        { key: 'min', title: 'kB minified' },
        { key: 'gzip', title: 'kB gzipped' },
        { key: 'packages', title: 'packages' },
        { key: 'mb', title: 'MB installed' },
        { key: 'time', title: 'ms cold import' },
      ],
      rows,
    },
  ]
}

export default { passes: [{ runs: 3, flags: [], run }] } satisfies Bench
