/**
 * What the tests need and pnpm does not install: a Chromium for the browser project, and the `aws`
 * command line for its tests.
 *
 * As root on a Debian (a container, a CI machine) they are installed. Elsewhere that is not a test
 * run's business: the tests then say what they left out, and under CI that is an error.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findAwsCli, noAwsCli } from './aws-cli.ts'
import { findChromium, noChromium } from './chromium.ts'

const TOOLS = [
  { find: findChromium, name: 'chromium', without: noChromium },
  { find: findAwsCli, name: 'awscli', without: noAwsCli },
]
const missing = () => TOOLS.filter(({ find }) => !find())

if (missing().length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
  install(missing().map(({ name }) => name))
}
if (missing().length > 0 && process.env.CI === 'true') {
  for (const { without } of missing()) console.error(without)
  process.exit(1)
}

/** One by one: a distribution that lacks one may have the other. */
function install(names: string[]): void {
  const list = names.join(' and no ')
  console.error(`No ${list} yet: installing what this distribution has with apt-get …`)
  if (!aptGet('update')) return
  for (const name of names) aptGet('install', '-y', '--no-install-recommends', name)
}

function aptGet(...args: string[]): boolean {
  const { status, stdout, stderr } = spawnSync(
    'apt-get',
    ['-qq', '-o', 'Acquire::Retries=1', ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 2 ** 26,
      timeout: 120_000,
    },
  )
  if (status === 0) return true
  const end = `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n')
  console.error(`apt-get ${args.join(' ')} did not succeed:\n${end}`)
  return false
}
