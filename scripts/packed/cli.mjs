// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const path = createRequire(import.meta.url).resolve('countersign/package.json')
const { bin, version } = JSON.parse(readFileSync(path, 'utf8'))
const main = join(dirname(path), bin.countersign)
const cache = mkdtempSync(join(tmpdir(), 'countersign-'))

/** By the Node.js that runs this, as the link in node_modules/.bin does by the first on PATH. */
const countersign = (args, env = {}) =>
  new Promise((resolve) => {
    const options = { env: { COUNTERSIGN_CACHE_DIR: join(cache, 'folder'), ...env } }
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })

let requests = 0
const server = createServer((request, response) => {
  requests += 1
  const known = request.headers.authorization === 'Bearer pat'
  const credentials = {
    accessKeyId: 'ASIA',
    secretAccessKey: 'secret',
    sessionToken: 'session',
    expiration: Date.now() + 3_600_000,
  }
  const s3Path = 's3://optimizely-events-data/v1/account_id=1'
  response
    .writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
    .end(JSON.stringify(known ? { credentials, s3Path } : {}))
}).listen(0, '127.0.0.1')
await once(server, 'listening')

const sandbox = spawn(process.execPath, [main, 'sandbox', '--json'])
try {
  assert.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  const help = await countersign(['--help'])
  assert.match(help.stdout, /^Usage: countersign /)
  assert.deepEqual([help.stderr, help.code], ['', 0])
  assert.equal((await countersign(['--version'])).stdout, `${version}\n`)

  const env = {
    OPTIMIZELY_EVENTS_TOKEN: 'pat',
    OPTIMIZELY_EVENTS_BASE_URL: `http://127.0.0.1:${server.address().port}`,
  }
  const args = ['credentials', 'optimizely-events']
  const printed = await countersign(args, env)
  assert.deepEqual([printed.stderr, printed.code], ['', 0])
  assert.equal(JSON.parse(printed.stdout).SecretAccessKey, 'secret')
  assert.deepEqual(await countersign(args, env), printed)
  assert.equal(requests, 1, 'the second run takes what the first has left')

  const refused = await countersign(args, { ...env, OPTIMIZELY_EVENTS_TOKEN: 'wrong' })
  assert.match(refused.stderr, /^countersign: GET .+ answered 401.*\n$/)
  assert.deepEqual([refused.stdout, refused.code], ['', 1])

  const credential = { OPTIMIZELY_DXP_KEY: 'key', OPTIMIZELY_DXP_SECRET: 'c2VjcmV0' }
  const given = ['--compare', `epi-hmac key:${Date.now()}:nonce:c2hvcnQ=`]
  const wrong = await countersign(['explain', 'optimizely-dxp', 'GET', '/x', ...given], credential)
  assert.match(wrong.stdout, /\nThe given header is not right: signature\.\n/)
  assert.deepEqual([wrong.stderr, wrong.code], ['', 1])

  const [said] = await once(sandbox.stdout.setEncoding('utf8'), 'data')
  const listed = await countersign(
    ['request', 'angus', 'GET', '/entities?metrics=interested&from_date=2026-01-01T00:00:00'],
    JSON.parse(said).env,
  )
  sandbox.kill('SIGINT')
  assert.deepEqual([listed.stderr, listed.code], ['', 0])
  assert.ok(JSON.parse(listed.stdout).entities)
  assert.deepEqual(await once(sandbox, 'close'), [130, null])

  const demo = await countersign(['demo', 'optimizely-events', 'angus'])
  assert.match(demo.stdout, /all as expected/)
} finally {
  sandbox.kill()
  server.closeAllConnections()
  server.close()
  rmSync(cache, { recursive: true, force: true })
}
