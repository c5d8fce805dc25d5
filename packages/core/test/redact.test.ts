import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { masked, place, scrub, sealed, showAs } from '../src/redact.ts'
import { SealedSignature } from '../src/signer.ts'

describe('scrub', () => {
  test.each([
    ['the secret is hunter22', ['hunter22'], 'the secret is ***'],
    ['hunter22, hunter22', ['hunter22'], '***, ***'],
    ['?s=a%20b%26cde', ['a b&cde'], '?s=***'],
    ['?s=a+b%26cde', ['a b&cde'], '?s=***'],
    ['{"s":"a\\"b\\\\cd"}', ['a"b\\cd'], '{"s":"***"}'],
    ['?s=%28a%27b%29%21', ["(a'b)!"], '?s=***'],
    ['hunter22-and-more', ['hunter22', 'hunter22-and-more'], '***'],
    ['half \ud800abcde', ['\ud800abcde'], 'half ***'],
    ['half %EF%BF%BDabcde', ['\ud800abcde'], 'half ***'],
    ['by Python: a/b%2Bc%3D%3D', ['a/b+c=='], 'by Python: ***'],
    ['by Python: a&#x27;b&amp;c', ["a'b&c"], 'by Python: ***'],
    ['by PHP: a&#039;b&LT;c', ["a'b<c"], 'by PHP: ***'],
    ['by PHP: a\\/b\\"cd', ['a/b"cd'], 'by PHP: ***'],
    ['by Go: a\\u0026b&#43;cd', ['a&b+cd'], 'by Go: ***'],
    ['by Mustache: a&#x2F;b&#x3D;&#x1b;[31m', ['a/b='], 'by Mustache: *** [31m'],
    ['in part: pa%24%24/w%2Brd', ['pa$$/w+rd'], 'in part: ***'],
    ['by XML: a&apos;b&#38;c', ["a'b&c"], 'by XML: ***'],
    ['the last character: a&#x10FFFF;b&#38;c', ['a\u{10ffff}b&c'], 'the last character: ***'],
    ['100%41 &amp; &#x110000; \\u0041', ['hunter22'], '100%41 &amp; &#x110000; \\u0041'],
    ['&#9999999;hunter&#50;2', ['hunter22'], '***'],
    ['ask for 1h', ['1h'], 'ask for 1h'],
    ['the PIN is 1234', ['1234'], 'the PIN is ***'],
    ['a&lt;b&gt;&quot;&#39;&amp;', ['a<b>"\'&'], '***'],
    ['abc> as YWJjPg== or YWJjPg', ['abc>'], '*** as *** or ***'],
    ['a text as YcO_w78-', ['a\u00ff\u00ff>'], 'a text as ***'],
    ['a $& b', ['a $& b'], '***'],
  ])('takes secrets out of %j', (text, secrets, expected) => {
    expect(scrub(text, secrets)).toBe(expected)
  })

  test.each([
    ['token eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln is old', 'token *** is old'],
    ['Authorization: Bearer mF_9.B5f-4.1JqM', 'Authorization: Bearer ***'],
    ['basic QWxhZGRpbg==', 'basic ***'],
    ['"bearer abc","x"', '"bearer ***","x"'],
  ])('takes out what looks like a token: %s', (text, expected) => {
    expect(scrub(text)).toBe(expected)
  })

  test('leaves one line of at most 200 characters, and no control', () => {
    expect(scrub('a\r\n\tb\0\u001b[31mc\u2028d')).toBe('a b [31mc d')
    expect(scrub('x'.repeat(10_000)).length).toBeLessThanOrEqual(200)
    expect(scrub('')).toBe('')
  })

  const unseen = ' '.repeat(4_990)

  test('looks at no more than 5,000 characters', () => {
    expect(scrub(`${unseen}0123456789`)).toBe('0123456789')
    expect(scrub(`${unseen}0123456789`, ['another secret'])).toBe('0123456789')
    expect(scrub(`${unseen}${unseen}0123456789`)).toBe('')
  })

  test('leaves no half of a secret where it stops to look', () => {
    const shown = scrub(`${'v'.repeat(100)}${unseen.slice(100)}hunter22, hunter22`, [
      'hunter22, hunter22',
    ])
    expect(shown).toMatch(/^v{60,100}$/)
  })

  test('finds a secret of all that it looks at, and none that is longer', () => {
    const long = 'x'.repeat(5_000)
    expect(scrub(long, [long])).toBe('***')
    expect(scrub(`${long}y`, [`${long}z`])).toBe('x'.repeat(200))
  })

  test('halves no character at the end of what is shown', () => {
    expect(scrub(`${'x'.repeat(199)}😀`)).toBe('x'.repeat(199))
    expect(scrub(`${'x'.repeat(198)}😀`)).toBe(`${'x'.repeat(198)}😀`)
  })

  test('takes no long time, whatever the text', () => {
    for (const text of ['eyJ'.repeat(300_000), 'bearer '.repeat(100_000), ' '.repeat(1_000_000)]) {
      expect(scrub(text).length).toBeLessThanOrEqual(200)
    }
  })

  test('takes no long time, however much an answer says that is not to be shown', () => {
    const secrets = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(1_000, 'hunter22 '))
    for (let n = 0; n < 100; n++) expect(scrub('`access_token` is missing', secrets)).toMatch(/^`/)
    expect(scrub(`so: ${secrets[7]}`, secrets)).toBe('so: ***')
  })

  test('leaves no secret of six characters or more, however it stands there', () => {
    const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' })
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, some, after) => {
        // A secret that is a part of the mask, or of nothing but blanks, is none.
        fc.pre(/\w{3}/.test(some))
        const forms = [
          some,
          encodeURIComponent(some),
          JSON.stringify(some).slice(1, -1),
          new URLSearchParams({ a: some }).toString().slice(2),
        ]
        for (const form of forms) expect(scrub(before + form + after, [some])).not.toContain(form)
      }),
    )
  })
})

describe('masked', () => {
  test('hides strings, and nothing else', () => {
    expect(masked({ token: 't', expiresAt: 1, none: undefined })).toEqual({
      token: '***',
      expiresAt: 1,
      none: undefined,
    })
  })
})

describe('sealed', () => {
  const value = { token: 'hunter22', expiresAt: 1 }
  const copy = sealed(value)

  test('is a frozen copy that is used like the original', () => {
    expect(copy).not.toBe(value)
    expect(Object.isFrozen(copy)).toBe(true)
    expect(copy).toEqual(value)
    expect(Object.keys(copy)).toEqual(['token', 'expiresAt'])
    expect({ ...copy }).toEqual(value)
    expect(structuredClone({ ...copy })).toEqual(value)
  })

  test('does not print its strings', () => {
    expect(inspect(copy)).toBe("{ token: '***', expiresAt: 1 }")
    expect(inspect({ deep: [copy] }, { depth: null, showHidden: true })).not.toContain('hunter22')
  })

  test('does not print those of what was frozen before, and leaves alone what is sealed', () => {
    expect(inspect(sealed(Object.freeze({ ...value })))).not.toContain('hunter22')
    expect(sealed(copy)).toBe(copy)
  })

  test('leaves the instance of a class as it is', () => {
    class Token {
      readonly token = 't'
    }
    const token = new Token()
    expect(sealed(token)).toBe(token)
  })

  test('takes an object without a prototype', () => {
    expect(inspect(sealed(Object.assign(Object.create(null), value)))).not.toContain('hunter22')
  })
})

test('showAs shows an object as something else, and is not seen itself', () => {
  const object = showAs({ a: 1 }, function () {
    return { shown: this.a }
  })
  expect(inspect(object)).toBe('{ shown: 1 }')
  expect(JSON.stringify(object)).toBe('{"a":1}')
  expect(Object.keys(object)).toEqual(['a'])
})

test('a signature prints the names of its headers alone', () => {
  const signature = new SealedSignature({ 'x-key': 'hunter22' }, 'https://a.example/?key=hunter22')
  for (const shown of [
    inspect(signature),
    inspect([signature], { depth: null, showHidden: true }),
    JSON.stringify(signature),
    String(signature),
  ]) {
    expect(shown).not.toContain('hunter22')
  }
  expect(JSON.stringify(signature)).toBe('{"headers":{"x-key":"***"}}')
  expect(inspect(signature)).toBe("{ headers: { 'x-key': '***' } }")
})

test.each([
  ['https://user:pass@api.example:8443/a/b?token=t#f', 'https://api.example:8443/a/b'],
  ['http://localhost', 'http://localhost/'],
])('place shows %s as %s', (url, expected) => {
  expect(place(url)).toBe(expected)
  expect(place(new URL(url))).toBe(expected)
})
