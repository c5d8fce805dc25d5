import {
  apiKey,
  compose,
  header,
  type Signer,
  SigningError,
  signedFetch,
  within,
} from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { learningClock } from '../src/clock.ts'
import { isSecure } from '../src/origin.ts'
import { nextHop, wireUrl } from '../src/wire.ts'
import { START } from './support/cache.ts'
import { sign } from './support/sign.ts'

const HOSTS = [
  'api.example',
  'api.example:8443',
  'evil.example',
  'api.example.evil.example',
  '127.0.0.1',
  'u:p@api.example',
  'api.example@evil.example',
  '[::1]',
  'localhost',
  'LOCALHOST.',
  '0x7f.1',
  'xn--bcher-kva.example',
]
const address = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'https:/\\@?#%[]. \t\n\0aü') }),
  fc
    .tuple(
      fc.constantFrom(
        'https://',
        'http://',
        '//',
        '\\\\',
        'HTTPS:',
        'https:/\t/',
        'blob:https://',
        'ftp://',
        'data:,',
        'javascript:',
        '',
      ),
      fc.constantFrom(...HOSTS),
      fc.constantFrom('', '/', '/a/../b', '?', '?a=b', '#f', '/%00', '/\ud800', '/ä?ö'),
    )
    .map((parts) => parts.join('')),
)

test('any address becomes one that stays as it is, may carry credentials and hides none, or is refused', () => {
  fc.assert(
    fc.property(address, fc.boolean(), (given, allowInsecure) => {
      try {
        const { href, hash, username, password } = wireUrl(given, { allowInsecure })
        expect([hash, username, password]).toEqual(['', '', ''])
        expect(href).toMatch(/^https?:\/\/[!-~]+[^?]$|^https?:\/\/[!-~]+\?[!-~]+$/)
        expect(wireUrl(href, { allowInsecure }).href).toBe(href)
        expect(isSecure(new URL(href), allowInsecure)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(SigningError)
        expect((error as SigningError).code).toMatch(/^in(?:valid|secure)-url$/)
      }
    }),
    {
      examples: [
        ['https://api.example/\ud800', false],
        ['https://api.example/?#', false],
        ['https://u:p@api.example/', false],
        ['blob:https://api.example/x', true],
        ['http://localhost.example/', false],
      ],
    },
  )
})

test('plain http goes to this machine alone, whatever its name looks like', () => {
  const name = fc.oneof(
    fc.domain(),
    fc.ipV4Extended(),
    fc.ipV6().map((ip) => `[${ip}]`),
    fc.constantFrom(...HOSTS, '127.0.0.1.nip.example', 'localhost.example', '127.1', '2130706433'),
  )
  fc.assert(
    fc.property(name, (host) => {
      const url = URL.parse(`http://${host}/`)
      if (!url || !isSecure(url)) return
      expect(url.hostname).toMatch(/^(?:127\.\d+\.\d+\.\d+\.?|\[::1\]|(?:.+\.)?localhost\.?)$/)
    }),
    { examples: [['127.0.0.1.nip.example'], ['0x7f.1'], ['LOCALHOST.'], ['[::ffff:127.0.0.1]']] },
  )
})

test('a signer for an origin signs for exactly that origin', () => {
  const request = fc.oneof(
    fc.constantFrom(...HOSTS).map((host) => `https://${host}/`),
    fc.webUrl({ validSchemes: ['http', 'https'] }),
  )
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...HOSTS.filter((it) => !it.includes('@'))), { minLength: 1 }),
      request,
      (hosts, given) => {
        const signer = within(
          hosts.map((host) => `https://${host}`),
          header('x-key', 'secret'),
        )
        const url = new URL(given).href
        const home = hosts.map((host) => new URL(`https://${host}`).origin)
        if (home.includes(new URL(url).origin))
          expect(sign(signer, { url }).headers['x-key']).toBe('secret')
        else expect(() => sign(signer, { url })).toThrow(SigningError)
      },
    ),
  )
})

/** What a header can bring at all. */
function isByteString(text: string): boolean {
  try {
    return new Headers({ text }) instanceof Headers
  } catch {
    return false
  }
}

