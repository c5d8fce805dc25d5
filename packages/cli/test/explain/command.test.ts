import { createHash, createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox } from '@countersign/testing'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { command, type Ended } from '../support.ts'

const KEY = 'exampleClientKey0123456789abcdefghijABCDEFGHIJ01'
const SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v'
const ENV = { OPTIMIZELY_DXP_KEY: KEY, OPTIMIZELY_DXP_SECRET: SECRET }
const PLACE = '/projects/8ad8/deployments'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
afterAll(() => rmSync(folder, { recursive: true }))
function file(name: string, text: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** A header of right now, made by hand. */
function header({
  method = 'GET',
  body = '',
  secret = Buffer.from(SECRET, 'base64'),
} = {}): string {
  const [time, nonce] = [String(Date.now()), 'a-nonce-of-the-test']
  const hash = createHash('md5').update(body).digest('base64')
  const message = [KEY, method, `/api/v1.0${PLACE}`, time, nonce, hash].join('')
  const signature = createHmac('sha256', secret).update(message).digest('base64')
  return `epi-hmac ${KEY}:${time}:${nonce}:${signature}`
}

const explain = (args: readonly string[], env: object = ENV, input?: string): Promise<Ended> =>
  command(['explain', ...args], { ...env }, input)
const dxp = (args: readonly string[], input?: string) =>
  explain(['optimizely-dxp', 'GET', PLACE, ...args], ENV, input)

test('each part is shown in order and by name, and no secret', async () => {
  const { code, stdout, stderr } = await explain(['optimizely-dxp', 'post', PLACE, '-d', 'é\n'])
  expect([code, stderr]).toEqual([0, ''])
  const names = [...stdout.matchAll(/^ {2}(\w+(?: \w+)?) {2,}\S/gm)].map(([, name]) => name)
  expect(names).toEqual([
    'key',
    'method',
    'target',
    'timestamp',
    'nonce',
    'body hash',
    'secret',
    'signature',
  ])
  expect(stdout).toContain(
    'POST https://paasportal.episerver.net/api/v1.0/projects/8ad8/deployments\n',
  )
  expect(stdout).toContain('\n"\\u00e9\\n"  3 bytes\n')
  expect(stdout).toMatch(/^[\n -~]*$/)
  expect(stdout).not.toContain(SECRET)
})

test('what is explained is what the vendor takes', async () => {
  const sandbox = createSandbox()
  const { key, secret } = sandbox.options.optimizelyDxp
  const env = { OPTIMIZELY_DXP_KEY: key, OPTIMIZELY_DXP_SECRET: secret }
  const project = '/projects/8ad8cc5b-0c49-4b79-8ebd-6451465a92c2/deployments'
  const { stdout } = await explain(['optimizely-dxp', 'GET', project, '--json'], env)
  const { url, headers } = JSON.parse(stdout)
  expect((await sandbox.fetch(url, { headers })).status).toBe(200)
  expect((await sandbox.fetch(`${url}?x=1`, { headers })).status).toBe(401)
})

test('--json is one object', async () => {
  const { code, stdout } = await dxp(['--json', '--compare', header({ method: 'get' })])
  expect(JSON.parse(stdout)).toMatchObject({
    service: 'optimizely-dxp',
    scheme: 'epi-hmac',
    method: 'GET',
    url: `https://paasportal.episerver.net/api/v1.0${PLACE}`,
    steps: [{ name: 'message', parts: [{ name: 'key', value: KEY }, {}, {}, {}, {}, {}] }],
    headers: { authorization: expect.stringMatching(/^epi-hmac /) },
    comparison: {
      verdict: 'different',
      culprits: [{ part: 'method', has: 'get', takes: 'GET' }],
    },
  })
  expect(code).toBe(1)
  expect(stdout).not.toContain(SECRET)
})

describe('a header to compare with', () => {
  test('that is right ends with 0', async () => {
    const { code, stdout, stderr } = await dxp(['--compare', header()])
    expect(stdout).toMatch(/\nThe given header is right\.\n$/)
    expect([code, stderr]).toEqual([0, ''])
  })

  test('that is wrong ends with 1, and what is wrong', async () => {
    const { code, stdout, stderr } = await dxp(['--compare', header({ body: '{}' })])
    expect(stdout).toMatch(
      /\nThe given header is not right: body\.\nIt was made with the hash of the body \{\}: hash the very bytes that are sent\.\n {2}it has {4}\S+\n {2}it takes {2}1B2M2Y8AsgTpgAmY7PhCfg==\n$/,
    )
    expect([code, stderr]).toEqual([1, ''])
  })

  test.each<[string, (header: string) => [args: string[], input?: string]]>([
    ['a file', (text) => [['--compare', `@${file('header', `Authorization: ${text}\r\n`)}`]]],
    ['standard input', (text) => [['--compare', '-'], `${text}\n`]],
    [
      'the output of curl',
      (text) => [
        ['--compare', '-'],
        `* Connected\r\n> GET / HTTP/1.1\r\n> Host: x\r\n> Authorization: ${text}\r\n>\r\n< HTTP/1.1 401\r\n< Server: x\r\n`,
      ],
    ],
  ])('comes from %s', async (_, give) => {
    const [args, input] = give(header())
    const { code, stdout } = await dxp(args, input)
    expect([stdout.includes('The given header is right.'), code]).toEqual([true, 0])
  })

  test('shows no secret, wherever it is', async () => {
    const given = header().replace(KEY, SECRET)
    for (const args of [
      ['--compare', given],
      ['--compare', given, '--json'],
    ]) {
      const { stdout, code } = await dxp(args)
      expect(stdout).toContain('The secret stands where the key belongs')
      expect(stdout).not.toContain(SECRET)
      expect(code).toBe(1)
    }
    const { stdout } = await explain(['optimizely-dxp', 'GET', `/x?secret=${SECRET}`])
    expect(stdout).not.toContain(SECRET)
  })
})

describe('a body', () => {
  const BODY = '{"a": 1}\r\n'
  const hashIn = ({ stdout }: Ended) =>
    JSON.parse(stdout).steps[0].parts.find(({ name }: { name: string }) => name === 'body hash')
      .value
  const expected = createHash('md5').update(BODY).digest('base64')

  test.each<[string, () => [string, string?]]>([
    ['an argument', () => [BODY]],
    ['a file, to the byte', () => [`@${file('body', BODY)}`]],
    ['standard input', () => ['-', BODY]],
  ])('is %s', async (_, give) => {
    const [data, input] = give()
    const ended = await explain(['optimizely-dxp', 'POST', PLACE, '--json', '-d', data], ENV, input)
    expect(hashIn(ended)).toBe(expected)
  })
})

test('the secret can come from standard input', async () => {
  const args = ['optimizely-dxp', 'GET', PLACE, '--secret-stdin', '--compare', header()]
  const { code } = await explain(args, { OPTIMIZELY_DXP_KEY: KEY }, `${SECRET}\n`)
  expect(code).toBe(0)
})

test('nobody is contacted, and nothing is kept', async () => {
  let contacts = 0
  const server = createServer((_, response) => {
    contacts++
    response.end('{}')
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const at = `http://127.0.0.1:${port}`
  const ends = await Promise.all([
    explain(['kalibrate', 'GET', '/api/status'], {
      KALIBRATE_TENANT: 'contoso.example',
      KALIBRATE_CLIENT_ID: 'client',
      KALIBRATE_CLIENT_SECRET: 'a-client-secret',
      KALIBRATE_SCOPE: 'api://data/.default',
      KALIBRATE_USER_AGENT: 'acme/1.0',
      KALIBRATE_BASE_URL: at,
      KALIBRATE_TOKEN_ENDPOINT: `${at}/token`,
    }),
    explain(['angus', 'GET', '/entities'], {
      ANGUS_USERNAME: 'joe',
      ANGUS_CLIENT_ID: 'client',
      ANGUS_ACCESS_TOKEN: 'an-access-token',
      ANGUS_BASE_URL: at,
      ANGUS_TOKEN_ENDPOINT: `${at}/token/`,
      COUNTERSIGN_CACHE_DIR: join(folder, 'kept'),
    }),
    explain(['optimizely-events', 'GET', 's3://optimizely-events-data/x'], {
      OPTIMIZELY_EVENTS_TOKEN: 'a-personal-token',
      OPTIMIZELY_EVENTS_BASE_URL: at,
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'an-aws-secret',
      AWS_SESSION_TOKEN: 'an-aws-session',
    }),
  ])
  for (const { code, stdout, stderr } of ends) {
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Nothing has been sent.')
    expect(stdout).not.toMatch(/a-client-secret|an-access-token|an-aws-se|a-token-that-is-none/)
  }
  expect(contacts).toBe(0)
  expect(() => rmSync(join(folder, 'kept'), { recursive: true })).toThrow('ENOENT')
})

test('credentials of optimizely-events are asked for with its token', async () => {
  const env = { OPTIMIZELY_EVENTS_TOKEN: '2:a-personal-token' }
  const place = 'https://api.optimizely.com/v2/export/credentials?duration=1h'
  const given = 'Bearer 2:a-personal-token'
  const args = ['optimizely-events', 'GET', place, '--compare', given]
  const { code, stdout } = await explain(args, env)
  expect(stdout).toContain('authorization: Bearer ***')
  expect(stdout).not.toContain('personal-token')
  expect(code).toBe(0)
})

test('wrong usage is one line, and 2', async () => {
  const { code, stdout, stderr } = await explain(['optimizely-dxp', 'GET', '/', '-H', 'nothing'])
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: "countersign: -H takes 'Name: value'\n",
  })
})

test('--help has examples', async () => {
  const { code, stdout } = await explain(['--help'])
  expect(stdout).toContain('countersign explain optimizely-dxp GET /projects/<id>/deployments')
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(code).toBe(0)
})
