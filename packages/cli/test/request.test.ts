import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { secretsIn } from '../src/demo/secrets.ts'
import { folder, inside } from './cache/folder.ts'
import { bearerAt, hmacAt, serve } from './request/support.ts'
import { open, variablesFor } from './sandbox.ts'
import { command, start } from './support.ts'

const MIB = 1024 * 1024
/** For what takes a second or two, on a machine that has much else to do. */
const LONG = 30_000
const SIZE = 64 * MIB

/** 64 MiB of which no part is like another, made as they are taken. */
function* large() {
  for (let i = 0; i < SIZE / 65_536; i++) yield Buffer.alloc(65_536, `part ${i} `)
}

const hashOf = async (parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const part of parts) hash.update(part)
  return hash.digest('hex')
}

test('a run uses the token of the one before, and shows no secret', { timeout: LONG }, async () => {
  const { sandbox, options } = await open()
  const env = variablesFor('angus', options.angus)
  const args = [
    'request',
    'angus',
    'GET',
    '/entities?metrics=interested&from_date=2026-01-01T00:00:00',
  ]
  const runs = [await command([...args, '-i'], env), await command(args, env)]
  for (const { code, stdout, stderr } of runs) {
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('"entities"')
    for (const secret of secretsIn(options.angus)) expect(stdout).not.toContain(secret)
  }
  expect(sandbox.count({ endpoint: 'token' })).toBe(1)
  expect((await command([...args, '--no-cache'], env)).code).toBe(0)
  expect(sandbox.count({ endpoint: 'token' })).toBe(2)
})

describe('what went wrong is one line, and an exit code', () => {
  test.each<[code: number, line: RegExp, args: readonly string[]]>([
    [1, /^GET http:\/\/127\.0\.0\.1:9\/x: .+$/, ['optimizely-dxp', 'GET', '/x']],
    [1, /^These credentials belong to [^`]+\.$/, ['optimizely-dxp', 'GET', 'https://a.example']],
    [2, /^there is no service "dxp"/, ['dxp', 'GET', '/x']],
    [2, /^angus: ANGUS_USERNAME, .+ are not set$/, ['angus', 'GET', '/x']],
    [2, /^-d is given twice$/, ['angus', 'PUT', '/', '-d', 'a-secret', '-d', 'a-secret']],
    [
      2,
      /^option '--timeout <seconds>' argument '0' is invalid/,
      ['angus', 'GET', '/', '--timeout', '0'],
    ],
  ])('%i: %s', async (code, line, args) => {
    const ended = await command(['request', ...args], hmacAt('http://127.0.0.1:9'))
    expect(ended.stderr.replace(/^countersign: (.+)\n$/, '$1')).toMatch(line)
    expect(ended.stderr).not.toContain('a-secret')
    expect([ended.code, ended.stdout]).toEqual([code, ''])
  })

  test('a status is one, too', async () => {
    const { options } = await open()
    const args = ['request', 'optimizely-dxp', 'GET', '/nowhere']
    const ended = await command(args, variablesFor('optimizely-dxp', options.optimizelyDxp))
    expect(ended.stderr).toMatch(/^countersign: GET \S+\/nowhere: 404 Not Found\n$/)
    expect([ended.code, JSON.parse(ended.stdout).success]).toEqual([4, false])
  })
})

describe('64 MiB', { timeout: LONG }, () => {
  test('come down into a file, and through a pipe', async () => {
    const url = await serve(async (_, outgoing) => {
      outgoing.writeHead(200, { 'content-length': SIZE })
      await pipeline(large(), outgoing)
    })
    const path = join(folder(), 'large')
    const args = ['request', 'amperity', 'GET', '/large']
    const saved = await command([...args, '-o', path], bearerAt(url))
    expect(saved).toEqual({ code: 0, stdout: '', stderr: '' })
    const whole = await hashOf(large())
    expect(await hashOf([readFileSync(path)])).toBe(whole)

    const { child } = start(args, bearerAt(url))
    child.stdout.removeAllListeners('data').setEncoding('latin1')
    const hash = createHash('sha256')
    for await (const part of child.stdout) hash.update(part, 'latin1')
    expect(hash.digest('hex')).toBe(whole)
  })

  test('go up from the standard input', async () => {
    const got: string[] = []
    const url = await serve(async (incoming, outgoing) => {
      got.push(await hashOf(incoming))
      outgoing.writeHead(202).end()
    })
    const { child, ended } = start(
      ['request', 'amperity', 'POST', '/large', '-d', '-'],
      bearerAt(url),
      null,
    )
    await pipeline(large(), child.stdin)
    expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(got).toEqual([await hashOf(large())])
  })
})

test('the memory of a transfer does not grow with it', { timeout: LONG }, async () => {
  const part = Buffer.alloc(MIB)
  const got: number[] = []
  const url = await serve(async (incoming, outgoing) => {
    let size = 0
    for await (const chunk of incoming) size += chunk.length
    got.push(size)
    // As much comes back.
    await pipeline(
      Array.from({ length: size / MIB }, () => part),
      outgoing,
    )
  })
  const path = join(folder(), 'body')
  const tellPeak = 'process.on("exit", () => console.error(process.resourceUsage().maxRSS))'
  const hook = `--import=data:text/javascript,${encodeURIComponent(tellPeak)}`
  const args = ['request', 'amperity', 'POST', '/x', '-d', `@${path}`, '-o', devNull]
  const peaks: number[] = []
  for (const size of [MIB, 192 * MIB]) {
    writeFileSync(path, '')
    truncateSync(path, size)
    const { code, stderr } = await command(args, { ...bearerAt(url), NODE_OPTIONS: hook })
    expect([code, got.pop()]).toEqual([0, size])
    peaks.push(Number(stderr) * 1024)
  }
  const [least = 0, most = Infinity] = peaks
  expect(most - least).toBeLessThan(120 * MIB)
})

describe('an end before the end', () => {
  test('of who reads is quiet', async () => {
    const url = await serve((_, outgoing) => pipeline(large(), outgoing))
    const { child, ended } = start(['request', 'amperity', 'GET', '/large'], bearerAt(url))
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect(await ended).toMatchObject({ code: 1, stderr: '' })
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s is %i, and leaves no part of a file', async (signal, code) => {
    const at = folder()
    let asked = () => {}
    const halfway = new Promise<void>((resolve) => {
      asked = resolve
    })
    const url = await serve((_, outgoing) => void outgoing.writeHead(200).write('half', asked))
    const args = ['request', 'amperity', 'GET', '/large', '-o', join(at, 'out')]
    const { child, ended } = start(args, bearerAt(url))
    await halfway
    expect(inside(at)).toHaveLength(1)
    child.kill(signal)
    expect(await ended).toEqual({ code, stdout: '', stderr: '' })
    expect(inside(at)).toEqual([])
  })

  test('does not wait for a standard input that nobody closes', async () => {
    const url = await serve((_, outgoing) => void outgoing.writeHead(401).end('no'))
    const args = ['request', 'amperity', 'POST', '/x', '-d', '-']
    const { child, ended } = start(args, bearerAt(url), null)
    child.stdin.write('the first of more')
    expect(await ended).toMatchObject({ code: 4, stdout: 'no' })
  })
})

test('--help says how, with what, and what it ends with', async () => {
  const { code, stdout, stderr } = await command(['request', '--help'])
  expect([code, stderr]).toEqual([0, ''])
  for (const word of ['-d, --data', '@file', 'Examples:', 'ANGUS_USERNAME', 'Exit codes:'])
    expect(stdout).toContain(word)
  // Within an ordinary terminal.
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
})
