import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { formats } from '../src/credentials/formats.ts'
import { folder, inside } from './cache/folder.ts'
import { open, variablesFor } from './sandbox.ts'
import { command } from './support.ts'

// A process takes its time where many run.
vi.setConfig({ testTimeout: 30_000 })

const SERVICE = 'optimizely-events'

async function house() {
  const { sandbox, options } = await open()
  const env = variablesFor(SERVICE, options.optimizelyEvents)
  const print = (args: readonly string[] = [], more: Record<string, string> = {}) =>
    command(['credentials', SERVICE, ...args], { ...env, ...more })
  const cache = { COUNTERSIGN_CACHE_DIR: join(folder(), 'cache') }
  return { sandbox, env, print, cache }
}

describe('countersign credentials', () => {
  test('prints the same in three ways, by one request', async () => {
    const { sandbox, print, cache } = await house()
    const asProcess = await print([], cache)
    const [json, env, again] = await Promise.all([
      print(['--format', 'json'], cache),
      print(['--format', 'env'], cache),
      print(['--format', 'process'], cache),
    ])
    const [issued] = sandbox.issued
    if (!issued) throw new Error('Nothing was issued')
    const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = issued
    const end = new Date(expiration).toISOString()
    expect(JSON.parse(asProcess.stdout)).toEqual({
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: end.replace(/\.\d+/, ''),
    })
    expect(asProcess.stdout).toMatch(/^\{.+\}\n$/)
    expect(again).toEqual(asProcess)
    expect(JSON.parse(json.stdout)).toEqual({
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiresAt: end,
      s3Path: `s3://optimizely-events-data/v1/account_id=${accountId}`,
      region: 'us-east-1',
    })
    expect(env.stdout).toBe(
      [
        `export AWS_ACCESS_KEY_ID='${accessKeyId}'`,
        `export AWS_SECRET_ACCESS_KEY='${secretAccessKey}'`,
        `export AWS_SESSION_TOKEN='${sessionToken}'`,
        `export AWS_CREDENTIAL_EXPIRATION='${end}'`,
        "export AWS_REGION='us-east-1'",
        "export AWS_DEFAULT_REGION='us-east-1'",
        `export AWS_SESSION_EXPIRATION='${expiration}'`,
        `export S3_BASE_PATH='s3://optimizely-events-data/v1/account_id=${accountId}/'`,
        '',
      ].join('\n'),
    )
    for (const { stderr, code } of [asProcess, json, env]) expect([stderr, code]).toEqual(['', 0])
    expect(sandbox.count()).toBe(1)
  })

  test('--secret-stdin reads the token', async () => {
    const { sandbox, env } = await house()
    const { OPTIMIZELY_EVENTS_TOKEN: token = '', ...rest } = env
    const { code, stdout } = await command(
      ['credentials', SERVICE, '--secret-stdin'],
      rest,
      `${token}\r\n`,
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toHaveProperty('Version', 1)
    expect(sandbox.count({ status: 200 })).toBe(1)
  })

  test('a file holds the token, too', async () => {
    const { env } = await house()
    const { OPTIMIZELY_EVENTS_TOKEN: token = '', ...rest } = env
    const path = join(folder(), 'token')
    writeFileSync(path, `${token}\n`)
    const given = { ...rest, OPTIMIZELY_EVENTS_TOKEN_FILE: path }
    expect(await command(['credentials', SERVICE], given)).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('what goes wrong is one line, and shows no secret', () => {
  test.each([
    [['credentials', 'angus'], {}, /^angus has no AWS credentials: `countersign token angus` /],
    [['credentials', SERVICE], {}, /^optimizely-events: OPTIMIZELY_EVENTS_TOKEN is not set$/],
    [
      ['credentials', SERVICE, '--duration', '2h'],
      { OPTIMIZELY_EVENTS_TOKEN: 'x' },
      /^--duration takes '15m' to '60m' or '1h', not /,
    ],
    [
      ['credentials', SERVICE, '--format', 'xml'],
      {},
      /'--format <format>' argument 'xml' is invalid\. Allowed choices are process, env, json\.$/,
    ],
  ])('%j', async (args, env, words) => {
    const { code, stdout, stderr } = await command(args, env)
    expect(stderr).toMatch(/^countersign: [^\n]+\n$/)
    expect(stderr.slice('countersign: '.length, -1)).toMatch(words)
    expect([stdout, code]).toEqual(['', 2])
  })

  test('a token that is refused', async () => {
    const { sandbox, print } = await house()
    const token = '2:a-long-lived-secret-that-is-wrong'
    const { code, stdout, stderr } = await print(['--duration', '20m'], {
      OPTIMIZELY_EVENTS_TOKEN: token,
      OPTIMIZELY_EVENTS_DURATION: '30m',
    })
    expect(sandbox.requests[0]?.target).toBe('/v2/export/credentials?duration=20m')
    expect(stderr).toMatch(
      /^countersign: GET http:\/\/127\.0\.0\.1:\d+\/v2\/export\/credentials answered 401 .+\n$/,
    )
    expect([stdout, code]).toEqual(['', 1])
    expect(stderr).not.toContain(token)
  })

  test('an answer that lacks something', async () => {
    const { sandbox, print, cache } = await house()
    const credentials = { accessKeyId: 'ASIA', secretAccessKey: 'shown-to-nobody', expiration: 1 }
    sandbox.inject({ body: { credentials } })
    const { code, stdout, stderr } = await print([], cache)
    expect(stderr).toMatch(/^countersign: .+it lacks sessionToken, s3Path.*\n$/)
    expect(stderr).not.toContain('shown-to-nobody')
    expect([stdout, code]).toEqual(['', 1])
    expect(inside(cache.COUNTERSIGN_CACHE_DIR)).toEqual(['countersign.key'])
  })
})

test.each([
  "'; touch ran; '",
  '$(touch ran)',
  '`touch ran`',
  '"; touch ran; "',
  "'\\''; touch ran #",
  'a\ntouch ran\n',
  '\\',
  "\\'; touch ran; echo \\'",
  "it's $HOME & more > ran",
  '!! \t é €',
])('a shell takes %j for what it is, and runs nothing', async (hostile) => {
  const path = folder()
  const credentials = {
    accessKeyId: hostile,
    secretAccessKey: hostile,
    sessionToken: hostile,
    expiresAt: 0,
    s3Path: 's3://bucket/v1/account_id=1',
  }
  const script = `eval "$(cat)"; printf '%s\\0' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$AWS_REGION"`
  const printed = execFileSync('/bin/sh', ['-c', script], {
    cwd: path,
    input: await formats.env(credentials, hostile),
    encoding: 'utf8',
  })
  expect(printed.split('\0')).toEqual([hostile, hostile, hostile, hostile, ''])
  expect(inside(path)).toEqual([])
})

test('--help says what it takes, with examples', async () => {
  const { code, stdout, stderr } = await command(['credentials', '--help'])
  for (const words of [
    'credential_process = countersign credentials optimizely-events',
    'eval "$(countersign credentials optimizely-events --format env)"',
    'OPTIMIZELY_EVENTS_TOKEN ',
    'COUNTERSIGN_CACHE_DIR',
  ]) {
    expect(stdout).toContain(words)
  }
  expect(stdout).toMatch(/0 +done\n +1 +.+\n +2 +.+\n +130 +/)
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect([stderr, code]).toEqual(['', 0])
})
