import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sandbox } from '@countersign/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { secretsIn } from '../src/demo/secrets.ts'
import { serviceNames } from '../src/variables.ts'
import { open, variablesFor, WAYS } from './sandbox.ts'
import { command, type Ended, start } from './support.ts'

/** What more the steps read. */
const moreFor = (s3: string) => ({
  AMPERITY_PROFILE_INDEX: 'customers',
  AWS_ENDPOINT_URL_S3: s3,
})

/** No credential is in what was printed, nor what was handed out for it. */
function expectNoSecret({ stdout, stderr }: Ended, options: object, sandbox: Sandbox): void {
  const sent = sandbox.requests.flatMap(({ headers }) =>
    (headers.get('authorization') ?? '').split(/[ :]/).filter((part) => part.length > 15),
  )
  const issued = sandbox.issued.flatMap((one) => [one.secretAccessKey, one.sessionToken])
  for (const secret of [...secretsIn(options), ...sent, ...issued]) {
    expect(stdout + stderr).not.toContain(secret)
    expect(stdout + stderr).not.toContain(encodeURIComponent(secret))
  }
}

describe('--live', () => {
  test.each(WAYS)('%s', async (_, service, pick) => {
    const { sandbox, options, s3 } = await open()
    const own = pick(options)
    const env = { ...variablesFor(service, own), ...moreFor(s3) }
    const ended = await command(['demo', '--live', service], env)
    expect(ended.stderr).toBe('')
    expect(ended.stdout).toContain('as expected (')
    expect(ended.code).toBe(0)
    expect(sandbox.count({ status: 401 }) + sandbox.count({ status: 400 })).toBeGreaterThan(0)
    expectNoSecret(ended, own, sandbox)
  })

  test('all five, what needs the sandbox being left out', async () => {
    const { sandbox, options, s3 } = await open()
    const env = Object.assign(
      moreFor(s3),
      ...WAYS.filter(([title]) => !/token|issuer/.test(title)).map(([, service, pick]) =>
        variablesFor(service, pick(options)),
      ),
    )
    const ended = await command(['demo', '--live'], env)
    expect(ended.stdout).toMatch(/5 services, \d+ steps, \d+ left out, the others as expected/)
    expect(ended.stdout).toMatch(/ - {4}a certificate, no secret +sandbox only +- +- +-\n/)
    expect(ended.code).toBe(0)
    // Nothing has been changed at the vendors'.
    expect(sandbox.records).toEqual([])
    expect(sandbox.count({ service: 'optimizelyDxp', method: 'POST' })).toBe(0)
    expectNoSecret(ended, options, sandbox)
  })

  test('the counts are those of the server', async () => {
    const { sandbox, options } = await open()
    const { stdout } = await command(
      ['demo', '--live', '--json', 'kalibrate'],
      variablesFor('kalibrate', options.kalibrate),
    )
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { requests: { token: number; api: number } })
    const sum = (kind: 'token' | 'api') => rows.reduce((n, { requests }) => n + requests[kind], 0)
    expect(sum('token')).toBe(sandbox.count({ endpoint: 'token' }))
    expect(sum('api')).toBe(sandbox.count({ endpoint: 'api' }))
  })

  test('asks for the project that it is told', async () => {
    const { sandbox, options } = await open()
    const project = '00000000-1111-2222-3333-444444444444'
    await command(['demo', '--live', 'optimizely-dxp'], {
      ...variablesFor('optimizely-dxp', options.optimizelyDxp),
      OPTIMIZELY_DXP_PROJECT: project,
    })
    expect(sandbox.requests[0]?.target).toBe(`/api/v1.0/projects/${project}/deployments`)
  })

  test('reads values from files', async () => {
    const { options } = await open()
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const env = variablesFor('angus', options.angus)
    const path = join(folder, 'access-token')
    writeFileSync(path, `${env.ANGUS_ACCESS_TOKEN}\n`)
    delete env.ANGUS_ACCESS_TOKEN
    const { code } = await command(['demo', '--live', 'angus'], {
      ...env,
      ANGUS_ACCESS_TOKEN_FILE: path,
    })
    expect(code).toBe(0)
  })
})

