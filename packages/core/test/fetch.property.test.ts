import { bearer, type Signer, signedFetch, type SignedRequestInit } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainRecord } from '../src/record.ts'
import { wireHref, wireUrl } from '../src/wire.ts'

/** Most calls go straight to the fetch. What they send must not differ from what the others send. */

const pieces = (...all: string[]) => fc.constantFrom(...all)
const scheme = pieces('https://', 'http://', 'HTTPS://', 'https:', 'https:/', ' https://', '')
const host = pieces(
  ...'api.example.com API.example.com a-b.example a--b.example a..b -a.com a.com.'.split(' '),
  ...'xn--bcher-kva.example xn--a.com a.xn--a 1.2.3.4 1.2.3 a.1 a.0x1 0x7f.one'.split(' '),
  ...'[::1] localhost user@a.com user:p@a.com bücher.example a_b.com a%2eb.com a'.split(' '),
)
const port = pieces(
  '',
  '',
  '',
  ':443',
  ':80',
  ':8443',
  ':0443',
  ':1000',
  ':59999',
  ':65535',
  ':65536',
  ':',
  ':99999',
  ':12',
  ':1abc',
  ':1abcd',
)
const loopback = pieces('localhost', '127.0.0.1', '127.0.0.2', '127.1', '127.0.0.1.', 'a.localhost')
const path = fc
  .array(
    pieces(
      ...'/ a B 1 . .. /. /.. // %2e %2E %20 % ~ - _ ! $ & ( ) * + , ; = : @ ? #'.split(' '),
      ...'\' " < { } ^ ` | \\ [ ] ü \u{1f512} \ud800 \t \n'.split(' '),
      ' ',
    ),
    { maxLength: 12 },
  )
  .map((all) => all.join(''))
const anyUrl = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(scheme, host, port, path).map((all) => all.join('')) },
  { weight: 2, arbitrary: host.map((name) => `https://${name}/v1/items`) },
  {
    weight: 2,
    arbitrary: fc.tuple(loopback, port).map(([name, port]) => `http://${name}${port}/v1/items?a=1`),
  },
  { weight: 2, arbitrary: path.map((target) => `https://api.example.com/${target}`) },
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
)

function outcome<T>(work: () => T): unknown {
  try {
    return work()
  } catch (error) {
    return String(error)
  }
}

test('a URL is the same with and without the parser', () => {
  let spared = 0
  fc.assert(
    fc.property(anyUrl, (url) => {
      expect(outcome(() => wireHref(url, {}))).toBe(outcome(() => wireUrl(url, {}).href))
      if (outcome(() => wireUrl(url, {}).href) === url) spared++
    }),
    { numRuns: 5000 },
  )
  expect(spared).toBeGreaterThan(100)
})

const headersOf = (all: [string, string][]) => new Headers(all)
const accepts = (name: string, value: string) =>
  typeof outcome(() => new Headers([[name, value]])) === 'object'

// Mostly good ones: a single bad one spoils a call.
const headerName = fc.oneof(
  { weight: 6, arbitrary: pieces('accept', 'Accept', 'X-One', 'authorization') },
  pieces('host', '__proto__', 'toString', 'x y', 'a_b', 'ü'),
)
const headerText = fc.oneof(
  { weight: 8, arbitrary: pieces('a', 'a b', 'c') },
  pieces('', ' padded ', 'ü', 'a\nb', 'a\tb', '\u0100'),
)
const pairs = fc.array(fc.tuple(headerName, headerText), { maxLength: 3 })

test('headers are the same with and without the platform', () => {
  let spared = 0
  fc.assert(
    fc.property(pairs, (all) => {
      const given = Object.fromEntries(all)
      const seen = plainRecord(given)
      if (!seen) return
      spared++
      expect(seen).toEqual(Object.fromEntries(new Headers(given)))
    }),
    { numRuns: 1000 },
  )
  expect(spared).toBeGreaterThan(100)
})

/** As JavaScript's callers write it, who do not know of absent members. */
const undefinable = <T>(values: fc.Arbitrary<T>) =>
  fc.option(values, { nil: undefined as never, freq: 5 })

const bodies = ['', 'text', null, Uint8Array.of(1, 2), new URLSearchParams('a=b'), new Blob(['x'])]

const init: fc.Arbitrary<SignedRequestInit> = fc.record(
  {
    method: undefinable(pieces('GET', 'POST', 'patch', 'PUT', 'PATCH', 'bad method')),
    headers: undefinable(
      fc.oneof(
        pairs.map((all) => Object.fromEntries(all)),
        pairs.map((all) =>
          Object.assign(Object.create({ inherited: 'no' }), Object.fromEntries(all)),
        ),
        pairs.filter((all) => all.every(([name, value]) => accepts(name, value))).map(headersOf),
        pairs,
        fc.constant({ 'x-none': undefined as never }),
      ),
    ),
    body: fc.constantFrom<(BodyInit | null)[]>(...bodies),
    signal: undefinable(fc.constantFrom(null, AbortSignal.abort(new Error('by the caller')))),
  },
  { requiredKeys: [] },
)

/** What a call with this signer comes to: the request, or the error. */
async function sent(
  signer: Signer,
  url: string | URL | Request,
  init: SignedRequestInit,
): Promise<unknown> {
  const arrived: unknown[] = []
  const call = signedFetch(signer, {
    async fetch(input, sendable) {
      const { url, method, headers, body, cache } = new Request(input, sendable)
      arrived.push(url, method, cache, [...headers], body && (await new Response(body).text()))
      return new Response(null)
    },
  })
  return call(url, init).then(
    () => arrived,
    (error) => String(error),
  )
}

const fewUrls = pieces(
  'https://api.example.com/v1',
  'https://api.example.com/a b',
  'http://a.example',
)

/** A Request may stand for an init, too. */
const requests = fc.constantFrom<(SignedRequestInit & Request)[]>(
  new Request('https://other.example/', {
    method: 'PUT',
    headers: { accept: 'x/y' },
    cache: 'no-store',
  }),
)

const form = fc.constantFrom<((url: string) => string | URL | Request)[]>(
  (url) => url,
  (url) => new URL(url),
  (url) => new Request(url),
  (url) => new Request(`${url}#f`, { headers: { accept: 'x/y', 'X-Two': '2' }, method: 'patch' }),
  (url) => new Request(url, { method: 'POST', body: 'of the Request' }),
)

describe('a call that goes straight to the fetch', () => {
  test('sends what it would send by hand', async () => {
    const signer = bearer('token')
    const byHand: Signer = { ...signer, readsTarget: true }
    await fc.assert(
      fc.asyncProperty(
        fewUrls,
        fc.oneof({ weight: 9, arbitrary: init }, requests),
        form,
        async (url, init, as) => {
          expect(await sent(signer, as(url), init)).toEqual(await sent(byHand, as(url), init))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
