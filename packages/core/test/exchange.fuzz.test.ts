import {
  type AccessToken,
  cached,
  clientCredentials,
  exchange,
  ExchangeError,
  type ExchangeSettings,
  type Provider,
  refreshToken,
} from '@countersign/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { complaint, failuresOf, members, strings, wrapped } from '../src/exchange-error.ts'

const SECRET = 's3cr3t/Abc&def-XYZ'

const inherited = Object.getOwnPropertyNames(Object.prototype)

/** JSON as an endpoint might write it, with the members that somebody reads and those that objects inherit. */
const name = fc.oneof(
  fc.constantFrom('access_token', 'token_type', 'expires_in', 'refresh_token', 'error', 'code'),
  fc.constantFrom('error_description', 'message', 'detail', 'error_uri', 'scope'),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'then', 'length'),
  fc.string({ maxLength: 5 }),
)
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e306, '', 'Bearer', 'bearer ', '3600', SECRET),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 400, minLength: 100 }),
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    // As JSON.parse makes it: a member named `__proto__` is one like any other.
    fc.array(fc.tuple(name, tie('json')), { maxLength: 6 }).map(Object.fromEntries),
  ),
}))
const text = fc.oneof(
  { weight: 4, arbitrary: json.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', 'null', '0', 'false', '""', '\ufeff{}', '{') },
)
const visible = fc.stringMatching(/^[ -~]{0,30}$/)
const answer = fc.record({
  status: fc.oneof(fc.constantFrom(200, 201, 400, 401, 503), fc.integer({ min: 200, max: 599 })),
  body: fc.oneof(text, fc.uint8Array()),
  headers: fc.dictionary(
    fc.constantFrom('retry-after', 'date', 'location', 'content-type', 'www-authenticate'),
    fc.oneof(visible, fc.constantFrom('-1', '1e9', 'text/html', '//evil.example', 'https://')),
  ),
})
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never

const responseOf = ({ status, body, headers }: Answer) =>
  new Response([204, 205, 304].includes(status) ? null : (body as BodyInit), { status, headers })

const ways: Record<string, (settings: ExchangeSettings) => Provider<AccessToken>> = {
  clientCredentials: (settings) =>
    clientCredentials({
      tokenEndpoint: 'https://id.example/token',
      clientId: 'app',
      clientSecret: SECRET,
      ...settings,
    }),
  refreshToken: (settings) =>
    refreshToken({
      tokenEndpoint: 'https://id.example/token',
      clientId: 'app',
      refreshToken: SECRET,
      ...settings,
    }),
  exchange: (settings) =>
    exchange({
      url: 'https://id.example/login',
      json: { secret: SECRET },
      text: true,
      read: (body) => ({ token: String(body) }),
      // Of somebody who trusts the endpoint to be what it is said to be.
      readError: (body) => ({
        error: (body as { code: string }).code,
        errorDescription: `${body}`,
      }),
      ...settings,
    }),
}

/** What may be shown: one line of a length that a log can bear, without the secret. */
function expectPresentable({ message }: Error): void {
  expect(message).toMatch(/^[^\p{C}]{1,500}$/u)
  expect(message).not.toContain('s3cr3t')
}

test.each(Object.entries(ways))(
  'whatever an endpoint answers, %s has a token or one of its own errors',
  async (_, way) => {
    await fc.assert(
      fc.asyncProperty(answer, async (given) => {
        const provider = cached(
          way({ fetch: async () => responseOf(given), retry: { attempts: 1 } }),
        )
        try {
          const value = await provider()
          expect(value.token).toMatch(/^[!-~](?:[ -~]*[!-~])?$/)
        } catch (error) {
          expect(error).toHaveProperty(
            'name',
            expect.stringMatching(/^(Exchange|Countersign)Error$/),
          )
          expectPresentable(error as Error)
          const { error: code = '', errorDescription = '', retryAfter = 0 } = error as ExchangeError
          expect([code.length <= 200, errorDescription.length <= 200]).toEqual([true, true])
          expect([Number.isFinite(retryAfter), retryAfter >= 0]).toEqual([true, true])
        }
      }),
      {
        examples: [
          [{ status: 400, body: '{"detail":{"toString":1}}', headers: {} }],
          [{ status: 400, body: 'null', headers: {} }],
          [{ status: 400, body: `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, headers: {} }],
          [{ status: 200, body: '{"access_token":"t","token_type":{"toString":1}}', headers: {} }],
          [{ status: 200, body: '{"__proto__":{"access_token":"t"}}', headers: {} }],
          [{ status: 302, body: '', headers: { location: 'https://' } }],
        ],
      },
    )
    // No answer has reached what all objects share.
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(inherited)
  },
)

test('what is read of an error body is text, and what of an answer are its own members', () => {
  fc.assert(
    fc.property(json, (body) => {
      const { error = '', errorDescription = '' } = complaint(body as never)
      expect([typeof error, typeof errorDescription]).toEqual(['string', 'string'])
      expect(Object.keys(members(body as never)).length).toBeGreaterThanOrEqual(0)
      for (const found of strings(body)) expect(typeof found).toBe('string')
    }),
  )
})

test('no error shows a secret of the request in any form that an endpoint repeats', () => {
  const secret = fc
    .string({ unit: 'grapheme-composite', minLength: 8, maxLength: 40 })
    .filter((some) => /\w{6}/.test(some) && !/\p{Cs}/u.test(some))
  const echo = fc.constantFrom<(some: string) => string>(
    (some) => some,
    encodeURIComponent,
    (some) => JSON.stringify(some).slice(1, -1),
    (some) => Buffer.from(some).toString('base64'),
    (some) => Buffer.from(some).toString('base64url'),
    (some) => new URLSearchParams({ a: some }).toString().slice(2),
    (some) => some.replace(/[a-z]/g, (letter) => letter.toUpperCase()),
    (some) => some.replace(/[^\w ]/gu, (other) => `&#${other.codePointAt(0)};`),
    (some) => some.replace(/[^\w ]/gu, (other) => `&#x${other.codePointAt(0)?.toString(16)};`),
    (some) => encodeURIComponent(some).replaceAll('%2F', '/'),
  )
  fc.assert(
    fc.property(
      secret,
      echo,
      fc.string(),
      fc.integer({ min: 400, max: 599 }),
      (some, form, around, status) => {
        const repeated = form(some)
        const { conceal, answered, redirected, unreachable, unusable } = failuresOf(
          'POST',
          new URL('https://id.example/'),
        )
        conceal(wrapped(some))
        const words = `${around}${repeated}${around}`
        const errors = [
          answered(status, () => ({ error: words, errorDescription: words })),
          unusable(200, new Error(words)),
          unreachable(new Error(words, { cause: new Error(words) })),
          redirected(302, `https://evil.example/${repeated}`),
        ]
        for (const error of errors) {
          const shown = [
            error.message,
            error.error,
            error.errorDescription,
            (error.cause as Error)?.message,
          ].join('\n')
          expect(shown).not.toContain(repeated)
        }
      },
    ),
  )
})
