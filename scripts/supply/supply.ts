import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Manifest, output, type Packed, pack, packages, root } from '../packages.ts'

/** All that is known of what comes into this repository, and of what leaves it. */
export interface Supply {
  /** By their paths, as their YAML says. */
  readonly lockfiles: Record<string, Lockfile>
  readonly settings: Record<string, Settings>
  readonly workflows: Record<string, Workflow>
  readonly contributing: string
  /** What the users of our packages get with them, by its licence. */
  readonly licences: Record<string, { name: string }[]>
  readonly tarballs: Tarball[]
}

interface Lockfile {
  readonly packages: Record<string, { resolution: Record<string, string> }>
}

interface Settings {
  readonly allowBuilds?: Record<string, boolean>
  readonly [setting: string]: unknown
}

export interface Workflow {
  readonly on: Record<string, unknown>
  readonly permissions?: Record<string, string>
  readonly jobs: Record<string, Job>
}

interface Job {
  readonly if?: string
  readonly permissions?: Record<string, string>
  readonly steps: {
    readonly uses?: string
    readonly run?: string
    readonly with?: Record<string, unknown>
    readonly env?: Record<string, string>
  }[]
}

export interface Tarball {
  readonly folder: string
  /** The one in the tarball. */
  readonly manifest: Manifest
  /** The paths inside; of code and source maps also the text. */
  readonly files: Record<string, string>
  /** Of the tarball, once for each time that it was built and packed. */
  readonly hashes: string[]
}

/** One thing that must be so. */
export interface Check {
  readonly what: string
  /** What is not so, a line for each. */
  readonly wrong: (supply: Supply) => string[]
  /** Ways to make it wrong: a check that does not see each of them is no check. */
  readonly spoil: readonly ((supply: Supply) => void)[]
}

export async function gather(): Promise<Supply> {
  const first = await pack('tarballs')
  await output('pnpm', ['build'])
  const second = await pack('again')
  const supply: Supply = {
    lockfiles: fromYaml('{,bench/peers/,scripts/mutants/}pnpm-lock.yaml'),
    settings: fromYaml('{,bench/peers/,scripts/mutants/}pnpm-workspace.yaml'),
    workflows: fromYaml('.github/workflows/*.{yml,yaml}'),
    contributing: readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'),
    licences: JSON.parse(
      await output('pnpm', ['--filter', './packages/*', 'licenses', 'list', '--prod', '--json']),
    ),
    tarballs: await Promise.all(first.map((it, place) => opened(it, second[place]))),
  }
  rmSync(join(root, '.pack/again'), { recursive: true })
  return supply
}

/** Packages of this workspace, by their names. */
export const ours: ReadonlySet<string> = new Set(packages.map(({ manifest }) => manifest.name))

function fromYaml<T>(pattern: string): Record<string, T> {
  const files = globSync(pattern, { cwd: root }).toSorted()
  return Object.fromEntries(
    files.map((file) => [file, parse(readFileSync(join(root, file), 'utf8'))]),
  )
}

async function opened(it: Packed, again: Packed | undefined): Promise<Tarball> {
  const manifest = await output('tar', ['-xOzf', it.tarball, 'package/package.json'])
  const textOf = (path: string) => {
    const file = join(it.directory, path)
    return /\.(?:js|map|ts)$/.test(path) && existsSync(file) ? readFileSync(file, 'utf8') : ''
  }
  return {
    folder: it.folder,
    manifest: JSON.parse(manifest),
    files: Object.fromEntries(it.files.map((path) => [path, textOf(path)])),
    hashes: [it, again].map((one) =>
      one ? createHash('sha256').update(readFileSync(one.tarball)).digest('hex') : 'none',
    ),
  }
}
