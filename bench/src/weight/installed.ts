import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Manifest {
  readonly name: string
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>
}

/** What npm installs for a package: itself, what it depends on, and the peers that it cannot do without. */
export function installed(name: string, from: string): { packages: number; bytes: number } {
  const found = new Set<string>()
  const visit = (dependency: string, parent: string) => {
    const folder = locate(dependency, parent)
    if (!folder || found.has(folder)) return
    found.add(folder)
    const { dependencies, peerDependencies, peerDependenciesMeta } = manifestOf(folder)
    const peers = Object.keys(peerDependencies ?? {})
    const needed = peers.filter((peer) => !peerDependenciesMeta?.[peer]?.optional)
    for (const next of [...Object.keys(dependencies ?? {}), ...needed]) visit(next, folder)
  }
  visit(name, from)
  const bytes = [...found].reduce((sum, folder) => sum + bytesOf(folder), 0)
  return { packages: found.size, bytes }
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** As Node.js looks for it, without what `exports` hides. */
function locate(name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name)
  if (existsSync(folder)) return realpathSync(folder)
  const parent = dirname(from)
  return parent === from ? undefined : locate(name, parent)
}

/** All that is published: of a package of the workspace, what its manifest lists. */
function bytesOf(folder: string): number {
  const published = folder.includes('node_modules')
    ? readdirSync(folder)
    : [...(manifestOf(folder).files ?? []), 'package.json', 'README.md']
  return published
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + sizeOf(join(folder, name)), 0)
}

function sizeOf(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
