import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OptionError } from '@countersign/core'
import { kalibrate } from '@countersign/services/kalibrate'
import { afterAll, describe, expect, test } from 'vitest'
import { asUsageError, type Environment, optionsFrom, valueOf, withoutFiles } from '../src/env.ts'
import { UsageError } from '../src/usage-error.ts'
import { type ServiceName, serviceNames, variables } from '../src/variables.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const KALIBRATE = {
  KALIBRATE_TENANT: 'contoso.example',
  KALIBRATE_CLIENT_ID: 'client',
  KALIBRATE_CLIENT_SECRET: 'secret',
  KALIBRATE_SCOPE: 'api://data/.default',
  KALIBRATE_USER_AGENT: 'acme/1.0',
}

const complaint = (service: ServiceName, env: Environment): string => {
  try {
    optionsFrom(service, env)
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return (error as Error).message
  }
  throw new Error('There was no complaint')
}

describe('optionsFrom', () => {
  test('reads what the documents name', () => {
    expect(optionsFrom('optimizely-events', { OPTIMIZELY_EVENTS_TOKEN: 't' })).toEqual({
      token: 't',
    })
    expect(optionsFrom('kalibrate', KALIBRATE)).toEqual({
      tenant: 'contoso.example',
      clientId: 'client',
      clientSecret: 'secret',
      scope: 'api://data/.default',
      userAgent: 'acme/1.0',
    })
    expect(
      optionsFrom('angus', {
        ANGUS_USERNAME: 'u',
        ANGUS_CLIENT_ID: 'c',
        ANGUS_ACCESS_TOKEN: 'a',
        ANGUS_BASE_URL: 'https://proxy.example/api/1',
        ANGUS_TOKEN_ENDPOINT: 'https://proxy.example/token/',
      }),
    ).toEqual({
      username: 'u',
      clientId: 'c',
      accessToken: 'a',
      baseUrl: 'https://proxy.example/api/1',
      tokenEndpoint: 'https://proxy.example/token/',
    })
    expect(
      optionsFrom('optimizely-dxp', { OPTIMIZELY_DXP_KEY: 'k', OPTIMIZELY_DXP_SECRET: 'cw==' }),
    ).toEqual({ key: 'k', secret: 'cw==' })
  })

  test.each([
    [{ AMPERITY_TOKEN: 't' }, { token: 't' }],
    [
      { AMPERITY_ISSUER_TOKEN: 't', AMPERITY_API_KEY_ID: 'id' },
      { issuer: { token: 't', apiKeyId: 'id' } },
    ],
    [
      { AMPERITY_CLIENT_ID: 'id', AMPERITY_CLIENT_SECRET: 's' },
      { clientId: 'id', clientSecret: 's' },
    ],
  ])('reads one of Amperity’s ways to a token: %o', (env, options) => {
    expect(optionsFrom('amperity', { AMPERITY_TENANT: 'acme', ...env })).toEqual({
      tenant: 'acme',
      ...options,
    })
  })

  test('names all that is missing in one line', () => {
    const { KALIBRATE_SCOPE: _, KALIBRATE_TENANT: __, ...rest } = KALIBRATE
    expect(complaint('kalibrate', rest)).toBe(
      'kalibrate: KALIBRATE_TENANT, KALIBRATE_SCOPE are not set',
    )
    expect(complaint('optimizely-events', {})).toBe(
      'optimizely-events: OPTIMIZELY_EVENTS_TOKEN is not set',
    )
    for (const service of serviceNames) expect(complaint(service, {})).not.toContain('\n')
  })

  test.each([
    [
      {},
      'none of AMPERITY_TOKEN, AMPERITY_ISSUER_TOKEN + AMPERITY_API_KEY_ID, AMPERITY_CLIENT_ID + AMPERITY_CLIENT_SECRET is set',
    ],
    [{ AMPERITY_CLIENT_ID: 'id' }, 'AMPERITY_CLIENT_SECRET is not set'],
    [{ AMPERITY_ISSUER_TOKEN: 't' }, 'AMPERITY_API_KEY_ID is not set'],
    [
      { AMPERITY_TOKEN: 't', AMPERITY_CLIENT_SECRET: 's' },
      'AMPERITY_TOKEN and AMPERITY_CLIENT_SECRET are two ways to authenticate: give one of them',
    ],
  ])('asks for one whole way to a token: %o', (env, words) => {
    expect(complaint('amperity', { AMPERITY_TENANT: 'acme', ...env })).toBe(`amperity: ${words}`)
  })

  test('names everything else that is wrong, too', () => {
    const env = {
      ANGUS_USERNAME: '',
      ANGUS_CLIENT_ID: 'c',
      ANGUS_CLIENT_ID_FILE: 'c.txt',
      ANGUS_ACCESS_TOKEN: 'a-secret',
    }
    const words = complaint('angus', env)
    expect(words).toBe(
      'angus: ANGUS_USERNAME is set, but empty; ANGUS_CLIENT_ID and ANGUS_CLIENT_ID_FILE are both set: give one of them',
    )
  })

  test('every variable is named after its service', () => {
    for (const service of serviceNames) {
      const prefix = `${service.toUpperCase().replace('-', '_')}_`
      for (const { name } of variables[service]) expect(name.startsWith(prefix)).toBe(true)
    }
  })
})

