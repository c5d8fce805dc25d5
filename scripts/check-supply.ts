/**
 * What comes in, and what goes out: every package of a lockfile is pinned by its hash, none runs a
 * script when it is installed, all that our users get has a licence that lets them, and a reason in
 * CONTRIBUTING.md; a tarball holds what it should, and a second build makes the same one; a release
 * carries its provenance.
 *
 * Each check is first held against supplies that are spoilt, and must see it.
 */
import { incoming } from './supply/incoming.ts'
import { outgoing } from './supply/outgoing.ts'
import { release } from './supply/release.ts'
import { gather } from './supply/supply.ts'

const supply = await gather()
const problems: string[] = []
let spoilt = 0

for (const { what, wrong, spoil } of [...incoming, ...outgoing, ...release]) {
  const found = wrong(supply)
  const blind = spoil.filter((spoiling) => {
    const copy = structuredClone(supply)
    spoiling(copy)
    spoilt += 1
    return wrong(copy).length <= found.length
  })
  console.log(`${found.length + blind.length > 0 ? '✗' : '✓'} ${what}`)
  problems.push(...found.map((one) => `not so: ${what}: ${one}`))
  problems.push(...blind.map((one) => `cannot fail: ${what}: ${one}`))
}

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
const count = (all: Record<string, object>) => Object.keys(all).length
const locked = Object.values(supply.lockfiles).reduce(
  (sum, { packages }) => sum + count(packages),
  0,
)
const licensed = Object.values(supply.licences).flat().length
console.log(
  `${locked} packages are locked, ${licensed} reach our users, ${supply.tarballs.length} tarballs are ours; ${spoilt} faults were seen`,
)