describe('what is missing or wrong is one line', () => {
  test.each([
    [{}, 'angus: ANGUS_USERNAME, ANGUS_CLIENT_ID, ANGUS_ACCESS_TOKEN are not set'],
    [
      { ANGUS_USERNAME: 'u', ANGUS_CLIENT_ID: 'c', ANGUS_ACCESS_TOKEN_FILE: 'no-such-file' },
      'angus: ANGUS_ACCESS_TOKEN_FILE names a file that cannot be read (ENOENT)',
    ],
    [
      {
        ANGUS_USERNAME: 'u',
        ANGUS_CLIENT_ID: 'c',
        ANGUS_ACCESS_TOKEN: 'a-secret-value',
        ANGUS_TOKEN_ENDPOINT: 'https://console.example/no-slash',
      },
      /^angus: ANGUS_TOKEN_ENDPOINT takes a URL whose path ends in a slash/,
    ],
  ])('%j', async (env, words) => {
    const { code, stdout, stderr } = await command(['demo', '--live', 'angus'], env)
    const [line = '', ...more] = stderr.split('\n')
    expect(more).toEqual([''])
    const said = line.replace(/^countersign: /, '')
    if (typeof words === 'string') expect(said).toBe(words)
    else expect(said).toMatch(words)
    expect(stderr).not.toContain('a-secret-value')
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('the address of the bucket is one', async () => {
    const { code, stdout, stderr } = await command(['demo', '--live', 'optimizely-events'], {
      OPTIMIZELY_EVENTS_TOKEN: 'token',
      AWS_ENDPOINT_URL_S3: 's3.example',
    })
    expect(stderr).toBe(
      'countersign: optimizely-events: AWS_ENDPOINT_URL_S3 takes an absolute URL without a path\n',
    )
    expect([stdout, code]).toEqual(['', 2])
  })

  test('each service has its own', async () => {
    const { code, stderr } = await command(['demo', '--live'])
    expect(stderr.match(/^countersign: [\w-]+: .+ set$/gm)).toHaveLength(serviceNames.length)
    expect(code).toBe(2)
  })
})

describe('when something is off', () => {
  test('the row says what was expected and what was seen, and the exit code is 1', async () => {
    const { sandbox, options } = await open()
    sandbox.inject({ service: 'kalibrate', endpoint: 'api', status: 503 })
    const env = variablesFor('kalibrate', options.kalibrate)
    const ended = await command(['demo', '--live', 'kalibrate'], env)
    expect(ended.stdout).toMatch(
      /OFF +obtain a token, and call .+\n +expected +200\n +seen +503 An error of the sandbox/,
    )
    expect(ended.stdout).toMatch(/\n1 service, \d+ steps, 1 off: kalibrate 1 \(/)
    expect(ended.code).toBe(1)
    expectNoSecret(ended, options.kalibrate, sandbox)
  })

  test('a request too many is off', async () => {
    const { sandbox, options } = await open()
    sandbox.inject({ service: 'kalibrate', endpoint: 'api', status: 401 })
    const env = variablesFor('kalibrate', options.kalibrate)
    const { code, stdout } = await command(['demo', '--live', 'kalibrate'], env)
    expect(stdout).toMatch(/expected +1 token \+ 1 API requests\n +seen +2 token \+ 2 API requests/)
    expect(code).toBe(1)
  })

  test('a host that does not answer is no crash', async () => {
    const { code, stdout, stderr } = await command(['demo', '--live', 'optimizely-dxp'], {
      OPTIMIZELY_DXP_KEY: 'key',
      OPTIMIZELY_DXP_SECRET: 'c2VjcmV0',
      OPTIMIZELY_DXP_BASE_URL: 'http://127.0.0.1:1/api/v1.0',
    })
    expect(stdout).toMatch(/seen +TypeError: fetch failed \(/)
    expect(stderr).toBe('')
    expect(code).toBe(1)
  })
})

test('Ctrl-C ends it with 130', async () => {
  const { sandbox, options } = await open()
  sandbox.inject({ service: 'angus', endpoint: 'api', statuses: [200] })
  sandbox.inject({ service: 'angus', endpoint: 'api', latency: 600_000 })
  const env = variablesFor('angus', options.angus)
  const { child, ended } = start(['demo', '--live', '--json', 'angus'], env)
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: 130, stderr: '' })
})
