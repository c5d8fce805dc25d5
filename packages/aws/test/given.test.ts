import { describe, expect, test } from 'vitest'
import { type GivenCredentials, readCredentials } from '../src/given.ts'
import { HOUR, START } from './support/source.ts'

const END = START + HOUR
const ours = { accessKeyId: 'ASIA1', secretAccessKey: 's', sessionToken: 't', expiresAt: END }
const botocore = { access_key: 'ASIA1', secret_key: 's', token: 't', expiry_time: END }
const aws = { AccessKeyId: 'ASIA1', SecretAccessKey: 's', SessionToken: 't', Expiration: END }
const { expiresAt: _, ...keys } = ours
const sdk = { ...keys, expiration: END }

/** As the instance metadata, the container endpoint and what stands in for them answer. */
const { SessionToken: Token, ...rest } = aws
const metadata = { ...rest, Token, Code: 'Success', Type: 'AWS-HMAC' }

const DIALECTS = { ours, botocore, aws, metadata, sdk }

test.each(Object.entries(DIALECTS))('%s', (_, given) => {
  expect(readCredentials(given, true)).toEqual(ours)
})

test('what needs no change is handed on as it is', () => {
  expect(readCredentials(ours)).toBe(ours)
  const more = { ...keys, s3Path: 's3://bucket/' }
  expect(readCredentials(more)).toBe(more)
  const frozen = Object.freeze(Object.assign(new (class {})(), ours))
  expect(readCredentials(frozen)).toBe(frozen)
})

test('of an instance of a class, which may change, there is a copy', () => {
  const live = Object.assign(new (class {})(), ours)
  const read = readCredentials(live)
  live.secretAccessKey = 'another'
  expect(read).toStrictEqual(ours)
})

test.each([
  ['a Date', new Date(END)],
  ['epoch milliseconds', END],
  ['epoch seconds', END / 1000],
  ['epoch seconds as text', String(END / 1000)],
  ['ISO 8601', '2026-01-31T01:00:00Z'],
  ['ISO 8601 as Python writes it', '2026-01-31T02:00:00.000000+01:00'],
])('an expiry as %s', (_, expiration) => {
  expect(readCredentials({ ...keys, expiration }).expiresAt).toBe(END)
  expect(readCredentials({ ...ours, expiresAt: expiration }).expiresAt).toBe(END)
})

test.each([
  ['no zone', '2026-01-31T01:00:00'],
  ['words', 'in an hour'],
  ['an invalid Date', new Date(Number.NaN)],
  ['NaN', Number.NaN],
  ['a year beyond all calendars', 1e18],
])('an expiry that cannot be meant: %s', (_, expiry_time) => {
  expect(() => readCredentials({ ...botocore, expiry_time })).toThrow(
    expect.objectContaining({
      code: 'invalid-response',
      message: expect.stringContaining('`expiry_time`'),
    }),
  )
})

describe('what is missing is named, all of it, as the source would have named it', () => {
  test.each<[string, object, string]>([
    ['nothing there', {}, '`accessKeyId`, `secretAccessKey`, `sessionToken`, `expiresAt`'],
    [
      'all of it in a prototype',
      JSON.parse(`{"__proto__":${JSON.stringify(ours)}}`),
      '`accessKeyId`, `secretAccessKey`, `sessionToken`, `expiresAt`',
    ],
    ['an empty key', { ...ours, secretAccessKey: '' }, '`secretAccessKey`'],
    ['a key of two lines', { ...ours, secretAccessKey: 'a\nb' }, '`secretAccessKey`'],
    ['a token of two lines', { ...ours, sessionToken: 'a\nb' }, '`sessionToken`'],
    ['botocore', { access_key: 'AKIA1', secret_key: 's' }, '`token`, `expiry_time`'],
    ['botocore', { ...botocore, secret_key: undefined }, '`secret_key`'],
    ['AWS', { AccessKeyId: 'AKIA1', SessionToken: 't' }, '`SecretAccessKey`, `Expiration`'],
    ['the SDK', { expiration: END, sessionToken: 't' }, '`accessKeyId`, `secretAccessKey`'],
    ['a number', { ...aws, SecretAccessKey: 1 }, '`SecretAccessKey`'],
    ['an account of two lines', { ...ours, accountId: '1\n2' }, '`accountId`'],
  ])('%s', (_, given, missing) => {
    expect(() => readCredentials(given as GivenCredentials, true)).toThrow(
      expect.objectContaining({
        code: 'invalid-value',
        message: `The credentials have no usable ${missing}`,
      }),
    )
  })

  test.each([[undefined], [null], ['ASIA1'], [42]])('%o is nothing', (given) => {
    expect(() => readCredentials(given as never)).toThrow('`accessKeyId`, `secretAccessKey`')
  })

  test('no secret is quoted', () => {
    const given = { ...botocore, secret_key: 'the secret\n' }
    expect(() => readCredentials(given)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('the secret') }),
    )
  })
})

test('null says that there is none', () => {
  const given = { access_key: 'AKIA1', secret_key: 's', token: null, expiry_time: null }
  expect(readCredentials(given, true)).toEqual({ accessKeyId: 'AKIA1', secretAccessKey: 's' })
  const camel = { accessKeyId: 'AKIA1', secretAccessKey: 's', sessionToken: null }
  expect(readCredentials(camel)).not.toHaveProperty('sessionToken')
})

test('null is no token for keys that need one', () => {
  for (const given of [
    { ...ours, sessionToken: null },
    { ...botocore, token: null },
  ]) {
    expect(() => readCredentials(given)).toThrow(/no usable `(sessionToken|token)`$/)
  }
})

test('keys for good need no token and no expiry, unless they are said to be temporary', () => {
  const given = { accessKeyId: 'AKIA1', secretAccessKey: 's' }
  expect(readCredentials(given)).toBe(given)
  expect(() => readCredentials(given, true)).toThrow('`sessionToken`, `expiresAt`')
})
