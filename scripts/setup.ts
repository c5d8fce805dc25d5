/**
 * What the tests need and pnpm does not install: a Chromium for the browser project.
 *
 * As root on a Debian (a container, a CI machine) it is installed. Elsewhere that is not a test
 * run's business: the tests then say what they left out, and under CI that is an error.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findChromium, noChromium } from './chromium.ts'

if (!findChromium()) {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) installChromium()
  if (!findChromium() && process.env.CI === 'true') {
    console.error(noChromium)
    process.exit(1)
  }
}

function installChromium(): void {
  console.error('No Chromium yet: installing the one of this distribution with apt-get …')
  const options = '-qq -o Acquire::Retries=1'.split(' ')
  for (const args of [
    ['update', ...options],
    ['install', ...options, '-y', '--no-install-recommends', 'chromium'],
  ]) {
    const { status, stdout, stderr } = spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 2 ** 26,
      timeout: 120_000,
    })
    if (status !== 0) {
      const end = `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n')
      console.error(`apt-get ${args[0]} did not succeed:\n${end}`)
      return
    }
  }
}
