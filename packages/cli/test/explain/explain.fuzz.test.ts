import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claimsOf, claimParts } from '../../src/explain/bearer/jwt.ts'
import { epiHeader } from '../../src/explain/epi/header.ts'
import { givenHeader, givenTogether } from '../../src/explain/given.ts'
import { run } from '../../src/explain/run.ts'
import { awsHeader } from '../../src/explain/sigv4/header.ts'
import { visible } from '../../src/explain/visible.ts'
import { UsageError } from '../../src/usage-error.ts'
import { Screen } from '../request/support.ts'

const SECRET = 'UzNDUjNUIG9mIHRoaXMgdGVzdA=='
const ENV = {
  OPTIMIZELY_DXP_KEY: 'the-key',
  OPTIMIZELY_DXP_SECRET: SECRET,
  AMPERITY_TENANT: 'acme',
  AMPERITY_TOKEN: SECRET,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: `session-${SECRET}`,
}

/** Pieces of headers as they are copied from logs and command lines, whole, torn and in any order. */
const WORDS =
  `Authorization -H > " ' , ; : = . epi-hmac Bearer AWS4-HMAC-SHA256 AWS Basic the-key AKIDEXAMPLE ${SECRET} 1700000000000 20261122T000000Z 20261122/us-east-1/s3/aws4_request Credential= SignedHeaders= host;x-amz-date Signature= 0123abcdef x-amz-date __proto__ eyJhbGciOiJIUzI1NiJ9 eyJleHAiOjFlOTl9 e30 undefined`.split(
    ' ',
  )
const PIECES = [...WORDS, ' ', '  ', ': ', '\n', '\r\n', '\t', '\u001b[2J']
const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...PIECES)).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const NASTY = [[''], ['__proto__: a\nconstructor: b'], ['> authorization: x\n> x: y'], ['"'], ["'"]]

test('a header from anywhere is read as far as it can be, and told in visible characters', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(Object.values(givenTogether(given)).every((one) => typeof one === 'string')).toBe(true)
      const { scheme, rest } = givenHeader(given, 'Bearer')
      expect(scheme + rest).not.toMatch(/[\r\n]/)
      for (const { fields, culprits } of [epiHeader(given), awsHeader(given)]) {
        // What cannot be read has a reason.
        expect(fields !== undefined || culprits.length > 0).toBe(true)
        for (const { problem, advice } of culprits) expect(problem + advice).toMatch(/^[ -~]+$/)
      }
    }),
    { examples: NASTY as [string][] },
  )
})

test('any token tells of itself in visible characters, or is none', () => {
  const part = fc.oneof(
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc
      .dictionary(
        fc.constantFrom('exp', 'iat', 'nbf', 'iss', 'aud', 'sub', '__proto__', 'toString', 'kid'),
        fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom(1e300, -1e300, '\u001b[2J')),
      )
      .map((claims) => Buffer.from(JSON.stringify(claims)).toString('base64url')),
    fc.string(),
  )
  const token = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
  fc.assert(
    fc.property(fc.oneof(token, text), fc.nat(4e12), (given, now) => {
      const claims = claimsOf(given)
      for (const { name, value, about = '' } of claims ? claimParts(claims, now) : [])
        expect(name + value + about).toMatch(/^[ -~]*$/)
      expect(visible(given)).toMatch(/^[ -~]+$/)
    }),
    { examples: [[`e30.${Buffer.from('{"exp":1e300}').toString('base64url')}.x`, 0]] },
  )
})

test('any explanation is lines of visible characters without a secret, or wrong usage', async () => {
  const service = fc.constantFrom('optimizely-dxp', 'optimizely-events', 'amperity')
  const place = fc.oneof(
    fc.constantFrom(
      '/',
      '/a?b=c',
      's3://my-bucket/k',
      '/%zz',
      '/é',
      '?',
      '//',
      '/..',
      '/\u001b[2J',
    ),
    text,
  )
  const method = fc.constantFrom('GET', 'post', 'G T', '', 'PATCH', '\u001b')
  const flags = fc.record(
    {
      header: fc.array(
        text.map((one) => `x-one: ${one}`),
        { maxLength: 2 },
      ),
      data: text.filter((one) => !/^@|^-$/.test(one)),
      compare: text.filter((one) => !/^@|^-$/.test(one)),
      json: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  // To search for a mistake takes hundreds of signatures.
  let explained = 0
  const numRuns = Math.ceil((fc.readConfigureGlobal().numRuns ?? 500) / 25)
  await fc.assert(
    fc.asyncProperty(service, method, place, flags, async (name, verb, where, given) => {
      const stdout = new Screen(80)
      const host = { env: ENV, stdin: process.stdin, stdout } as unknown as typeof process
      try {
        expect([0, 1]).toContain(await run(name, verb, where, given, host))
        explained += 1
        const plain = stdout.text.replaceAll('\n', '')
        // Colours are ours.
        expect(stripVTControlCharacters(plain)).toMatch(/^[ -~]+$/)
        if (given.json) expect(JSON.parse(stdout.text)).toMatchObject({ service: name })
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
        expect((error as Error).message).not.toMatch(/\p{Cc}/u)
        expect((error as Error).message).not.toContain(SECRET)
      }
      expect(stdout.text).not.toContain(SECRET)
    }),
    { numRuns },
  )
  expect(explained).toBeGreaterThan(0)
})
