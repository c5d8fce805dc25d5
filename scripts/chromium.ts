import { existsSync } from 'node:fs'

/** Where Chromium, or a browser that is one, is usually found. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** The browser of the browser tests: `CHROMIUM_PATH`, or the first in a usual place. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH
  if (!named) return PLACES.find((path) => existsSync(path))
  if (existsSync(named)) return named
  throw new Error(`CHROMIUM_PATH names ${named}, and there is no such file.`)
}

/** Nothing but the page under test may use the network; root has no sandbox to offer. */
export const chromiumFlags: string[] = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-sync',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

export const noChromium = `
${'━'.repeat(80)}
  THE BROWSER TESTS DID NOT RUN: there is no Chromium on this machine.
  Install it (on Debian: apt-get install chromium), or name one in CHROMIUM_PATH.
${'━'.repeat(80)}
`
