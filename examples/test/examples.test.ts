import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createSandbox, type Sandbox, type Service } from '@countersign/testing'
import { type ListeningOptions, listen } from '@countersign/testing/server'
import { expect, onTestFinished, test } from 'vitest'

/** Every example, run as a program against the sandbox, over real HTTP on loopback. */

const folder = join(import.meta.dirname, '..')
/** What all of them load is compiled once. */
const compiled = join(folder, 'node_modules/.cache/compiled')
const LONGEST = 30

interface Example {
  readonly service: Service
  readonly options: (all: ListeningOptions) => object
  readonly more?: Record<string, string>
  /** By the variables that its client reads itself. */
  readonly origins?: Readonly<Record<string, string>>
  readonly prints: RegExp
  readonly requests: readonly [token: number, api: number]
}

const PROJECT = '8ad8cc5b-0c49-4b79-8ebd-6451465a92c2'

const EXAMPLES: Readonly<Record<string, Example>> = {
  'aws-optimizelyEvents': {
    service: 'optimizelyEvents',
    options: ({ optimizelyEvents }) => optimizelyEvents,
    origins: { AWS_ENDPOINT_URL_S3: 's3.us-east-1.amazonaws.com' },
    prints: /^(?:v1\/account_id=\d+\/type=decisions\/date=\S+\.parquet: \d+ bytes\n){4}$/,
    requests: [1, 5],
  },
  'axios-kalibrate': {
    service: 'kalibrate',
    options: ({ kalibrate }) => kalibrate,
    prints: /^\[\n {2}\{[^]+\}\n\]\n$/,
    requests: [1, 1],
  },
  'fetch-optimizelyDxp': {
    service: 'optimizelyDxp',
    options: ({ optimizelyDxp }) => optimizelyDxp,
    more: { OPTIMIZELY_DXP_PROJECT: PROJECT },
    prints: /^[\da-f-]{36} InProgress\n$/,
    requests: [0, 1],
  },
  'fetch-optimizelyEvents': {
    service: 'optimizelyEvents',
    options: ({ optimizelyEvents }) => optimizelyEvents,
    prints: /^ASIA\w+ opens s3:\/\/.+\/date=2026-01-31\/ \(us-east-1\) until \d{4}-.+Z\n$/,
    requests: [1, 0],
  },
  'got-angus': {
    service: 'angus',
    options: ({ angus }) => angus,
    prints: /^(?:\d{4}-\d\d-\d\dT[\d:.]+Z \{.+\}\n){24}$/,
    requests: [1, 3],
  },
  'ky-amperity': {
    service: 'amperity',
    options: ({ amperityOAuth }) => amperityOAuth,
    prints: /^\{\n {2}data: \[\n(?: {4}\{ id: 'segments-\d' \},?\n)+ {2}\]\n\}\n$/,
    requests: [1, 1],
  },
  'undici-amperity': {
    service: 'amperity',
    options: ({ amperityOAuth }) => amperityOAuth,
    prints: /^\[\n(?:\s+202,?)+\n\]\n$/,
    requests: [1, 20],
  },
}

const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))

test('all are run', () => {
  expect(files.map((file) => file.slice(0, -3))).toEqual(Object.keys(EXAMPLES))
})

test.each(files)('%s is short', (file) => {
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(LONGEST)
})

test.each(Object.entries(EXAMPLES))('%s', async (name, example) => {
  const sandbox = createSandbox()
  const server = await listen(sandbox)
  onTestFinished(server.close)
  const { service, requests, prints, more, origins = {} } = example
  const options = example.options(server.options)
  const elsewhere = Object.entries(origins).map(([name, host]) => [name, server.origins[host]])
  const { code, stdout, stderr } = await run(`${name}.ts`, {
    ...variables(service, options),
    ...more,
    ...Object.fromEntries(elsewhere),
  })

  expect(stderr).toBe('')
  expect(stdout).toMatch(prints)
  expect(code).toBe(0)
  expect(counted(sandbox, service)).toEqual(requests)
  expect(sandbox.count()).toBe(requests[0] + requests[1])
})

const counted = (sandbox: Sandbox, service: Service) =>
  (['token', 'api'] as const).map((endpoint) => sandbox.count({ service, endpoint }))

/** `KALIBRATE_CLIENT_ID` for `clientId`, and so on. */
function variables(service: Service, options: object): Record<string, string> {
  const inCapitals = (name: string) => name.replace(/[A-Z]/g, '_$&').toUpperCase()
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      `${inCapitals(service)}_${inCapitals(name)}`,
      String(value),
    ]),
  )
}

async function run(file: string, env: Record<string, string>) {
  const child = spawn(process.execPath, ['--conditions=@countersign/source', file], {
    cwd: folder,
    env: { NODE_COMPILE_CACHE: compiled, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code }
}
