import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

export interface Package {
  /** The folder's name, which is also the name without the scope. */
  readonly folder: string
  readonly directory: string
  readonly manifest: Manifest
}

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
  readonly files?: readonly string[]
  readonly license?: string
  readonly repository?: { readonly url: string; readonly directory: string }
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Packed extends Package {
  readonly tarball: string
  /** The paths inside the tarball. */
  readonly files: readonly string[]
}

export const root: string = join(import.meta.dirname, '..')

export const packages: readonly Package[] = readdirSync(join(root, 'packages'))
  .map((folder) => join(root, 'packages', folder))
  .filter((directory) => existsSync(join(directory, 'package.json')))
  .map((directory) => ({
    folder: basename(directory),
    directory,
    manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest,
  }))

/**
 * Packs every public package as `pnpm publish` would; only pnpm writes the published `exports`.
 *
 * @param folder Below `.pack`, and emptied first.
 */
export async function pack(folder = 'tarballs'): Promise<Packed[]> {
  const destination = join(root, '.pack', folder)
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  const publics = packages.filter(({ manifest }) => !manifest.private)
  return Promise.all(
    publics.map(async (it) => {
      if (!existsSync(join(it.directory, 'dist'))) {
        throw new Error(`packages/${it.folder} is not built: run \`pnpm build\` first.`)
      }
      const tarball = join(destination, `${it.folder}.tgz`)
      const json = await output('pnpm', ['pack', '--json', '--out', tarball], it.directory)
      const { files } = JSON.parse(json) as { files: { path: string }[] }
      return { ...it, tarball, files: files.map(({ path }) => path) }
    }),
  )
}

/** What the command prints; its failure carries all of it. */
export async function output(command: string, args: string[], cwd = root): Promise<string> {
  const options = { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 } as const
  try {
    return (await promisify(execFile)(command, args, options)).stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`.trim(), { cause: error })
  }
}
