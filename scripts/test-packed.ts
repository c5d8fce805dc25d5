/**
 * Installs the packed packages with npm in an empty project, as a user would, and there
 * imports every entry and runs the checks of `scripts/packed` on every supported Node.js, and
 * type-checks a consumer under the TypeScript versions and module resolutions in use.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodePackage } from './node.mjs'
import { output, type Packed, pack, root } from './packages.ts'

const NODES = ['22.23.3', '24.21.0', '26.10.0']
const TYPESCRIPTS = { 'typescript-5.9': '5.9.3', 'typescript-7.0': '7.0.2' }
const RESOLUTIONS = { nodenext: 'nodenext', bundler: 'esnext' }
/** What a browser can use is typed without Node.js; a server in a test is not. */
const CONSUMERS = [
  { file: 'consumer.ts', types: [] },
  { file: 'consumer.node.ts', types: ['node'] },
]
/** Without it a script has stopped in its middle, whatever its exit code. */
const LAST_WORD = "console.log('done')"

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
  for (const { file } of CONSUMERS) write(file, source(file))
  write('entries.mjs', `${packed.flatMap(entries).map(importing).join('\n')}\n${LAST_WORD}`)
  for (const { folder } of packed) {
    write(`${folder}.mjs`, `${source(`${folder}.mjs`)}\n${LAST_WORD}`)
  }
  await npm(project, [
    ...packed.map(({ tarball }) => tarball),
    ...packed.flatMap(companions),
    `@types/node@${versionIn(root, '@types/node')}`,
    ...Object.entries(TYPESCRIPTS).map(([alias, version]) => `${alias}@npm:typescript@${version}`),
  ])
}

function source(file: string): string {
  const path = join(root, 'scripts/packed', file)
  if (!existsSync(path)) throw new Error(`scripts/packed/${file} is missing: what must work?`)
  return readFileSync(path, 'utf8')
}

function entries({ manifest }: Packed): string[] {
  return Object.keys(manifest.exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => manifest.name + entry.slice(1))
}

function importing(entry: string): string {
  const problem = JSON.stringify(`${entry} exports nothing`)
  return `if (Object.keys(await import('${entry}')).length === 0) throw new Error(${problem})`
}

/** What a package leaves to its users to install, in the version that the tests here use. */
function companions({ directory, manifest }: Packed): string[] {
  return Object.keys(manifest.peerDependencies ?? {})
    .filter((name) => !packed.some((own) => own.manifest.name === name))
    .map((name) => `${name}@${versionIn(directory, name)}`)
}

function versionIn(directory: string, name: string): string {
  const manifest = readFileSync(join(directory, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

function runtimeChecks(node: { version: string; binary: string }): Promise<boolean>[] {
  return ['entries', ...packed.map(({ folder }) => folder)].map((name) =>
    check(`Node.js ${node.version}: ${name}`, async () => {
      const said = await output(node.binary, [`${name}.mjs`], project)
      if (!said.endsWith('done\n')) throw new Error(`${name}.mjs ended early:\n${said}`)
    }),
  )
}

function typeChecks(): Promise<boolean>[] {
  const cases = Object.keys(TYPESCRIPTS).flatMap((typescript) =>
    Object.entries(RESOLUTIONS).flatMap(([moduleResolution, module]) =>
      CONSUMERS.map((consumer) => ({ typescript, moduleResolution, module, ...consumer })),
    ),
  )
  return cases.map(({ typescript, moduleResolution, module, file, types }) => {
    const name = `${typescript}, ${moduleResolution}: ${file}`
    const config = `tsconfig.${typescript}.${moduleResolution}.${file}.json`
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      module,
      moduleResolution,
      types,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    }
    write(config, JSON.stringify({ compilerOptions, files: [file] }))
    const tsc = join(project, 'node_modules', typescript, 'bin/tsc')
    return check(name, () => output(process.execPath, [tsc, '-p', config], project))
  })
}

async function check(name: string, run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run()
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
