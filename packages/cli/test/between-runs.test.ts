import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AwsCredentials } from '@countersign/core'
import type { Sandbox } from '@countersign/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { stored } from '../src/cache/stored.ts'
import { secretsIn } from '../src/demo/secrets.ts'
import { optionsFrom } from '../src/env.ts'
import { folder, inside } from './cache/folder.ts'
import { open, variablesFor, WAYS } from './sandbox.ts'
import { command, start } from './support.ts'

// A process takes its time where many run.
vi.setConfig({ testTimeout: 30_000 })

const CREDENTIALS = ['credentials', 'optimizely-events']

async function house() {
  const { sandbox, options } = await open()
  const cache = join(folder(), 'cache')
  const env = {
    ...variablesFor('optimizely-events', options.optimizelyEvents),
    COUNTERSIGN_CACHE_DIR: cache,
  }
  return { sandbox, env, cache }
}

/** A process that holds the lock, and waits for an answer that does not come. */
async function holder(sandbox: Sandbox, env: Record<string, string>, cache: string) {
  const heal = sandbox.inject({ latency: 600_000 })
  const process = start(CREDENTIALS, env)
  onTestFinished(() => void process.child.kill('SIGKILL'))
  await vi.waitFor(() => expect(locks(cache)).toHaveLength(1), { timeout: 10_000 })
  return { ...process, heal }
}

/** Those that are held on the way to credentials. */
const locks = (cache: string) => inside(cache).filter((name) => /^[\da-f]{64}\.lock$/.test(name))

test('ten processes at once make one request, and print the same', {
  timeout: 30_000,
}, async () => {
  const { sandbox, env, cache } = await house()
  const all = await Promise.all(Array.from({ length: 10 }, () => command(CREDENTIALS, env)))
  expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1)
  for (const { code, stderr } of all) expect([stderr, code]).toEqual(['', 0])
  expect(sandbox.count()).toBe(1)

  // The key and one entry, for the user alone.
  expect(statSync(cache).mode & 0o777).toBe(0o700)
  expect(inside(cache)).toHaveLength(2)
  for (const name of inside(cache)) expect(statSync(join(cache, name)).mode & 0o777).toBe(0o600)
})

describe('the holder of the lock', () => {
  test('is killed: the next one gets through', async () => {
    const { sandbox, env, cache } = await house()
    const { child, ended, heal } = await holder(sandbox, env, cache)
    child.kill('SIGKILL')
    expect(await ended).toMatchObject({ code: null, stdout: '' })
    expect(locks(cache)).toHaveLength(1)
    heal()

    const next = await command(CREDENTIALS, env)
    expect([next.stderr, next.code]).toEqual(['', 0])
    expect(sandbox.count({ status: 200 })).toBe(1)
    expect(locks(cache)).toEqual([])
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is told to stop by %s: it lets go, and ends with %i', async (signal, code) => {
    const { sandbox, env, cache } = await house()
    const { child, ended } = await holder(sandbox, env, cache)
    child.kill(signal)
    expect(await ended).toEqual({ code, stdout: '', stderr: '' })
    expect(inside(cache)).toEqual(['countersign.key'])
  })
})

test('another secret, another duration and --no-cache never get what was kept', async () => {
  const { sandbox, env, cache } = await house()
  await command(CREDENTIALS, env)
  const before = inside(cache)
  const { stdout } = await command([...CREDENTIALS, '--no-cache'], env)
  expect(inside(cache)).toEqual(before)
  expect(JSON.parse(stdout)).toHaveProperty('AccessKeyId', sandbox.issued[1]?.accessKeyId)
  const [refused] = await Promise.all([
    command(CREDENTIALS, { ...env, OPTIMIZELY_EVENTS_TOKEN: 'another' }),
    command([...CREDENTIALS, '--duration', '15m'], env),
  ])
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  expect(sandbox.requests.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 401])
  expect(inside(cache)).toHaveLength(before.length + 1)
})

test('the long-lived secrets are in no file', async () => {
  const { options } = await open()
  const cache = join(folder(), 'cache')
  await Promise.all(
    WAYS.map(([, service, pick]) => {
      const name = service === 'optimizely-events' ? 'credentials' : 'token'
      const env = { ...variablesFor(service, pick(options)), COUNTERSIGN_CACHE_DIR: cache }
      return command([name, service], env)
    }),
  )
  // Optimizely DXP has nothing temporary, nor has Amperity's token from the UI; and the key.
  expect(inside(cache)).toHaveLength(WAYS.length - 2 + 1)
  const text = inside(cache)
    .map((name) => name + readFileSync(join(cache, name), 'utf8'))
    .join('\n')
  for (const secret of secretsIn(options)) {
    const bytes = Buffer.from(secret)
    for (const form of [
      secret,
      ...(['base64', 'base64url', 'hex'] as const).map((one) => bytes.toString(one)),
    ]) {
      expect(text).not.toContain(form.replace(/=+$/, ''))
    }
  }
})

describe('where nothing can be kept', () => {
  test.each([
    [
      { COUNTERSIGN_CACHE_DIR: '/dev/null/cache' },
      /^\/dev\/null\/cache cannot be used \(ENOTDIR\)$/,
    ],
    [{ COUNTERSIGN_CACHE_DIR: '', HOME: '' }, /^there is no home folder$/],
  ])('%j: it works all the same, and says so in a line', async (nowhere, reason) => {
    const { sandbox, env } = await house()
    const { code, stdout, stderr } = await command(CREDENTIALS, { ...env, ...nowhere })
    expect(stderr).toMatch(/^countersign: nothing is kept between runs: [^\n]+\n$/)
    expect(stderr.slice('countersign: nothing is kept between runs: '.length, -1)).toMatch(reason)
    expect(JSON.parse(stdout)).toHaveProperty('Version', 1)
    expect([code, sandbox.count()]).toEqual([0, 1])
  })
})

test('when the service refuses, what is still good is printed, and the refusal is said', async () => {
  const { sandbox, env, cache } = await house()
  // By a run 50 minutes ago.
  const ago = Date.now() - 3_000_000
  const expiresAt = ago + 3_600_000
  const left = { accessKeyId: 'ASIA', secretAccessKey: 'of-old', sessionToken: 't', expiresAt }
  const keep = stored({
    folder: async () => cache,
    identity: ['optimizely-events', optionsFrom('optimizely-events', env)],
    say: (line) => expect.unreachable(line),
    now: () => ago,
  })
  await keep<AwsCredentials>(() => left)()

  sandbox.inject({ status: 403 })
  const { code, stdout, stderr } = await command(CREDENTIALS, env)
  expect(JSON.parse(stdout)).toMatchObject({ SecretAccessKey: 'of-old' })
  expect(stderr).toMatch(
    /^countersign: could not renew what is good for another 10 min: GET .+ answered 403 [^\n]+\n$/,
  )
  expect([code, sandbox.count()]).toEqual([0, 1])
  // And the next one does not try again at once.
  expect(await command(CREDENTIALS, env)).toEqual({ code: 0, stdout, stderr: '' })
  expect(sandbox.count()).toBe(1)
})
