import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright'
import { chromiumFlags, findChromium } from '../../../scripts/chromium.ts'
import type { Bench, Row, Scope, Table } from '../bench.ts'
import { KEY, requestsOf, SIZES } from '../signers/requests.ts'
import type { Unsigned } from '../signers/signer.ts'
import { verifyEpiHmac, verifySigV4 } from '../signers/verify.ts'
import { COLUMNS, inMicroseconds } from './signing.ts'

const PAGE = fileURLToPath(new URL('../../peers/src/page.ts', import.meta.url))
/** A page of https, so that it has WebCrypto. It is served from here. */
const URL_OF_PAGE = 'https://bench.example/'
/** A page that is cut off from others has a clock of 5 µs; others' is twenty times as coarse. */
const HEADERS = {
  'content-type': 'text/html',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
}

const SCHEMES = { 'epi-hmac': verifyEpiHmac, sigv4: verifySigV4 }

interface Timings {
  readonly proofs: readonly { name: string; headers: Record<string, string> }[]
  readonly rows: readonly Row[]
}

declare function timed(scheme: string, size: number, quick: boolean): Promise<Timings>

async function run(scope: Scope): Promise<readonly Table[]> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('There is no Chromium: name one in CHROMIUM_PATH')
  const script = await build({
    entryPoints: [PAGE],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    // What mitata tries to load elsewhere.
    external: ['bun:*', 'node:*', 'os', '@mitata/*'],
    write: false,
  })
  const args = [...chromiumFlags, '--js-flags=--expose-gc']
  const browser = await chromium.launch({ executablePath, args })
  try {
    const page = await browser.newPage()
    await page.route(URL_OF_PAGE, (route) => route.fulfill({ headers: HEADERS, body: '' }))
    await page.goto(URL_OF_PAGE)
    await page.addScriptTag({ type: 'module', content: script.outputFiles[0]?.text ?? '' })
    // A module runs some time after it has been put there.
    await page.waitForFunction(() => 'timed' in globalThis)

    const tables: Table[] = []
    for (const [scheme, verify] of Object.entries(SCHEMES)) {
      for (const [label, size] of SIZES) {
        if (size > 2 ** 20) continue
        const { proofs, rows } = await page.evaluate(
          ([scheme, size, quick]) => timed(scheme, size, quick),
          [scheme, size, scope.quick] as const,
        )
        const [request] = requestsOf(size, 'text') as [Unsigned]
        for (const { headers } of proofs) verify(KEY, request, headers)
        tables.push({
          name: `chromium/${scheme}/${label}`,
          about: `In Chromium ${browser.version()}, where \`node:crypto\` is missing; a body of ${label}.`,
          columns: COLUMNS.filter(({ key }) => key !== 'bytes'),
          rows: rows.map(inMicroseconds),
        })
      }
    }
    return tables
  } finally {
    await browser.close()
  }
}

export default { passes: [{ runs: 3, flags: [], run }] } satisfies Bench
