import { describe, expect, test } from 'vitest'
import { type Flags, run } from '../../src/explain/run.ts'
import { UsageError } from '../../src/usage-error.ts'
import type { ServiceName } from '../../src/variables.ts'

const SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v'
const ENV = { OPTIMIZELY_DXP_KEY: 'the-key', OPTIMIZELY_DXP_SECRET: SECRET }
const DXP = 'optimizely-dxp'
const EVENTS = 'optimizely-events'
const HOME = 'https://paasportal.episerver.net'

async function complaint(
  [service, method, place]: readonly [ServiceName, string, string],
  flags: Flags = {},
  env: NodeJS.ProcessEnv = ENV,
): Promise<string> {
  const { stdin, stdout } = process
  const error = await run(service, method, place, flags, { env, stdin, stdout }).catch((it) => it)
  expect(error).toBeInstanceOf(UsageError)
  return (error as UsageError).message
}

describe('wrong usage is told', () => {
  type Order = [ServiceName, string, string]
  test.each<[string, Order, RegExp, Flags?, NodeJS.ProcessEnv?]>([
    ['an odd method', [DXP, 'G T', '/'], /^the method takes a word such as GET/],
    ['another origin', [DXP, 'GET', 'https://evil.example/'], /^https:\/\/evil\.example is not op/],
    [
      'plain http',
      [DXP, 'GET', HOME.replace('https', 'http')],
      /^http:\/\/paas.+ is not optimizely/,
    ],
    [
      'a user in the URL',
      [DXP, 'GET', HOME.replace('//', '//me:pw@')],
      /without user and password/,
    ],
    ['another scheme', [DXP, 'GET', 'ftp://x/'], /http\(s\)/],
    ['no header', [DXP, 'GET', '/'], /^-H takes 'Name: value'$/, { header: ['nothing'] }],
    ['an Authorization', [DXP, 'GET', '/'], /--compare takes/, { header: ['authorization: x'] }],
    ['-d and --compare', [DXP, 'GET', '/'], /^-d and --compare/, { data: '-', compare: '@-' }],
    ['-d and the secret', [DXP, 'GET', '/'], /-d and --sec/, { data: '-', secretStdin: true }],
    ['no such file', [DXP, 'GET', '/'], /be read: \/no\/such \(ENOENT\)$/, { data: '@/no/such' }],
    ['a folder', [DXP, 'GET', '/'], /^--compare .+ \(EISDIR\)$/, { compare: '@/' }],
    ['no secret', [DXP, 'GET', '/'], /_SECRET is not set$/, {}, { OPTIMIZELY_DXP_KEY: 'k' }],
    [
      'no AWS credentials',
      [EVENTS, 'GET', 's3://bucket/x'],
      /AWS_ACCESS_KEY_ID is not set\. Nobody/,
    ],
    ['no AWS secret', [EVENTS, 'GET', '/x'], /AWS_SECRET_ACCESS_/, {}, { AWS_ACCESS_KEY_ID: 'x' }],
    [
      'what is not S3',
      [EVENTS, 'GET', 'https://evil.example/x'],
      /^https:\/\/evil\.example is not/,
    ],
    [
      'no token for its API',
      [EVENTS, 'GET', 'https://api.optimizely.com/v2/export/credentials'],
      /OPTIMIZELY_EVENTS_TOKEN is not set/,
    ],
  ])('%s', async (_, order, says, flags, env) => {
    expect(await complaint(order, flags, env)).toMatch(says)
  })

  test.each<[string, string, RegExp]>([
    ['with a space behind it', `${SECRET} `, /: this one has white space at an end$/],
    ['in quotes', `"${SECRET}"`, /has quotes around it$/],
    ['in two lines', SECRET.replace('QF', '\n'), /has white space in it$/],
    ['that is cut off', SECRET.slice(0, -1), /has 63 characters, no multiple of 4/],
    ['for URLs', SECRET.replace('A', '-'), /is in the alphabet for URLs/],
    ['that is none', SECRET.replace('A', '!'), /has characters that are no base64$/],
  ])('a secret %s', async (_, secret, says) => {
    const env = { ...ENV, OPTIMIZELY_DXP_SECRET: secret }
    const message = await complaint([DXP, 'GET', '/'], {}, env)
    expect(message).toMatch(says)
    expect(message).not.toContain(secret.slice(20, 40))
  })
})