test('a Location of any form leads to an http(s) URL, without credentials when that is another origin, or nowhere', () => {
  const location = fc
    .oneof(address, fc.string({ unit: fc.constantFrom(...'/\\:@?#%.ÃÂ¼é') }))
    .filter(isByteString)
  const from = {
    method: 'POST',
    url: new URL('https://api.example/a'),
    headers: { authorization: 'own', cookie: 'c', host: 'h', 'content-type': 't', 'x-kept': 'k' },
  }
  fc.assert(
    fc.property(
      location,
      fc.constantFrom(200, 300, 301, 302, 303, 304, 307, 308),
      (where, status) => {
        try {
          const headers = new Headers({ location: where })
          const next = nextHop(from, { status, headers })
          if (!next) return
          const { url, method, headers: kept } = next
          expect(url.href).toMatch(/^https?:\/\/[!-~]+$/)
          expect([url.username, url.password, url.hash]).toEqual(['', '', ''])
          expect(method).toBe(status < 304 ? 'GET' : 'POST')
          expect(kept['x-kept']).toBe('k')
          expect('authorization' in kept).toBe(url.origin === from.url.origin)
          expect('cookie' in kept).toBe(url.origin === from.url.origin)
          expect('content-type' in kept).toBe(method === 'POST')
        } catch (error) {
          expect(error).toMatchObject({ code: 'redirect-refused' })
          expect((error as Error).message).toMatch(/^[^\p{C}]{1,300}$/u)
        }
      },
    ),
    {
      examples: [
        ['https://', 302],
        ['//u:p@api.example/', 302],
        ['https://api.example@evil.example/', 307],
        ['/\u00c3\u00bc', 308],
        ['\\\\evil.example', 301],
      ],
    },
  )
})

const SECRET = 'S3CR3T'
const signers: Record<string, () => Signer> = {
  'an API key in a header': () => apiKey({ in: 'header', name: 'x-api-key', key: SECRET }),
  'an API key in the query': () => apiKey({ in: 'query', name: 'key', key: SECRET }),
  'a signature': () =>
    hmac({
      id: SECRET,
      secret: 's',
      message: ['method', 'target', 'bodyHash'],
      body: { hash: 'sha256' },
      headers: { 'x-sign': '{id} {signature}' },
    }),
  'a tenant beside a key': () =>
    compose(header('x-tenant', SECRET), apiKey({ in: 'query', name: 'k', key: SECRET })),
}

const ORIGINS = [
  'https://api.example',
  'https://api.example:8443',
  'http://127.0.0.1:1',
  'https://evil.example',
]
/** Where each of a few places leads to, and by which status; some lead nowhere. */
const maze = fc.array(
  fc.record({
    status: fc.constantFrom(200, 301, 302, 303, 307, 308, 401, 500),
    to: fc
      .tuple(fc.constantFrom('', ...ORIGINS), fc.nat(7))
      .map(([origin, place]) => `${origin}/${place}`),
    /** It repeats the query that it was asked with. */
    echoes: fc.boolean(),
  }),
  { minLength: 8, maxLength: 8 },
)

test.each(Object.entries(signers))(
  'whichever way redirects lead, %s is seen at home alone, and the call ends',
  async (_, make) => {
    await fc.assert(
      fc.asyncProperty(maze, fc.constantFrom('GET', 'POST'), async (places, method) => {
        const seen: { origin: string; all: string }[] = []
        const api = signedFetch(make(), {
          fetch: async (input, init) => {
            const { origin, pathname, search } = new URL(String(input))
            seen.push({ origin, all: JSON.stringify([input, init]) })
            const { status = 200, to = '', echoes } = places[Number(pathname.slice(1))] ?? {}
            const location = to + (echoes ? search : '')
            return new Response(null, { status, headers: { location } })
          },
        })
        const call = api('https://api.example/0', {
          method,
          ...(method === 'POST' && { body: 'b' }),
        })
        const end = await call.catch((error: unknown) => error)
        if (end instanceof Error) expect(end).toMatchObject({ code: 'redirect-refused' })
        else expect(end).toBeInstanceOf(Response)
        expect(seen.length).toBeLessThanOrEqual(21)
        const home = seen.findIndex(({ origin }) => origin !== 'https://api.example')
        for (const [index, { all }] of seen.entries()) {
          // Once abroad, the chain is in foreign hands, even where it leads home again.
          expect(all.includes(SECRET)).toBe(home < 0 || index < home)
        }
      }),
    )
  },
)

test('a clock learns from a Date of any form no more than it may, and never breaks', () => {
  const date = fc.oneof(
    fc.date({ noInvalidDate: true }).map((day) => day.toUTCString()),
    fc.stringMatching(/^[ -~]*$/),
    fc.integer().map(String),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(date, fc.nat(1e7))), fc.nat(1e9), (refusals, most) => {
      let now = START
      const clock = learningClock(() => now, most)
      for (const [text, later] of refusals) {
        const stamp = clock.stamp()
        now += later
        expect(typeof clock.learn(new Headers({ date: text }), stamp)).toBe('boolean')
        expect(Math.abs(clock.stamp().offset)).toBeLessThanOrEqual(most)
      }
    }),
  )
})
