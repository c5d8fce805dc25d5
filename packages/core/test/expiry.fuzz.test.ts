import { CountersignError, cached, expiresAt, expiresIn } from '@countersign/core'
import { jwtExpiry } from '@countersign/core/jwt'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryAfter } from '../src/exchange-error.ts'
import { START } from './support/cache.ts'

/** Whatever JSON can hold, and often what looks like a time. */
const figure = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.bigInt().map(String),
  fc.double().map(String),
  fc.stringMatching(/^\s*-?\d{1,400}(\.\d{1,9})?\s*$/),
)
const moment = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/),
)
const anything = fc.oneof(figure, moment, fc.jsonValue(), fc.string({ unit: 'binary' }))

/** The reading, or `'refused'` by an error of ours that does not quote what it was given. */
function outcome(read: () => number | undefined): number | undefined | 'refused' {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(CountersignError)
    expect(error).toMatchObject({ code: 'invalid-response' })
    expect((error as Error).message).toMatch(/^`field` .{1,90}$/)
    return 'refused'
  }
}

test('a lifetime is an instant that is to come, absent, or refused', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const instant = outcome(() => expiresIn(value, START, 'field'))
      if (instant === 'refused') return
      if (instant === undefined) expect(value).toBe(null)
      else expect([Number.isFinite(instant), instant >= START]).toEqual([true, true])
    }),
    { examples: [[1e306], ['1e306'], [`${'9'.repeat(307)}`], [5e-324]] },
  )
})

test('an expiry is a finite instant, absent, or refused', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const instant = outcome(() => expiresAt(value, 'field'))
      if (instant === 'refused') return
      if (instant === undefined) expect(value).toBe(null)
      else expect(instant).toSatisfy(Number.isFinite)
    }),
    { examples: [[Number.MAX_VALUE], [`${'9'.repeat(308)}`], ['0001-01-01T00:00:00+99:99']] },
  )
})

test('an instant is read from each of its forms alike', () => {
  // From 1973, where milliseconds begin, until ISO 8601 needs more than four digits for a year.
  const instants = fc.integer({ min: 1e8, max: 253_402_300_799 })
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 999 }), (seconds, fraction) => {
      const ms = seconds * 1000 + fraction
      const iso = new Date(ms).toISOString()
      for (const form of [ms, String(ms), iso, iso.replace('.', ','), iso.replace('Z', '+00:00')]) {
        expect(expiresAt(form)).toBe(ms)
      }
      if (seconds < 1e11) expect(expiresAt(String(seconds))).toBe(seconds * 1000)
      expect(expiresIn(String(seconds), ms)).toBe(ms + seconds * 1000)
    }),
  )
})

test('a token with any lifetime is kept for ten years at the most, or is refused as what it is', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const expiry = outcome(() => expiresIn(value, START, 'field'))
      if (expiry === 'refused') return
      const cache = cached(() => ({ token: 't', expiresAt: expiry }), { now: () => START })
      let kept: number | undefined
      try {
        kept = (cache() as { expiresAt?: number }).expiresAt
      } catch (error) {
        expect(error).toMatchObject({ code: 'expired-value' })
        expect(expiry).toBe(START)
        return
      }
      if (expiry === undefined) expect(kept).toBe(undefined)
      else expect(kept).toBe(Math.min(expiry, START + 315_576_000_000))
    }),
    { examples: [[1e305], [1e-9]] },
  )
})

const base64url = (text: string) => Buffer.from(text).toString('base64url')

test('a token of any form has a finite expiry, or none', () => {
  const token = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.base64String(), { maxLength: 5 }).map((parts) => parts.join('.')),
    fc
      .tuple(fc.jsonValue(), anything)
      .map(
        ([head, exp]) =>
          `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify({ exp }))}.`,
      ),
    fc.string().map((payload) => `e30.${base64url(payload)}.c2ln`),
  )
  fc.assert(
    fc.property(token, (text) => {
      expect(jwtExpiry(text) ?? 0).toSatisfy(Number.isFinite)
    }),
    {
      examples: [
        [`e30.${base64url('{"exp":1e999}')}.`],
        [`e30.${base64url('{"__proto__":{"exp":1}}')}.`],
      ],
    },
  )
})

const header = fc.oneof(
  moment,
  fc.integer().map(String),
  fc.stringMatching(/^[ -~]*$/),
  fc.constantFrom('Infinity', '-1', '1e9', '3155760000', '9999999999', '99999999999'),
)

test('Retry-After and Date of any form make a wait that is not negative, or none', () => {
  fc.assert(
    fc.property(header, header, (after, date) => {
      const wait = retryAfter(new Headers({ 'retry-after': after, date }), START) ?? 0
      expect([Number.isFinite(wait), wait >= 0]).toEqual([true, true])
    }),
  )
})
