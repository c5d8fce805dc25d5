import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callOf } from '../../src/explain/call.ts'
import { explainEpi } from '../../src/explain/epi/explain.ts'
import type { Comparison } from '../../src/explain/explanation.ts'

/** Every signature here is made by hand with node:crypto: nothing of it is the code under test. */

const KEY = 'exampleClientKey0123456789abcdefghijABCDEFGHIJ01'
const SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX+BkaGxwdHh+gISIjJCUmJygpKissLS+/'
const BYTES = Buffer.from(SECRET, 'base64')
const BASE = 'https://paasportal.episerver.net/api/v1.0'
const NOW = Date.UTC(2026, 10, 21, 12, 30, 15, 678)

const PLACE = "/projects/8ad8/deployments/?name=a%20b&tag=c+d&x=[1]&q='é'&b=2&a=1"
const PATH = '/api/v1.0/projects/8ad8/deployments/'
const TARGET = `${PATH}?name=a%20b&tag=c+d&x=[1]&q=%27%C3%A9%27&b=2&a=1`
const BODY = '{\n  "targetEnvironment": "Integration",\n  "note": "é <b>"\n}\n'

/** What goes into the message, in order, and what is hashed and keyed with it. */
interface Hand {
  key: string
  method: string
  target: string
  time: string
  nonce: string
  body: string | Buffer
}

const RIGHT: Hand = {
  key: KEY,
  method: 'POST',
  target: TARGET,
  time: String(NOW - 1000),
  nonce: '00112233445566778899aabbccddeeff',
  body: BODY,
}

const hash = (name: string, body: string | Buffer, encoding: 'base64' | 'hex' = 'base64') =>
  createHash(name).update(body).digest(encoding)
const mac = (message: string | Buffer, secret: string | Buffer = BYTES, name = 'sha256') =>
  createHmac(name, secret).update(message).digest('base64')
const partsOf = (hand: Hand) => [
  hand.key,
  hand.method,
  hand.target,
  hand.time,
  hand.nonce,
  hash('md5', hand.body),
]
const headerOf = ({ key, time, nonce }: Hand, signature: string) =>
  `epi-hmac ${key}:${time}:${nonce}:${signature}`

/** The right header's fields, over a message with something else in it. */
const signing = (wrong: Partial<Hand>, hand: Hand = RIGHT) =>
  headerOf(hand, mac(partsOf({ ...hand, ...wrong }).join('')))
/** The right header's fields, with a message that is put together otherwise. */
const joining = (join: (parts: string[]) => string | Buffer) =>
  headerOf(RIGHT, mac(join(partsOf(RIGHT))))
const keying = (secret: string | Buffer) => headerOf(RIGHT, mac(partsOf(RIGHT).join(''), secret))
const hashing = (bodyHash: string) => joining((parts) => parts.with(5, bodyHash).join(''))
/** Another header, which holds what it signs. */
const sending = (wrong: Partial<Hand>) => signing({}, { ...RIGHT, ...wrong })
const SIGNATURE = mac(partsOf(RIGHT).join(''))

type Vector = Readonly<Record<'key' | 'secret' | 'method' | 'url' | 'body' | 'header', string>>

interface Asked {
  method: string
  place: string
  body?: string | Buffer | undefined
  key?: string
  secret?: string
  now?: number
}

async function compared(
  given: string,
  { method, place, body, key = KEY, secret = SECRET, now = NOW }: Asked = {
    method: 'POST',
    place: PLACE,
    body: BODY,
  },
): Promise<Comparison> {
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const call = callOf({ method, place, headers: [], body: bytes }, BASE)
  const basePath = '/api/v1.0'
  const { comparison } = await explainEpi({ key, secret }, call, basePath, given, () => now)
  if (!comparison) throw new Error('Nothing was compared')
  return comparison
}

const sentences = ({ culprits }: Comparison) =>
  culprits.map(({ problem, advice }) => `${problem}: ${advice}`)

test('the right header is right', async () => {
  expect(await compared(signing({}))).toEqual({ verdict: 'same', culprits: [], notes: [] })
})

