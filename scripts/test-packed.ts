/**
 * Installs the packed packages with npm in an empty project, as a user would, and there
 * imports every entry and runs the checks of `scripts/packed` on every supported Node.js, and
 * type-checks a consumer under the TypeScript versions and module resolutions in use.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodePackage } from './node.mjs'
import { output, type Packed, pack, root } from './packages.ts'

const NODES = ['22.23.3', '24.21.0', '26.10.0']
const TYPESCRIPTS = { 'typescript-5.9': '5.9.3', 'typescript-7.0': '7.0.2' }
const RESOLUTIONS = { nodenext: 'nodenext', bundler: 'esnext' }

const project = mkdtempSync(join(tmpdir(), 'countersign-packed-'))
process.once('exit', () => rmSync(project, { recursive: true, force: true }))

const packed = await pack()
const [nodes] = await Promise.all([Promise.all(NODES.map(borrowNode)), install()])
const results = await Promise.all([...nodes.flatMap(runtimeChecks), ...typeChecks()])

const failed = results.filter((ok) => !ok).length
console.log(`${results.length - failed} of ${results.length} checks of the packed packages passed`)
if (failed > 0) process.exit(1)

async function install(): Promise<void> {
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  await npm(project, [
    ...packed.map(({ tarball }) => tarball),
    ...packed.flatMap(companions),
    ...Object.entries(TYPESCRIPTS).map(([alias, version]) => `${alias}@npm:typescript@${version}`),
  ])
  const entries = packed.flatMap(({ manifest }) =>
    Object.keys(manifest.exports)
      .filter((entry) => entry !== './package.json')
      .map((entry) => manifest.name + entry.slice(1)),
  )
  write(
    'entries.mjs',
    entries
      .map((entry) => {
        const problem = JSON.stringify(`${entry} exports nothing`)
        return `if (Object.keys(await import('${entry}')).length === 0) throw new Error(${problem})`
      })
      .join('\n'),
  )
}

/** What a package leaves to its users to install, in the version that the tests here use. */
function companions({ directory, manifest }: Packed): string[] {
  return Object.keys(manifest.peerDependencies ?? {}).map((name) => {
    const installed = join(directory, 'node_modules', name, 'package.json')
    const { version } = JSON.parse(readFileSync(installed, 'utf8')) as { version: string }
    return `${name}@${version}`
  })
}

function runtimeChecks(node: { version: string; binary: string }): Promise<boolean>[] {
  const scripts = packed.map(({ folder }) => `${folder}.mjs`)
  for (const script of scripts) {
    const source = join(root, 'scripts/packed', script)
    if (!existsSync(source)) throw new Error(`scripts/packed/${script} is missing: what must work?`)
    copyFileSync(source, join(project, script))
  }
  return ['entries.mjs', ...scripts].map((script) =>
    check(`Node.js ${node.version}: ${script}`, node.binary, [script]),
  )
}

function typeChecks(): Promise<boolean>[] {
  copyFileSync(join(root, 'scripts/packed/consumer.ts'), join(project, 'consumer.ts'))
  return Object.keys(TYPESCRIPTS).flatMap((alias) =>
    Object.entries(RESOLUTIONS).map(([moduleResolution, module]) => {
      const config = `tsconfig.${alias}.${moduleResolution}.json`
      const compilerOptions = {
        target: 'es2022',
        lib: ['es2022', 'dom', 'dom.iterable'],
        module,
        moduleResolution,
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      }
      write(config, JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
      const tsc = join(project, 'node_modules', alias, 'bin/tsc')
      return check(`${alias}, ${moduleResolution}`, process.execPath, [tsc, '-p', config])
    }),
  )
}

async function check(name: string, command: string, args: string[]): Promise<boolean> {
  try {
    await output(command, args, project)
    console.log(`✓ ${name}`)
    return true
  } catch (error) {
    console.error(`✗ ${name}\n${(error as Error).message}`)
    return false
  }
}

/** A Node.js of that version, fetched from npm once and kept under `node_modules/.cache`. */
async function borrowNode(version: string): Promise<{ version: string; binary: string }> {
  if (version === process.versions.node) return { version, binary: process.execPath }
  const found = nodePackage()
  if ('missing' in found) throw new Error(`npm has no Node.js to borrow for ${found.missing}.`)
  const prefix = join(root, 'node_modules/.cache/node', version)
  const binary = join(prefix, 'node_modules', found.name, found.binary)
  if (!existsSync(binary)) {
    mkdirSync(prefix, { recursive: true })
    await npm(prefix, ['--no-save', `${found.name}@${version}`])
  }
  return { version, binary }
}

async function npm(prefix: string, args: string[]): Promise<void> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier']
  await output('npm', ['install', '--prefix', prefix, ...quiet, ...args], prefix)
}

function write(file: string, text: string): void {
  writeFileSync(join(project, file), text)
}
