import { expiresAt, expiresIn } from '@countersign/core'
import { jwtExpiry } from '@countersign/core/jwt'
import { describe, expect, it } from 'vitest'
import { HOUR, START } from './support/cache.ts'

const SECONDS = START / 1000

describe('expiresIn()', () => {
  it.each([
    [3600, START + HOUR],
    ['3600', START + HOUR],
    [' 3600 ', START + HOUR],
    [0.5, START + 500],
    ['0.5', START + 500],
    ['0.25', START + 250],
    [1e20, START + 1e23],
    [undefined, undefined],
    [null, undefined],
  ])('27. reads %j', (value, instant) => {
    expect(expiresIn(value, START)).toBe(instant)
  })

  it.each([
    false,
    true,
    {},
    [],
    'soon',
    '',
    ' ',
    '3600s',
    '1e3',
    '0x10',
    -1,
    '-1',
    0,
    '0',
    Number.NaN,
    Infinity,
    -Infinity,
    3600n,
  ])('27. refuses %s, and names the field', (value) => {
    expect(() => expiresIn(value, START)).toThrow('`expires_in`')
    expect(() => expiresIn(value, START, 'ttl')).toThrow('`ttl`')
  })

  it('27. refuses what is beyond any number in milliseconds, which no cache would keep', () => {
    for (const value of [1e306, '1e306', '9'.repeat(307)]) {
      expect(() => expiresIn(value, START)).toThrow('`expires_in`')
    }
  })

  it('27. blames the answer, and shows nothing of it', () => {
    const error = { code: 'invalid-response', message: '`ttl` takes seconds, not this string' }
    expect(() => expiresIn('a secret', START, 'ttl')).toThrow(expect.objectContaining(error))
  })

  it('27. says that 0 and less have expired already', () => {
    for (const value of [0, -1, '-1', -0.5]) {
      expect(() => expiresIn(value, START)).toThrow('already expired')
    }
  })
})

describe('expiresAt()', () => {
  it.each([
    ['epoch seconds', SECONDS, START],
    ['epoch seconds as text', String(SECONDS), START],
    ['epoch milliseconds', START, START],
    ['epoch milliseconds as text', ` ${START} `, START],
    ['the last second', 99_999_999_999, 99_999_999_999_000],
    ['the first millisecond', 100_000_000_000, 100_000_000_000],
    ['the epoch', 0, 0],
    ['an instant before it', -5, -5000],
    ['ISO 8601', '2026-01-01T00:00:00Z', START],
    ['ISO 8601 with milliseconds', '2026-01-01T00:00:00.250Z', START + 250],
    ['ISO 8601 with a comma', '2026-01-01T00:00:00,25Z', START + 250],
    ['ISO 8601 with nanoseconds', '2026-01-01T00:00:00.250000000Z', START + 250],
    ['ISO 8601 with an offset', '2026-01-01T01:00:00+01:00', START],
    ['ISO 8601 with an offset without a colon', '2025-12-31T19:00:00-0500', START],
    ['ISO 8601 without seconds', '2026-01-01T00:00z', START],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
  ])('reads %s', (_, value, instant) => {
    expect(expiresAt(value)).toBe(instant)
  })

  it.each([
    'soon',
    '',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-13-01T00:00:00Z',
    '2026-01-01T00:00:00Z (UTC)',
    '+002026-01-01T00:00:00Z',
    'Thu, 01 Jan 2026 00:00:00 GMT',
    true,
    {},
    [START],
    ['2026-01-01T00:00:00Z'],
    new Date(START),
    Number.NaN,
    Infinity,
    '1'.repeat(400),
  ])('refuses %s, and names the field', (value) => {
    expect(() => expiresAt(value)).toThrow('`expires_at`')
    expect(() => expiresAt(value, 'expiration')).toThrow('`expiration`')
  })
})

describe('jwtExpiry()', () => {
  const base64url = (text: string) => Buffer.from(text).toString('base64url')
  const jwt = (payload: unknown) =>
    `${base64url('{"alg":"RS256"}')}.${base64url(JSON.stringify(payload))}.c2ln`

  it.each([
    ['whole seconds', jwt({ exp: SECONDS }), START],
    ['a fraction of a second', jwt({ exp: SECONDS + 0.5 }), START + 500],
    ['an expiry long ago', jwt({ exp: 0 }), 0],
    ['exp as text', jwt({ exp: String(SECONDS) }), START],
  ])('35. reads %s', (_, token, instant) => {
    expect(jwtExpiry(token)).toBe(instant)
  })

  it.each([
    ['no exp', jwt({ sub: 'me' })],
    ['exp as other text', jwt({ exp: 'soon' })],
    ['exp as null', jwt({ exp: null })],
    ['exp beyond a number', `e30.${base64url('{"exp":1e999}')}.c2ln`],
    ['a payload that is an array', jwt([SECONDS])],
    ['a payload that is null', jwt(null)],
    ['a broken payload', 'e30.e30x.c2ln'],
    ['a payload that is not base64url', 'e30.{"exp":1}.c2ln'],
    ['two parts', 'e30.e30'],
    ['five parts, as of JWE', 'e30.e30.e30.e30.e30'],
    ['no JWT', 'opaque-token'],
    ['nothing', ''],
    ['no text', undefined as unknown as string],
  ])('35. takes %s for no expiry, not for an error', (_, token) => {
    expect(jwtExpiry(token)).toBe(undefined)
  })
})