describe('one mistake is named', () => {
  const json = JSON.parse(BODY) as object
  const rows: [what: string, header: string, says: RegExp][] = [
    [
      'the method in lower case',
      signing({ method: 'post' }),
      /method in lower case: .* upper case/,
    ],
    ['the method of another call', signing({ method: 'GET' }), /the method GET: .* that is sent/],
    ['.NET method capitalized', signing({ method: 'Post' }), /the method capitalized/],

    [
      'the whole URL',
      signing({ target: `https://paasportal.episerver.net${TARGET}` }),
      /whole URL/,
    ],
    ['host and target', signing({ target: `paasportal.episerver.net${TARGET}` }), /host in front/],
    ['no query', signing({ target: PATH }), /path without its query/],
    ['no trailing slash', signing({ target: TARGET.replace('/?', '?') }), /no slash at the end/],
    ['no base path', signing({ target: TARGET.replace('/api/v1.0', '') }), /without \/api\/v1\.0/],
    ['no leading slash', signing({ target: TARGET.slice(1) }), /without its first slash/],
    [
      'the target as it was typed',
      signing({ target: `/api/v1.0${PLACE}` }),
      /as it was typed, before it was escaped/,
    ],
    ['decoded', signing({ target: decodeURIComponent(TARGET) }), /target unescaped:/],
    ['encoded twice', signing({ target: encodeURI(TARGET) }), /escaped once more/],
    ['encoded whole', signing({ target: encodeURIComponent(TARGET) }), /as a whole, slashes/],
    [
      'lower-case escapes',
      signing({ target: TARGET.replace('%C3%A9', '%c3%a9') }),
      /escapes in lower case/,
    ],
    ['%20 for +', signing({ target: TARGET.replace('c+d', 'c%20d') }), /%20 where \+ is sent/],
    ['+ for %20', signing({ target: TARGET.replace('a%20b', 'a+b') }), /\+ where %20 is sent/],
    ['%2B for +', signing({ target: TARGET.replace('c+d', 'c%2Bd') }), /%2B where \+ is sent/],
    ['a bare apostrophe', signing({ target: TARGET.replaceAll('%27', "'") }), /bare apostrophe/],
    ['escaped brackets', signing({ target: TARGET.replace('[1]', '%5B1%5D') }), /brackets escaped/],
    [
      'a sorted query',
      signing({ target: `${PATH}?${TARGET.split('?')[1]?.split('&').sort().join('&')}` }),
      /query sorted/,
    ],
    [
      'URLSearchParams',
      signing({ target: `${PATH}?${new URLSearchParams(TARGET.split('?')[1])}` }),
      /query written as a form/,
    ],

    ['the hash in hex', hashing(hash('md5', BODY, 'hex')), /hash of the body in hex: .*base64/],
    ['base64 of hex', hashing(btoa(hash('md5', BODY, 'hex'))), /base64 of the hash in hex/],
    ['SHA-256 of the body', hashing(hash('sha256', BODY)), /SHA256 of the body in base64/],
    ['the body itself', hashing(BODY), /the body itself in place of its hash/],
    ['an empty body', signing({ body: '' }), /the hash of an empty body/],
    ['no final newline', signing({ body: BODY.trimEnd() }), /without its last line break/],
    ['two final newlines', signing({ body: `${BODY}\n` }), /a line break behind the body/],
    [
      "curl's -d",
      signing({ body: BODY.replaceAll('\n', '') }),
      /without its line breaks: .*--data-b/,
    ],
    ['CRLF', signing({ body: BODY.replaceAll('\n', '\r\n') }), /CR LF for the line breaks/],
    [
      'axios, anew',
      signing({ body: JSON.stringify(json) }),
      /JSON that was written anew compactly/,
    ],
    [
      "Python's json.dumps",
      signing({ body: '{"targetEnvironment": "Integration", "note": "\\u00e9 <b>"}' }),
      /with spaces, and non-ASCII escaped/,
    ],
    [
      'System.Text.Json',
      signing({ body: '{"targetEnvironment":"Integration","note":"\\u00e9 \\u003Cb\\u003E"}' }),
      /with <, >, &, \+ and apostrophes escaped/,
    ],
    ['Latin-1', signing({ body: Buffer.from(BODY, 'latin1') }), /body in Latin-1/],
    ['UTF-16', signing({ body: Buffer.from(BODY, 'utf16le') }), /body in UTF-16/],
    ['a BOM', signing({ body: `\ufeff${BODY}` }), /byte order mark before the body/],

    [
      "the secret's text",
      keying(SECRET),
      /secret's text as the key: decode the secret from base64/,
    ],
    ['and a line break', keying(`${SECRET}\n`), /secret's text and a line break/],
    ['decoded twice', keying(Buffer.from(BYTES.toString(), 'base64')), /secret decoded twice/],
    ['atob', keying(atob(SECRET)), /string that was encoded in UTF-8/],
    ['toString()', keying(BYTES.toString()), /decoded secret read as UTF-8/],
    ['hex of the bytes', keying(BYTES.toString('hex')), /decoded secret in hex/],
    ['the key', keying(KEY), /the key in place of the secret/],
    ['nothing', keying(''), /an empty secret/],

    ['line breaks', joining((parts) => parts.join('\n')), /line breaks between the parts/],
    ['colons', joining((parts) => parts.join(':')), /colons between the parts/],
    ['echo', joining((parts) => `${parts.join('')}\n`), /at the end of the message: .* use printf/],
    ['lower case', joining((parts) => parts.join('').toLowerCase()), /message in lower case/],
    ['.NET Unicode', joining((parts) => Buffer.from(parts.join(''), 'utf16le')), /in UTF-16/],
    [
      'timestamp and nonce swapped',
      joining(([a, b, c, d, e, f]) => [a, b, c, e, d, f].join('')),
      /the message key, method, target, nonce, timestamp, body hash/,
    ],
    [
      'an order of its own',
      joining(([a, b, c, d, e, f]) => [f, e, d, c, b, a].join('')),
      /the message body hash, nonce, timestamp, target, method, key/,
    ],
    ['no body hash', joining((parts) => parts.slice(0, 5).join('')), /no body hash in the message/],
    ['no key', joining((parts) => parts.slice(1).join('')), /no key in the message/],
    [
      'the host',
      joining((parts) => parts.toSpliced(1, 0, new URL(BASE).host).join('')),
      /the host in/,
    ],

    ['seconds in it', signing({ time: String((NOW - 1678) / 1000) }), /a timestamp in seconds/],
    ['ISO in it', signing({ time: new Date(NOW - 1000).toISOString() }), /a timestamp in ISO 8601/],
    [
      'hyphens in it',
      signing({ nonce: '00112233-4455-6677-8899-aabbccddeeff' }),
      /hyphens in the n/,
    ],

    ['SHA-1', headerOf(RIGHT, mac(partsOf(RIGHT).join(''), BYTES, 'sha1')), /HMAC-SHA1/],
    ['SHA-512', headerOf(RIGHT, mac(partsOf(RIGHT).join(''), BYTES, 'sha512')), /HMAC-SHA512/],
    [
      'no HMAC',
      headerOf(RIGHT, hash('sha256', partsOf(RIGHT).join(''))),
      /SHA-256 of the message a/,
    ],
    ['swapped', headerOf(RIGHT, mac(BYTES, partsOf(RIGHT).join(''))), /changed about/],

    ['hex', headerOf(RIGHT, Buffer.from(SIGNATURE, 'base64').toString('hex')), /written in hex/],
    [
      'base64 of hex',
      headerOf(RIGHT, btoa(Buffer.from(SIGNATURE, 'base64').toString('hex'))),
      /base64 of h/,
    ],
    ['no padding', headerOf(RIGHT, SIGNATURE.replace('=', '')), /lacks its last =/],
    ['URL-encoded', headerOf(RIGHT, encodeURIComponent(SIGNATURE)), /escaped as in a URL/],
    ['cut off', headerOf(RIGHT, SIGNATURE.slice(0, 30)), /cut off: 30 of 44 characters/],
    ['in quotes', headerOf(RIGHT, `"${SIGNATURE}"`), /quotes around the signature/],

    ['another key', sending({ key: 'another-key' }), /The key is another-key, and not exampleCl/],
    ['the secret sent', sending({ key: SECRET }), /The secret stands where the key belongs/],
    ['the key in lower case', sending({ key: KEY.toLowerCase() }), /key is in another case/],
    ['no nonce', sending({ nonce: '' }), /There is no nonce in it/],
    ['seconds', sending({ time: String(Math.floor(NOW / 1000)) }), /timestamp is in seconds: 1795/],
    ['ticks', sending({ time: '639000000000000000' }), /in ticks of \.NET/],
    ['a date', sending({ time: new Date(NOW).toISOString() }), /no number of milliseconds: 2026-/],
    ['a fraction', sending({ time: `${NOW}.5` }), /no number of milliseconds/],
    ['a fast clock', sending({ time: String(NOW + 3_600_000) }), /1 h ahead of this .*local time/],
  ]
  test.each(rows)('%s', async (_, header, says) => {
    const comparison = await compared(header)
    expect(comparison.verdict).toBe('different')
    expect(sentences(comparison)).toEqual([expect.stringMatching(says)])
  })
  test('no row is there twice', () => {
    const first = new Map(rows.toReversed().map(([what, header]) => [header, what]))
    expect(rows.filter(([what, header]) => first.get(header) !== what)).toEqual([])
  })
})

describe('two mistakes at once are named', () => {
  test.each<[string, string, RegExp, RegExp]>([
    [
      'a client that hashes by SHA-256 and joins by line breaks',
      joining((parts) => parts.with(5, hash('sha256', BODY)).join('\n')),
      /SHA256 of the body in base64/,
      /line breaks between the parts/,
    ],
    [
      'the method in lower case, under the secret as text',
      headerOf(RIGHT, mac(partsOf({ ...RIGHT, method: 'post' }).join(''), SECRET)),
      /method in lower case/,
      /secret's text as the key/,
    ],
    [
      'no query and no slash',
      signing({ target: PATH.slice(0, -1) }),
      /path without its query/,
      /no slash at the end/,
    ],
    [
      'JSON written anew, in hex',
      hashing(hash('md5', JSON.stringify(JSON.parse(BODY)), 'hex')),
      /written anew compactly/,
      /hash of the body in hex/,
    ],
    [
      'a date in the header, under the secret as text',
      headerOf(
        { ...RIGHT, time: new Date(NOW).toISOString() },
        mac(partsOf({ ...RIGHT, time: new Date(NOW).toISOString() }).join(''), SECRET),
      ),
      /no number of milliseconds/,
      /secret's text as the key/,
    ],
    [
      'in hex, over the body of another call',
      headerOf(
        RIGHT,
        Buffer.from(mac(partsOf({ ...RIGHT, body: '' }).join('')), 'base64').toString('hex'),
      ),
      /signature is written in hex/,
      /hash of an empty body/,
    ],
  ])('%s', async (_, header, one, other) => {
    const comparison = await compared(header)
    expect(sentences(comparison)).toEqual([
      expect.stringMatching(one),
      expect.stringMatching(other),
    ])
  })

  test('and so are three of which one shows', async () => {
    // As seen in the wild: line breaks, an ISO date, and the secret not decoded.
    const time = new Date(NOW).toISOString()
    const parts = partsOf({ ...RIGHT, time })
    const comparison = await compared(headerOf({ ...RIGHT, time }, mac(parts.join('\n'), SECRET)))
    expect(sentences(comparison)).toEqual([
      expect.stringMatching(/no number of milliseconds/),
      expect.stringMatching(/secret's text as the key/),
      expect.stringMatching(/line breaks between the parts/),
    ])
  })
})

describe('a call without a body', () => {
  const GET: Asked = { method: 'GET', place: '/projects/8ad8' }
  const hand: Hand = { ...RIGHT, method: 'GET', target: '/api/v1.0/projects/8ad8', body: '' }

  test('has the hash of nothing', async () => {
    expect((await compared(signing({}, hand), GET)).verdict).toBe('same')
  })

  test.each<[string, string, RegExp]>([
    [
      'no hash at all',
      headerOf(hand, mac(partsOf(hand).slice(0, 5).join(''))),
      /nothing in place of the hash of an empty body: an empty body is hashed, too: 1B2M2/,
    ],
    ['the hash of {}', signing({ body: '{}' }, hand), /the hash of the body \{\}/],
    ['the hash of null', signing({ body: 'null' }, hand), /the hash of the body null/],
    ['the hash of undefined', signing({ body: 'undefined' }, hand), /the body undefined/],
    ['a lone ?', signing({ target: `${hand.target}?` }, hand), /a lone \? behind the path/],
    ['a slash too many', signing({ target: `${hand.target}/` }, hand), /a slash at the end/],
    ['two slashes', signing({ target: `/${hand.target}` }, hand), /two slashes at the start/],
  ])('%s', async (_, header, says) => {
    expect(sentences(await compared(header, GET))).toEqual([expect.stringMatching(says)])
  })
})

test('a body that is no text must not be read as text', async () => {
  const body = Buffer.of(0xff, 0xfe, 0, 0x80)
  const asked = { method: 'POST', place: PLACE, body }
  expect((await compared(signing({ body }), asked)).verdict).toBe('same')
  expect(sentences(await compared(signing({ body: body.toString() }), asked))).toEqual([
    'It was made with the hash of the body read as UTF-8, which it is not: hash its bytes as they are',
  ])
})

describe('a header that is malformed', () => {
  const right = signing({})
  const fields = right.slice('epi-hmac '.length)
  const [, time, , signature] = fields.split(':')
  test.each<[string, string, RegExp]>([
    [
      'empty',
      '',
      /There is no Authorization header in it: it takes epi-hmac key:timestamp:nonce:signature/,
    ],
    ['of another scheme', 'Bearer eyJhbGciOi', /of the scheme Bearer: this API takes epi-hmac/],
    ['epi-single', 'epi-single 4fabc', /of the scheme epi-single/],
    ['without a scheme', fields, /The scheme is missing: write epi-hmac and a space/],
    ['with a misspelt scheme', `epi_hmac ${fields}`, /The scheme is written epi_hmac/],
    ['with a colon behind it', `epi-hmac: ${fields}`, /The scheme is written epi-hmac:/],
    ['with two spaces', `epi-hmac  ${fields}`, /more than one space/],
    ['of two fields', `epi-hmac ${KEY}:${signature}`, /It has 2 of four fields/],
    [
      'without a nonce',
      `epi-hmac ${KEY}:${time}:${mac(partsOf({ ...RIGHT, nonce: '' }).join(''))}`,
      /no nonce/,
    ],
    [
      'without a timestamp',
      `epi-hmac ${KEY}:${RIGHT.nonce}:${mac(partsOf({ ...RIGHT, time: '' }).join(''))}`,
      /no timestamp/,
    ],
    ['with commas', right.replaceAll(':', ','), /not parted by colons/],
    ['with spaces', right.replaceAll(':', ': '), /white space between its fields/],
    ['in base64', `epi-hmac ${btoa(fields)}`, /Its fields are in base64, as those of Basic/],
    [
      'with two fields changed about',
      `epi-hmac ${[KEY, RIGHT.nonce.replace('00', 'a'), time, signature].join(':')}`,
      /changed places/,
    ],
    ['with a line break in it', right.replace('=', '\n='), /line break in it: take it out/],
    ['with a line break behind it', `${right}\n`, /ends in a line break: take it away/],
    ['with an odd signature', headerOf(RIGHT, '(none)'), /neither base64 nor hex: \(none\)/],
    ['with a short one', headerOf(RIGHT, mac('x', BYTES, 'sha1')), /has 20 bytes, as SHA-1 has/],
  ])('%s', async (_, header, says) => {
    const comparison = await compared(header)
    expect(comparison.verdict).toBe('different')
    expect(sentences(comparison)[0]).toMatch(says)
  })

  test.each<[string, string]>([
    ['its name before it', `Authorization: ${right}`],
    ['from curl -v', `> authorization: ${right}`],
    ['an option of curl', `-H 'Authorization: ${right}'`],
    ['in quotes', `"${right}"`],
    ['blanks at its ends', ` ${right} `],
    ['a scheme in another case', right.replace('epi-hmac', 'Epi-HMAC')],
  ])('is none: %s', async (_, header) => {
    expect(await compared(header)).toEqual({ verdict: 'same', culprits: [], notes: [] })
  })
})

describe('what cannot be told is not told', () => {
  test.each<[string, string]>([
    ['another secret', keying('another secret')],
    ['another body', signing({ body: 'another body' })],
    ['another URL', signing({ target: '/api/v1.0/projects/another' })],
    [
      'three mistakes that do not show',
      headerOf(
        RIGHT,
        mac(partsOf({ ...RIGHT, method: 'post', target: PATH, body: '' }).join(''), SECRET),
      ),
    ],
    ['chance', headerOf(RIGHT, Buffer.alloc(32, 7).toString('base64'))],
  ])('%s', async (_, header) => {
    const { verdict, culprits, notes } = await compared(header)
    expect({ verdict, culprits }).toEqual({ verdict: 'different', culprits: [] })
    expect(notes).toEqual([
      expect.stringMatching(
        /^Why the signature differs cannot be told: none of 2\d\d usual mistakes/,
      ),
    ])
  })

  test('another key, whose secret is not known', async () => {
    const hand = { ...RIGHT, key: 'another-key' }
    const { culprits, notes } = await compared(headerOf(hand, mac('x', 'another secret')))
    expect(culprits.map(({ part }) => part)).toEqual(['key'])
    expect(notes).toEqual([expect.stringMatching(/^Another key has another secret: /)])
  })
})

test.each<[string, string]>([
  ['as .NET and curl send it', "/items?q='x'&r=[1]"],
  ['with escapes that browsers leave', '/items/%7euser?q=%c3%a9'],
  ['with dots that not all clients take out', '/items/../other'],
])('a target in another form, %s, is right if it is sent so', async (_, place) => {
  const target = `/api/v1.0${place}`
  const hand = { ...RIGHT, method: 'GET', target, body: '' }
  const { verdict, culprits, notes } = await compared(signing({}, hand), { method: 'GET', place })
  expect({ verdict, culprits }).toEqual({ verdict: 'same', culprits: [] })
  expect(notes[0]).toMatch(/^It covers the target .+, and is right if that is what is sent\./)
})

test('what a mistake changed is shown beside what it should be', async () => {
  const { culprits } = await compared(signing({ target: PATH }))
  expect(culprits).toEqual([expect.objectContaining({ part: 'target', has: PATH, takes: TARGET })])
})

test('the age of a header that is right is told, and is no mistake', async () => {
  const { verdict, notes } = await compared(sending({ time: String(NOW - 7_200_000) }))
  expect(verdict).toBe('same')
  expect(notes).toEqual([
    'It was made 2 h ago, at 2026-11-21T10:30:15.678Z. If that was just now, the clock of its machine is slow, or takes local time for UTC, and a server that checks it refuses.',
  ])
})

test('the known answers are right, and wrong by one character', async () => {
  const { vectors } = JSON.parse(
    readFileSync(new URL('../../../core/test/vectors/epi-hmac.json', import.meta.url), 'utf8'),
  ) as { vectors: Vector[] }
  expect(vectors.length).toBeGreaterThan(10)
  for (const [i, { key, secret, method, url, body, header }] of vectors.entries()) {
    const bytes = body ? Buffer.from(body, 'base64') : undefined
    const asked = { method, place: url, body: bytes, key, secret }
    expect((await compared(header, asked)).verdict).toBe('same')
    // Not all of them: it takes its time to find nothing.
    if (i > 2) continue
    const wrong = header.replace(/.(?==*$)/, (last) => (last === 'A' ? 'E' : 'A'))
    expect((await compared(wrong, asked)).verdict).toBe('different')
  }
})

test('a right header is never called wrong', async () => {
  const word = fc.stringMatching(/^[\w.~-]{1,12}$/)
  const asked = fc.record({
    key: word,
    secret: fc
      .uint8Array({ minLength: 1, maxLength: 80 })
      .map((it) => Buffer.from(it).toString('base64')),
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'),
    path: fc.array(fc.oneof(word, fc.constantFrom('a%20b', '%C3%A9', 'a%2Fb', "it's", 'x:y')), {
      maxLength: 4,
    }),
    query: fc.array(
      fc.tuple(word, fc.oneof(word, fc.constantFrom('', 'a+b', 'c%20d', '[1]', '(x=y)'))),
    ),
    nonce: fc.stringMatching(/^[\w-]{1,40}$/),
    ago: fc.integer({ min: -240_000, max: 10 ** 11 }),
    body: fc.oneof(fc.uint8Array(), fc.json()),
  })
  await fc.assert(
    fc.asyncProperty(asked, async ({ key, secret, path, query, nonce, ago, ...call }) => {
      const { method } = call
      const body = Buffer.from(call.body as string)
      const search = query.map((pair) => pair.join('=')).join('&')
      const target = `/api/v1.0/${path.join('/')}${search && '?'}${search}`
      const time = String(NOW - ago)
      const message = [key, method, target, time, nonce, hash('md5', body)].join('')
      const signature = mac(message, Buffer.from(secret, 'base64'))
      const given = headerOf({ ...RIGHT, key, time, nonce }, signature)
      const place = target.slice('/api/v1.0'.length)
      const { verdict, culprits } = await compared(given, { key, secret, method, place, body })
      expect({ verdict, culprits }).toEqual({ verdict: 'same', culprits: [] })
    }),
    { numRuns: 200 },
  )
})
