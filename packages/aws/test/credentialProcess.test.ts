import { describe, expect, test } from 'vitest'
import { credentialProcess } from '../src/credentialProcess.ts'
import { HOUR, rig, START } from './support/source.ts'

const now = () => START
const keys = { accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 'token' }

test('version 1 of the contract, from a provider', async () => {
  const { source } = rig()
  const json = await credentialProcess(source, { now })
  expect(json).not.toContain('\n')
  expect(JSON.parse(json)).toEqual({
    Version: 1,
    AccessKeyId: 'ASIA1',
    SecretAccessKey: 'secret-1',
    SessionToken: 'token-1',
    Expiration: '2026-01-31T01:00:00Z',
  })
})

test('from credentials, under any names', async () => {
  const botocore = {
    access_key: 'ASIA1',
    secret_key: 'secret',
    token: 'token',
    expiry_time: START + HOUR,
    account_id: '123456789012',
  }
  expect(JSON.parse(await credentialProcess(botocore, { now }))).toEqual({
    Version: 1,
    AccessKeyId: 'ASIA1',
    SecretAccessKey: 'secret',
    SessionToken: 'token',
    Expiration: '2026-01-31T01:00:00Z',
    AccountId: '123456789012',
  })
})

test('without what there is not', async () => {
  const json = await credentialProcess({ accessKeyId: 'AKIA1', secretAccessKey: 'secret' })
  expect(json).toBe('{"Version":1,"AccessKeyId":"AKIA1","SecretAccessKey":"secret"}')
})

test('an expiry in whole seconds, not later than the true one', async () => {
  const json = await credentialProcess({ ...keys, expiresAt: START + 1999 }, { now })
  expect(JSON.parse(json)).toMatchObject({ Expiration: '2026-01-31T00:00:01Z' })
})

describe('what nobody could use is an error, and nothing is printed', () => {
  test('expired credentials', async () => {
    await expect(credentialProcess({ ...keys, expiresAt: START }, { now })).rejects.toMatchObject({
      code: 'expired-value',
      message: 'The credentials expired at 2026-01-31T00:00:00Z',
    })
  })

  test('keys that need a token without one', async () => {
    const { sessionToken: _, ...partial } = keys
    await expect(credentialProcess(partial)).rejects.toMatchObject({
      code: 'invalid-value',
      message: 'The credentials have no usable `sessionToken`',
    })
  })

  test.each([[undefined], [null], ['{}'], [{}]])('%o', async (credentials) => {
    await expect(credentialProcess(credentials as never)).rejects.toMatchObject({
      code: 'invalid-value',
    })
  })

  test('an expiry that is no date', async () => {
    await expect(credentialProcess({ ...keys, expiration: 'soon' })).rejects.toMatchObject({
      code: 'invalid-response',
    })
  })

  test('a source that fails, by its own error', async () => {
    const failure = new Error('down')
    await expect(credentialProcess(() => Promise.reject(failure))).rejects.toBe(failure)
  })

  test('a clock that is none', async () => {
    await expect(credentialProcess(keys, { now: 1 as never })).rejects.toMatchObject({
      name: 'OptionError',
      option: 'now',
    })
  })
})
