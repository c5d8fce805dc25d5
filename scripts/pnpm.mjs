#!/usr/bin/env node
/**
 * `node scripts/pnpm.mjs <arguments>` runs `pnpm <arguments>` on any machine that has npm.
 *
 * It uses the Node.js and the pnpm on PATH when they are recent enough. What is missing it borrows
 * from the npm registry through npx, which keeps it in npm's own cache: nothing is installed
 * globally. Arguments, input, output, signals and the exit code pass through.
 *
 * Plain JavaScript without dependencies: this file runs before anything is installed, on Node.js 20.
 */
import { spawn, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodePackage } from './node.mjs'

const NODE = '26.10.0'
const PNPM = '12.21.0'
const NODE_WANTED = '22.19, 24.11 or 26'
const PNPM_WANTED = 11

const self = fileURLToPath(import.meta.url)
const windows = process.platform === 'win32'

// How it asks itself, from inside npx, where npx put the borrowed binaries.
if (process.argv[2] === '--borrowed-environment') {
  const { PATH, npm_config_globalconfig } = process.env
  console.log(JSON.stringify({ PATH, npm_config_globalconfig }))
  process.exit()
}

/** @type {string[]} */
const borrow = []
/** @type {string[]} */
const lacks = []

if (!isRecent(process.versions.node)) {
  const found = nodePackage()
  if ('missing' in found) {
    fail(
      `this machine has Node.js ${process.versions.node}, and npm has no Node.js to borrow for ${found.missing}. ` +
        `Install Node.js ${NODE_WANTED} or newer and try again.`,
    )
  }
  borrow.push(`${found.name}@${NODE}`)
  lacks.push(`Node.js ${process.versions.node}`)
}

const pnpm = pnpmVersion()
if (!(Number.parseInt(pnpm, 10) >= PNPM_WANTED)) {
  borrow.push(`pnpm@${PNPM}`)
  lacks.push(pnpm ? `pnpm ${pnpm}` : 'no pnpm')
}

if (borrow.length > 0) {
  note(`borrowing ${borrow.join(' and ')} through npx (this machine has ${lacks.join(' and ')})`)
  Object.assign(process.env, borrowed(borrow))
}
run('pnpm', process.argv.slice(2))

/** @param {string} version */
function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major === 22 ? minor >= 19 : major === 24 ? minor >= 11 : major >= 26
}

/** The version of the pnpm on PATH; empty when there is none, or none that starts. */
function pnpmVersion() {
  const [command, argv, options] = onPath('pnpm', ['--version'])
  const { status, stdout } = spawnSync(command, argv, {
    ...options,
    // Here, because a pnpm 10 that cannot become the version of `packageManager` is of no use.
    cwd: dirname(self),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 ? stdout.trim() : ''
}

/**
 * Fetches the packages and returns the environment in which their binaries come first.
 *
 * npx is asked for it rather than left in between: pnpm then is this process's own child, and
 * signals and the terminal reach it. npm finds its global settings beside the Node.js that runs it,
 * where a borrowed one has none, so their place comes along too.
 *
 * @param {string[]} packages
 * @returns {Record<string, string>}
 */
function borrowed(packages) {
  const [command, argv, options] = onPath('npx', [
    '--yes',
    '--loglevel=error',
    '--no-update-notifier',
    ...packages.flatMap((name) => ['--package', name]),
    '--',
    'node',
    self,
    '--borrowed-environment',
  ])
  const { status, stdout, error } = spawnSync(command, argv, {
    ...options,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (error) fail(`npx, which comes with npm, could not be started: ${error.message}`)
  if (status !== 0) fail(`npx could not fetch ${packages.join(' and ')}`)
  return JSON.parse(stdout)
}

/**
 * Runs the command in this process's place, as far as one process can stand in for another.
 *
 * @param {string} name
 * @param {string[]} args
 */
function run(name, args) {
  const [command, argv, options] = onPath(name, args)
  const child = spawn(command, argv, { ...options, stdio: 'inherit' })
  child.on('error', (error) => fail(`${name} could not be started: ${error.message}`))

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well; a second one would make it give up its clean-up.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

/**
 * A command found on PATH, as `spawn` takes it. On Windows npm's commands are batch files, which only
 * a shell starts, and a shell splits what is not quoted.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {[string, string[], { shell: boolean }]}
 */
function onPath(command, args) {
  if (!windows) return [command, args, { shell: false }]
  const quoted = args.map((arg) =>
    /^[\w@.,:=/\\-]+$/.test(arg) ? arg : `"${arg.replaceAll('"', '""')}"`,
  )
  return [[command, ...quoted].join(' '), [], { shell: true }]
}

/** @param {string} message */
function note(message) {
  console.error(`countersign: ${message}`)
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  note(message)
  process.exit(1)
}
