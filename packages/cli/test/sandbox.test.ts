import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { shellText } from '../src/sandbox/environment.ts'
import { teller } from '../src/sandbox/log.ts'
import { folder } from './cache/folder.ts'
import { Screen } from './request/support.ts'
import { command, start } from './support.ts'

/** A sandbox that listens, in a process of its own, and its first words. */
async function listening(...args: readonly string[]) {
  const { child, ended } = start(['sandbox', ...args])
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  const [stream, end] = args.includes('--json') ? [child.stdout, '\n'] : [child.stderr, '\n\n']
  while (!said.endsWith(end)) said += (await once(stream, 'data'))[0]
  return { child, ended, said }
}

test('every command finds the way to it, and each example is answered', {
  timeout: 30_000,
}, async () => {
  const { child, ended, said } = await listening('--json')
  const { env, examples } = JSON.parse(said)
  const runs = (examples as string[]).map((example) => {
    const [, line = '', target = ''] = /^countersign (request \S+ GET) '(.+)'$/.exec(example) ?? []
    return command([...line.split(' '), target], env)
  })
  runs.push(command(['credentials', 'optimizely-events', '--no-cache'], env))
  runs.push(command(['demo', '--live', 'optimizely-dxp'], env))
  for (const { code, stderr } of await Promise.all(runs)) expect([code, stderr]).toEqual([0, ''])
  expect(runs).toHaveLength(7)
  expect((await runs[0])?.stdout).toContain('<KeyCount>4</KeyCount>')

  child.kill('SIGINT')
  const { code, stdout } = await ended
  expect(code).toBe(130)
  const told = stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line))
  expect(told).toContainEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    service: 'optimizely-dxp',
    method: 'GET',
    target: expect.stringMatching(/^\/api\/v1\.0\/projects\/.+\/deployments$/),
    status: 200,
  })
})

describe.skipIf(process.platform === 'win32')('its variables', () => {
  const shell = async (path: string) => {
    const { stdout } = await promisify(execFile)('sh', ['-c', `. ${path}; env`], {
      env: { AMPERITY_TOKEN: 'of another tenant' },
    })
    return stdout.split('\n')
  }

  test('are in a new file, for its owner alone, which goes with it', async () => {
    const path = join(folder(), 'sandbox.env')
    const { child, ended } = await listening('-o', path, '--quiet')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const set = await shell(path)
    expect(set).toContainEqual(
      expect.stringMatching(/^AWS_ENDPOINT_URL_S3=http:\/\/127\.0\.0\.1:\d+$/),
    )
    expect(set).not.toContainEqual(expect.stringMatching(/^AMPERITY_TOKEN=/))
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 143, stdout: '' })
    expect(existsSync(path)).toBe(false)
  })

  test('are quoted for a shell', async () => {
    const path = join(folder(), 'env')
    const value = `it's $HOME \`x\` "y" \\ (z) #`
    const variables = { ONE: value, TWO: '' }
    writeFileSync(path, shellText([{ service: 'angus', variables, others: [] }]))
    expect(await shell(path)).toEqual(expect.arrayContaining([`ONE=${value}`, 'TWO=']))
  })

  test('are on standard output', async () => {
    const { child, ended } = await listening()
    child.kill('SIGHUP')
    const { code, stdout } = await ended
    expect(code).toBe(129)
    for (const line of stdout.trim().split('\n'))
      expect(line).toMatch(/^(?:export [A-Z_\d]+='.*'|unset [A-Z_ ]+|)$/)
  })
})

describe('what it cannot have', () => {
  test('is a port of others', async () => {
    const { said } = await listening('--json')
    const { env } = JSON.parse(said)
    const { port } = new URL(env.KALIBRATE_BASE_URL)
    expect(await command(['sandbox', '--port', port])).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `^countersign: port ${port} cannot be listened on: address already in use \\(EADDRINUSE\\); .+\n$`,
        ),
      ),
    })
  })

  test.each([
    ['--port', '65535', 2, /^--port takes up to 65\d{3}: the first of \d+ in a row$/],
    ['--port', '4000x', 2, /^option '--port <number>' argument '4000x' is invalid/],
    ['--hostname', '0.0.0.0', 2, /^unknown option '--hostname'/],
    ['-o', join('no-such-folder', 'x'), 1, /^-o .+ cannot be written: no such file or directory/],
    ['-o', import.meta.filename, 1, /^-o .+ cannot be written: file already exists \(EEXIST\)$/],
  ])('is %s %s', async (option, value, code, line) => {
    const ended = await command(['sandbox', option, value])
    expect(ended.stderr.replace(/^countersign: (.+)\n$/, '$1')).toMatch(line)
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(readFileSync(import.meta.filename, 'utf8')).not.toBe('')
  })
})

describe('the log', () => {
  const request = { service: 'optimizelyEvents', method: 'GET', status: 200 } as const
  const told = (target: string, columns = 0) => {
    const [stdout, stderr] = [new Screen(), new Screen(columns)]
    const host = { stdout, stderr } as unknown as Pick<NodeJS.Process, 'stdout' | 'stderr'>
    teller(host, false)({ ...request, target })
    expect(stdout.text).toBe('')
    return stripVTControlCharacters(stderr.text)
  }

  test('is a line for each request', () => {
    expect(told('/a?b=c')).toMatch(
      /^\d\d:\d\d:\d\d {2}optimizely-events {2}200 {2}GET {2}\/a\?b=c\n$/,
    )
    const cut = told(`/${'a'.repeat(200)}`, 60)
    expect(cut).toHaveLength(60 + '\n'.length)
    expect(cut).toMatch(/a…\n$/)
  })

  test('has no secrets, and nothing that a terminal obeys', () => {
    const target =
      '/a?X-Amz-Signature=one&x=1&sig=two&client_secret=three&X-Amz-Security-Token=four&token=five'
    expect(told(target)).toContain(
      '/a?X-Amz-Signature=***&x=1&sig=***&client_secret=***&X-Amz-Security-Token=***&token=***\n',
    )
    expect(told('/\u001b[31m\u009b1mé')).toContain('/%1b[31m%9b1m%e9\n')
  })
})

test('--help says how, and what it ends with', async () => {
  const { code, stdout, stderr } = await command(['sandbox', '--help'])
  expect([code, stderr]).toEqual([0, ''])
  for (const word of ['--port', 'Examples:', 'Exit codes:']) expect(stdout).toContain(word)
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
})
