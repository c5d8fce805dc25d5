import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostOf, normalized, splitTarget, splitUrl, targeted } from '../src/target.ts'

test.each([
  ['https://api.example', 'https://api.example', '/'],
  ['https://api.example/', 'https://api.example', '/'],
  ['https://api.example?a=/b', 'https://api.example', '/?a=/b'],
  ['https://api.example/a//b/?c=d?e', 'https://api.example', '/a//b/?c=d?e'],
  ['https://api.example/a?#', 'https://api.example', '/a?'],
  ['http://u:p@[::1]:8080/a', 'http://u:p@[::1]:8080', '/a'],
])('splits %s', (url, origin, target) => {
  expect(splitUrl(url)).toEqual([origin, target])
})

test.each(['', '/a', 'a', 'a:b', '//api.example/a', '/a?b=https://api.example/'])(
  'splits no relative URL: %j',
  (url) => {
    expect(() => splitUrl(url)).toThrow(expect.objectContaining({ code: 'invalid-url' }))
  },
)

test.each([
  ['https://api.example/a', 'api.example'],
  ['https://API.Example/a', 'api.example'],
  ['http://LOCALHOST/a', 'localhost'],
  ['https://api.example:443', 'api.example'],
  ['http://api.example:443?a=b', 'api.example:443'],
  ['https://api.example:8443/?next=https://other.example/', 'api.example:8443'],
  ['http://[::1]:8080/a', '[::1]:8080'],
])('finds the host of %s', (url, host) => {
  expect(hostOf(url)).toBe(host)
})

test.each([
  ['/a?b?c', '/a', 'b?c'],
  ['/a?', '/a', ''],
  ['/a', '/a', ''],
])('splits the target %s', (target, path, query) => {
  expect(splitTarget(target)).toEqual([path, query])
})

test.each([
  // Escapes in capitals, nothing unreserved escaped.
  ['/caf%c3%a9/%2fb%3f', '/caf%C3%A9/%2Fb%3F'],
  ['/%41%7a%30%2d%2E%5f%7E', '/Az0-._~'],
  ['/%25%20%00?%2b%26%3d', '/%25%20%00?%2B%26%3D'],
  // The literals that vendors use stay.
  ["/api!$&'()*+,;=:@/x", "/api!$&'()*+,;=:@/x"],
  ['/api/status?query=(a=b)+(limit=1)', '/api/status?query=(a=b)+(limit=1)'],
  ['/items?tag=a+b&tag=c&empty=&flag&x=a/b?c:d@e', '/items?tag=a+b&tag=c&empty=&flag&x=a/b?c:d@e'],
  // What servers disagree about is escaped.
  ['/a[b]|c^d`e{f}"g<h>i\\j k', '/a%5Bb%5D%7Cc%5Ed%60e%7Bf%7D%22g%3Ch%3Ei%5Cj%20k'],
  ['/a?b[]=c|d^e`f{g}"h<i>j\\k l\'m', '/a?b[]=c%7Cd%5Ee%60f%7Bg%7D%22h%3Ci%3Ej%5Ck%20l%27m'],
  ['/100%/%zz/%4', '/100%25/%25zz/%254'],
  ['/é/😀?ſ=\u212a', '/%C3%A9/%F0%9F%98%80?%C5%BF=%E2%84%AA'],
  ['/\u0080', '/%C2%80'],
  ['/\ud800?\udc00', '/%EF%BF%BD?%EF%BF%BD'],
  ["/?'", '/?%27'],
  // No lone question mark.
  ['/a?', '/a'],
  ['/a??', '/a??'],
  ['/', '/'],
])('writes %s as %s', (target, expected) => {
  expect(normalized(target)).toBe(expected)
})

/** Targets as a URL parser leaves them, and others. */
const target = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => `/${text}`),
  fc.webUrl({ withQueryParameters: true }).map((url) => {
    const { pathname, search } = new URL(url)
    return pathname + search
  }),
  fc
    .array(
      fc.constantFrom(
        ...`/?&=+%'"[]|~aZ09éﬀ😀`,
        '%2f',
        '%2F',
        '%7e',
        '%C3%a9',
        '%2e',
        '.',
        '%zz',
        '%',
      ),
    )
    .map((pieces) => `/${pieces.join('')}`),
)

/** What a server makes of it: each escape of a valid byte as that byte. */
const decoded = (text: string) =>
  Buffer.concat(
    (text.match(/%[\dA-Fa-f]{2}|[^%]+|%/g) ?? []).map((piece) =>
      /^%../.test(piece) ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece),
    ),
  ).toString('latin1')

test('writing a target twice changes nothing more', () => {
  fc.assert(
    fc.property(target, (some) => {
      expect(normalized(normalized(some))).toBe(normalized(some))
    }),
    { numRuns: 2000 },
  )
})

test('never changes what a target means', () => {
  fc.assert(
    fc.property(target, (some) => {
      const [path, query] = splitTarget(some)
      const [sentPath, sentQuery] = splitTarget(normalized(some))
      expect(decoded(sentPath)).toBe(decoded(path))
      expect(decoded(sentQuery)).toBe(decoded(query))
      // What separates segments and parameters is what separated them before.
      const count = (text: string, of: RegExp) => text.match(of)?.length ?? 0
      expect(count(sentPath, /\//g)).toBe(count(path, /\//g))
      for (const separator of [/&/g, /=/g, /\+/g]) {
        expect(count(sentQuery, separator)).toBe(count(query, separator))
      }
    }),
    { numRuns: 2000 },
  )
})

test('is what a client sends for it, byte for byte', () => {
  fc.assert(
    fc.property(target, (some) => {
      const [origin, sent] = splitUrl(new URL(`https://api.example${some}`).href)
      const url = origin + normalized(sent)
      expect(new URL(url).href).toBe(url)
    }),
    { numRuns: 2000 },
  )
})

test('holds nothing but what RFC 3986 lets stand in a target, and brackets in a query', () => {
  fc.assert(
    fc.property(target, (some) => {
      expect(normalized(some)).toMatch(/^(?:[\w.~\-/:@!$&'()*+,;=?[\]]|%[\dA-F]{2})+$/)
    }),
    { numRuns: 1000 },
  )
})

test('is not taken for the one of a URL that its query holds', () => {
  const url = 'https://api.example/ü?next=https://a.example/b'
  expect(targeted(url, true)).toEqual({
    given: '/ü?next=https://a.example/b',
    target: '/%C3%BC?next=https://a.example/b',
    url: 'https://api.example/%C3%BC?next=https://a.example/b',
  })
})

test('is the same where a URL is seen to be in that form at a glance', () => {
  const base = fc.constantFrom('https://api.example', 'http://[::1]:8080', 'http://a', 'ftp://a.b')
  fc.assert(
    fc.property(base, target, fc.boolean(), (home, some, normalizes) => {
      const [origin, given] = splitUrl(home + some)
      const settled = normalizes ? normalized(given) : given
      const expected = { given, target: settled, url: origin + settled }
      expect(targeted(home + some, normalizes)).toEqual(expected)
    }),
    { numRuns: 2000 },
  )
})