describe('valueOf', () => {
  test.each([
    ['s3cret', 's3cret'],
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['two\nlines\n\n', 'two\nlines\n'],
    [' spaces ', ' spaces '],
    ['é'.repeat(32_768), 'é'.repeat(32_768)],
  ])('reads a file, less its last line break: %j', (text, value) => {
    expect(valueOf('X', { X_FILE: file('secret', text) })).toBe(value)
  })

  test('of a file that can be read but once is there for who looks again', () => {
    const path = file('once', 's3cret')
    const env = withoutFiles('angus', { ANGUS_USERNAME: 'u', ANGUS_ACCESS_TOKEN_FILE: path })
    rmSync(path)
    expect(valueOf('ANGUS_ACCESS_TOKEN', env)).toBe('s3cret')
    const broken = { ANGUS_ACCESS_TOKEN_FILE: path }
    expect(withoutFiles('angus', broken)).toEqual(broken)
  })

  test('is undefined where neither is set', () => {
    expect(valueOf('X', {})).toBeUndefined()
  })

  test.each([
    ['empty', () => ({ X: '' }), /^X is set, but empty$/],
    ['empty name', () => ({ X_FILE: '' }), /^X_FILE is set, but empty$/],
    ['empty file', () => ({ X_FILE: file('empty', '\n') }), /^X_FILE names a file that is empty$/],
    ['no file', () => ({ X_FILE: join(folder, 'none') }), /^X_FILE .+ cannot be read \(ENOENT\)$/],
    ['a folder', () => ({ X_FILE: folder }), /^X_FILE .+ cannot be read \(EISDIR\)$/],
    ['a file without end', () => ({ X_FILE: '/dev/zero' }), /^X_FILE names a file that /],
    [
      'a file too long',
      () => ({ X_FILE: file('long', 'x'.repeat(65_537)) }),
      /^X_FILE names a file that is too long$/,
    ],
    ['the secret itself', () => ({ X_FILE: 'a-secret' }), /^(?!.*a-secret)X_FILE names a file/],
    ['both', () => ({ X: 'a-secret', X_FILE: 'path' }), /^X and X_FILE are both set/],
  ])('says what is wrong: %s', (_, env, words) => {
    expect(() => valueOf('X', env())).toThrow(words)
    expect(() => valueOf('X', env())).toThrow(UsageError)
  })
})

test('a wrong option is named by its variable, and its value is not shown', () => {
  const options = optionsFrom('kalibrate', { ...KALIBRATE, KALIBRATE_TENANT: '../elsewhere' })
  let error: unknown
  try {
    kalibrate(options)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(OptionError)
  const { message } = asUsageError('kalibrate', error as OptionError)
  expect(message).toMatch(/^kalibrate: KALIBRATE_TENANT takes /)
  expect(message).not.toContain('elsewhere')
})
