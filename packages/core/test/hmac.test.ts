import { createHash, createHmac } from 'node:crypto'
import { OptionError, SigningError } from '@countersign/core'
import { hmac, type HmacPart, type HmacScheme } from '@countersign/core/hmac'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { messageOf } from '../src/hmac-message.ts'
import { request, sign } from './support/sign.ts'

afterEach(() => vi.unstubAllGlobals())

const NOW = Date.UTC(2026, 10, 21, 12, 30, 15, 678)
const SECRET = 'the secret of the test'
const PLACE = 'https://api.example:8443/a%20b/c?x=1&y=a/b?c'

/** A scheme around one part of the message, or more. */
const scheme = (changes: Partial<HmacScheme> = {}): HmacScheme => ({
  id: 'the-key',
  secret: SECRET,
  message: ['method'],
  encoding: 'hex',
  headers: { 'x-signature': '{signature}' },
  now: () => NOW,
  nonce: () => 'one-time',
  ...changes,
})
const signature = (changes: Partial<HmacScheme>, asked: Parameters<typeof request>[0] = {}) =>
  sign(hmac(scheme(changes)), asked).headers['x-signature']
const hexMac = (message: string | Uint8Array, key: string | Uint8Array = SECRET) =>
  createHmac('sha256', key).update(message).digest('hex')

describe('the message', () => {
  const parts: [HmacPart, string][] = [
    ['id', 'the-key'],
    ['method', 'POST'],
    ['url', PLACE],
    ['host', 'api.example:8443'],
    [{ header: 'Host' }, 'api.example:8443'],
    ['target', '/a%20b/c?x=1&y=a/b?c'],
    ['path', '/a%20b/c'],
    ['query', 'x=1&y=a/b?c'],
    ['timestamp', String(NOW)],
    ['nonce', 'one-time'],
    ['body', 'the body'],
    ['bodyHash', createHash('md5').update('the body').digest('base64')],
    [{ header: 'Content-Type' }, 'text/plain'],
    [{ header: 'X-Own' }, 'own the-key'],
    [{ header: 'x-none' }, ''],
    [{ text: 'ü{id}' }, 'ü{id}'],
    [{ text: '' }, ''],
  ]
  const asked = {
    method: 'POST',
    url: PLACE,
    headers: { 'content-type': 'text/plain', 'x-own': "the caller's" },
    body: 'the body',
  }
  const sent = {
    'x-signature': '{signature}',
    'X-Own': 'own {id}',
    'x-time': '{timestamp}',
    'x-nonce': '{nonce}',
    'x-hash': '{bodyHash}',
  }

  test.each(parts)('holds %j', (part, text) => {
    const message: HmacPart[] = [{ text: '<' }, part, { text: '>' }]
    const options = { message, headers: sent, body: { hash: 'md5' } as const }
    expect(signature(options, asked)).toBe(hexMac(`<${text}>`))
    expect(signature({ ...options, separator: '|' }, asked)).toBe(hexMac(`<|${text}|>`))
  })

  test('holds all of them in the order given', () => {
    const options = { headers: sent, body: { hash: 'md5' } as const, separator: '\n' }
    for (const some of [parts, parts.toReversed()]) {
      expect(signature({ ...options, message: some.map(([part]) => part) }, asked)).toBe(
        hexMac(some.map(([, text]) => text).join('\n')),
      )
    }
  })

  test.each([
    ['https://api.example', '/', '/', ''],
    ['https://api.example/', '/', '/', ''],
    ['https://api.example?next=/a', '/?next=/a', '/', 'next=/a'],
    ['https://api.example/a?', '/a?', '/a', ''],
    ['https://[::1]:8443/a', '/a', '/a', ''],
    ['http://localhost/#?/', '/', '/', ''],
  ])('takes the target, path and query of %s', (url, target, path, query) => {
    const message: HmacPart[] = ['target', 'path', 'query']
    expect(signature({ message, separator: ' ' }, { url })).toBe(
      hexMac(`${target} ${path} ${query}`),
    )
  })

  test('holds the host that the caller sends, if it is another', () => {
    const asked = { url: PLACE, headers: { host: 'virtual.example' } }
    expect(signature({ message: ['host', { header: 'host' }] }, asked)).toBe(
      hexMac('virtual.examplevirtual.example'),
    )
  })

  test('cannot be made of a relative URL', () => {
    expect(() => signature({}, { url: '/v1/items' })).toThrow(
      expect.objectContaining({ code: 'invalid-url' }),
    )
  })
})

describe('the body', () => {
  const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)

  test.each([
    ['all 256 byte values', everyByte],
    ['what is no UTF-8', new Uint8Array([0xff, 0xfe, 0xc3, 0x28])],
    ['a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, 0x61])],
    ['a view into a larger buffer', everyByte.subarray(10, 20)],
    ['no bytes', new Uint8Array()],
  ])('is signed as it is: %s', (_, body) => {
    const framed = Buffer.concat([Buffer.from('POST.'), body, Buffer.from('.ü')])
    const message: HmacPart[] = ['method', 'body', { text: 'ü' }]
    expect(signature({ message, separator: '.' }, { method: 'POST', body })).toBe(hexMac(framed))
    expect(signature({ message: ['body'] }, { body })).toBe(hexMac(body))
  })

  test('that there is not counts as empty', () => {
    const message: HmacPart[] = ['method', 'body', { text: '!' }]
    expect(signature({ message, separator: '.' })).toBe(hexMac('GET..!'))
  })

  test('may be covered more than once', () => {
    const body = everyByte
    expect(signature({ message: ['body', 'body'] }, { body })).toBe(
      hexMac(Buffer.concat([body, body])),
    )
  })

  test('is never copied, however large', () => {
    const body = new Uint8Array(10 * 1024 * 1024)
    const message = messageOf(['method', 'body', { text: '!' }, 'id'], '.')
    const facts = { id: 'k', timestamp: '', nonce: '', bodyHash: '', url: '', target: '' }
    const pieces = message({ ...facts, request: request({ body }), headers: {} })
    expect([pieces[0], pieces[2], pieces.length]).toEqual(['GET.', '.!.k', 3])
    expect(pieces[1] === body).toBe(true)
  })

  test.each(['ü€😀', '\ufeffa', '', 'line\r\nline', '\ud800'])(
    'is the same as text and as its bytes: %j',
    (text) => {
      const bytes = new TextEncoder().encode(text)
      const hashed = { message: ['bodyHash'] as const, body: { hash: 'sha256' } as const }
      expect(signature({ message: ['body'] }, { body: text })).toBe(hexMac(bytes))
      expect(signature({ message: ['body'] }, { body: bytes })).toBe(hexMac(bytes))
      expect(signature(hashed, { body: text })).toBe(signature(hashed, { body: bytes }))
    },
  )

  test.each(['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const)('is hashed by %s', (hash) => {
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const digest = createHash(hash).update('the body').digest(encoding)
      const options = { message: ['bodyHash'] as const, body: { hash, encoding } }
      expect(signature(options, { body: 'the body' })).toBe(hexMac(digest))
    }
  })

  test('that is empty has the digest of nothing, or what the scheme says', () => {
    const message = ['bodyHash'] as const
    const nothing = createHash('sha256').digest('hex')
    const body = { hash: 'sha256', encoding: 'hex' } as const
    for (const empty of [undefined, '', new Uint8Array()]) {
      const asked = empty === undefined ? {} : { body: empty }
      expect(signature({ message, body }, asked)).toBe(hexMac(nothing))
      expect(signature({ message, body: { ...body, empty: '' } }, asked)).toBe(hexMac(''))
      expect(signature({ message, body: { ...body, empty: 'EMPTY' } }, asked)).toBe(hexMac('EMPTY'))
    }
    expect(signature({ message, body: { ...body, empty: 'EMPTY' } }, { body: 'x' })).toBe(
      hexMac(createHash('sha256').update('x').digest('hex')),
    )
  })
})

describe('the secret', () => {
  const bytes = Buffer.from([0, 1, 0xfb, 0xff, 0x80])

  test.each([
    ['utf8', 'pässwörd€', Buffer.from('pässwörd€')],
    ['utf8', ' a b ', Buffer.from(' a b ')],
    ['base64', bytes.toString('base64'), bytes],
    ['base64', '+/+/', Buffer.from('+/+/', 'base64')],
    ['hex', '0001fbff80', bytes],
    ['hex', '0001FBff80', bytes],
  ] as const)('is %s: %s', (secretEncoding, secret, key) => {
    expect(signature({ secretEncoding, secret })).toBe(hexMac('GET', key))
  })

  test('is its own text unless said otherwise', () => {
    expect(signature({ secret: '00ff' })).toBe(hexMac('GET', '00ff'))
  })

  test('may come from a function, read for each request', () => {
    const secrets = ['one', 'two', 'two', 'one']
    const signer = hmac(scheme({ secret: () => secrets.shift() as string }))
    const signatures = [1, 2, 3, 4].map(() => sign(signer).headers['x-signature'])
    expect(signatures).toEqual(['one', 'two', 'two', 'one'].map((key) => hexMac('GET', key)))
  })

  test('may be promised', async () => {
    const signer = hmac(scheme({ secret: async () => SECRET }))
    const promised = signer.sign(request())
    expect(promised).toBeInstanceOf(Promise)
    expect((await promised).headers).toEqual({ 'x-signature': hexMac('GET') })
  })

  test.each([
    ['base64', 'not base64'],
    ['hex', 'abc'],
    ['utf8', ''],
    ['utf8', undefined],
  ] as const)('of the wrong form from a function: %s %s', async (secretEncoding, value) => {
    const wrong = hmac(scheme({ secretEncoding, secret: () => value as string }))
    const late = hmac(scheme({ secretEncoding, secret: async () => value as string }))
    const error = expect.objectContaining({
      name: 'SigningError',
      code: 'invalid-secret',
      message: expect.stringMatching(/secret/),
    })
    expect(() => wrong.sign(request())).toThrow(error)
    await expect(late.sign(request())).rejects.toEqual(error)
    expect(() => wrong.sign(request())).not.toThrow(value || 'no text')
  })

  test('of a vault that fails is its failure', async () => {
    const failure = new Error('the vault is sealed')
    const signer = hmac(scheme({ secret: () => Promise.reject(failure) }))
    await expect(signer.sign(request())).rejects.toBe(failure)
  })
})

describe('the signature', () => {
  test.each(['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const)('by %s', (hash) => {
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      expect(signature({ hash, encoding })).toBe(
        createHmac(hash, SECRET).update('GET').digest(encoding),
      )
    }
  })

  test('is SHA-256 in base64 unless said otherwise', () => {
    const signer = hmac({ secret: SECRET, message: ['method'], headers: { S: '{signature}' } })
    expect(sign(signer)).toEqual({
      headers: { s: createHmac('sha256', SECRET).update('GET').digest('base64') },
    })
  })

  test('fills every template, each placeholder as often as it stands there', () => {
    const signer = hmac(
      scheme({
        message: ['timestamp', 'nonce', 'bodyHash'],
        body: { hash: 'md5', encoding: 'hex' },
        headers: {
          Authorization: '{id}{id} n={nonce}, t={timestamp}; {signature}={signature}',
          'X-Hash': '{bodyHash}',
          'X-Constant': 'v1',
        },
      }),
    )
    const md5 = createHash('md5').digest('hex')
    const mac = hexMac(`${NOW}one-time${md5}`)
    expect(sign(signer)).toEqual({
      headers: {
        authorization: `the-keythe-key n=one-time, t=${NOW}; ${mac}=${mac}`,
        'x-hash': md5,
        'x-constant': 'v1',
      },
    })
  })

  test('fills a template once: a value that looks like a placeholder stays', () => {
    const signer = hmac(
      scheme({
        id: '{nonce}$1$&',
        message: ['id', 'nonce'],
        nonce: () => '{signature}',
        headers: { 'x-signature': '{id}:{nonce}' + ':{signature}' },
      }),
    )
    expect(sign(signer).headers['x-signature']).toBe(
      `{nonce}$1$&:{signature}:${hexMac('{nonce}$1$&{signature}')}`,
    )
  })

  test.each([
    ['ms', '1795264215678'],
    ['s', '1795264215'],
    ['iso', '2026-11-21T12:30:15.678Z'],
    ['http', 'Sat, 21 Nov 2026 12:30:15 GMT'],
  ] as const)('tells the time as %s', (timestamp, text) => {
    const headers = { 'x-time': '{timestamp}', 'x-signature': '{signature}' }
    const signer = hmac(scheme({ timestamp, headers, message: ['timestamp'] }))
    expect(sign(signer).headers).toEqual({ 'x-time': text, 'x-signature': hexMac(text) })
  })

  test('tells whole milliseconds by a clock that has parts of them', () => {
    const headers = { 'x-time': '{timestamp}', 'x-signature': '{signature}' }
    const signer = hmac(scheme({ headers, now: () => 1.5 + NOW }))
    expect(sign(signer).headers['x-time']).toMatch(/^\d+$/)
  })

  test('holds 128 random bits as a nonce unless said otherwise', () => {
    const { nonce: _, ...random } = scheme({
      message: ['nonce'],
      headers: { 'x-nonce': '{nonce}', 'x-signature': '{signature}' },
    })
    const signer = hmac(random)
    const draw = () => sign(signer).headers['x-nonce']
    const nonces = Array.from({ length: 1000 }, draw)
    expect(new Set(nonces).size).toBe(1000)
    expect(nonces.filter((nonce) => !/^[\da-f]{32}$/.test(nonce ?? ''))).toEqual([])
  })

  test.each([
    ['a line break', 'a\nb'],
    ['no text', ''],
    ['no string', 7],
  ])('holds no nonce that is %s', (_, nonce) => {
    const signer = hmac(
      scheme({
        nonce: () => nonce as string,
        headers: { 'x-nonce': '{nonce}', 'x-signature': '{signature}' },
      }),
    )
    expect(() => sign(signer)).toThrow(
      expect.objectContaining({
        code: 'invalid-secret',
        message: expect.stringContaining('nonce'),
      }),
    )
  })

  test('asks for no nonce that nothing holds', () => {
    const nonce = vi.fn<() => string>(() => 'n')
    sign(hmac(scheme({ nonce })))
    expect(nonce).not.toHaveBeenCalled()
  })

  test('is made anew for every attempt', () => {
    let n = 0
    const signer = hmac(
      scheme({
        now: () => NOW + n,
        nonce: () => `n${n++}`,
        message: ['nonce', 'timestamp'],
        headers: { 'x-signature': '{timestamp} {nonce} {signature}' },
      }),
    )
    expect([1, 2, 3].map(() => sign(signer).headers['x-signature'])).toEqual(
      [0, 1, 2].map((i) => `${NOW + i} n${i} ${hexMac(`n${i}${NOW + i}`)}`),
    )
  })

  test('leaves the request as it is', () => {
    const asked = Object.freeze(
      request({ url: 'https://api.example/%7e', headers: Object.freeze({ 'x-signature': 'old' }) }),
    )
    const given = structuredClone(asked)
    sign(hmac(scheme({ target: 'normalized', message: ['target'] })), asked)
    expect(asked).toEqual(given)
  })
})

describe('the target', () => {
  const url = "https://api.example/%7euser/a[b]'c?d='e'&f=g[]|h?"
  const normalized = "https://api.example/~user/a%5Bb%5D'c?d=%27e%27&f=g[]%7Ch?"

  test('is signed as it is sent', () => {
    const signer = hmac(scheme({ message: ['url'] }))
    expect(sign(signer, { url })).toEqual({ headers: { 'x-signature': hexMac(url) } })
    expect(sign(signer, { url })).not.toHaveProperty('url')
  })

  test('is sent as it is signed, where it is normalized', () => {
    const signer = hmac(scheme({ message: ['url'], target: 'normalized' }))
    const headers = { 'x-signature': hexMac(normalized) }
    expect(sign(signer, { url })).toEqual({ headers, url: normalized })
    expect(sign(signer, { url: normalized })).toEqual({ headers })
    expect(sign(signer, { url: normalized })).not.toHaveProperty('url')
  })

  test('that is normalized is what a client sends for it', () => {
    expect(new URL(normalized).href).toBe(normalized)
  })
})

describe('what a client must know', () => {
  test.each([
    [['body'], true, false],
    [['bodyHash'], true, false],
    [['target'], false, true],
    [['path'], false, true],
    [['query'], false, true],
    [['url'], false, true],
    [['method'], false, true],
    [['nonce'], false, true],
    [['id', 'timestamp', 'host', { text: 'x' }, { header: 'x' }], false, false],
  ] as [HmacPart[], boolean, boolean][])('of %j', (message, readsBody, readsTarget) => {
    const headers = { 'x-signature': '{timestamp} {signature}' }
    const nonce = message.includes('nonce') ? { 'x-nonce': '{nonce}' } : {}
    const body = message.includes('bodyHash') ? { body: { hash: 'md5' } as const } : {}
    const signer = hmac(scheme({ message, headers: { ...headers, ...nonce }, ...body }))
    expect(signer).toMatchObject({ readsBody, readsTarget, refusals: [401] })
  })

  test('that the body is read for a header that holds its digest', () => {
    const headers = { digest: '{bodyHash}', 'x-signature': '{signature}' }
    expect(hmac(scheme({ headers, body: { hash: 'sha256' } })).readsBody).toBe(true)
  })

  test('which statuses refuse a signature', () => {
    const refusals = [400, 403]
    const signer = hmac(scheme({ refusals }))
    refusals.push(500)
    expect(signer.refusals).toEqual([400, 403])
  })
})

describe("the caller's own Authorization", () => {
  const headers = { authorization: 'Basic eDp5' }
  const nonce = vi.fn<() => string>(() => 'n')

  test('is kept, and costs neither nonce nor secret', () => {
    const secret = vi.fn<() => string>(() => SECRET)
    const signer = hmac(
      scheme({
        secret,
        nonce,
        headers: { Authorization: '{nonce} {signature}', 'x-time': '{timestamp}' },
      }),
    )
    const signature = sign(signer, { headers })
    expect(signature).toEqual({ headers: {} })
    expect(nonce).not.toHaveBeenCalled()
    expect(secret).not.toHaveBeenCalled()
    expect(signer.recover?.({ ...refused, signature })).toBe(false)
  })

  test('is no matter of a scheme that does not send one', () => {
    expect(signature({}, { headers })).toBe(hexMac('GET'))
    expect(signature({ message: [{ header: 'Authorization' }] }, { headers })).toBe(
      hexMac('Basic eDp5'),
    )
  })

  const refused = {
    status: 401,
    headers: new Headers({ date: new Date(NOW + 3_600_000).toUTCString() }),
    request: request(),
    text: async () => '',
  }
})

describe('a declaration is refused', () => {
  const cases: [string, string, unknown][] = [
    ['message', 'without parts', { message: [] }],
    ['message', 'without a message', { message: undefined }],
    ['message', 'with a text for a message', { message: 'method' }],
    ['message', 'with an unknown part', { message: ['method', 'verb'] }],
    ['message', 'with a part named like a method of objects', { message: ['toString'] }],
    ['message', 'with a part that is nothing', { message: [null] }],
    ['message', 'with a number for a part', { message: [1] }],
    ['message', 'with an empty object for a part', { message: [{}] }],
    ['message', 'with a list for a part', { message: [['method']] }],
    ['message', 'with two parts in one', { message: [{ text: 'a', header: 'b' }] }],
    ['message', 'with a text that is none', { message: [{ text: 1 }] }],
    ['message', 'with a header that cannot be', { message: [{ header: 'a b' }] }],
    [
      'message',
      'over its own signature',
      { message: [{ header: 'AUTHORIZATION' }], headers: { Authorization: 'x {signature}' } },
    ],
    [
      'message',
      'over its own signature among other parts',
      { message: ['method', { header: 's' }, 'path'], headers: { s: '{signature}' } },
    ],
    ['headers', 'without headers', { headers: undefined }],
    ['headers', 'with null for headers', { headers: null }],
    ['headers', 'with a text for headers', { headers: '{signature}' }],
    ['headers', 'with no header', { headers: {} }],
    ['headers', 'without a signature', { headers: { 'x-id': '{id}' } }],
    ['headers', 'with an unknown placeholder', { headers: { s: '{signature}', k: '{key}' } }],
    ['headers', 'with a misspelt placeholder', { headers: { s: '{signature}', k: '{ id }' } }],
    ['headers', 'with an empty placeholder', { headers: { s: '{signature}{}' } }],
    ['headers', 'with a name that cannot be', { headers: { 'a b': '{signature}' } }],
    ['headers', 'with one header twice', { headers: { A: '{signature}', a: '{signature}' } }],
    ['headers.s', 'with a value that cannot be', { headers: { s: '{signature}\r\n' } }],
    ['headers.s', 'with an empty value', { headers: { s: '' } }],
    ['headers.s', 'with a value that is none', { headers: { s: 1 } }],
    ['headers', 'with a timestamp that is not sent', { message: ['timestamp'] }],
    ['headers', 'with a nonce that is not sent', { message: ['nonce'] }],
    ['id', 'without the id that it signs', { id: undefined, message: ['id'] }],
    ['id', 'with an id that no header can carry', { id: 'ä', headers: { s: '{id} {signature}' } }],
    ['secret', 'without a secret', { secret: undefined }],
    ['secret', 'with an empty secret', { secret: '' }],
    ['secret', 'with bytes for a secret', { secret: new Uint8Array(3) }],
    ['secret', 'with base64 that has a space', { secret: 'AA AA', secretEncoding: 'base64' }],
    ['secret', 'with base64 that is unpadded', { secret: 'AAA', secretEncoding: 'base64' }],
    ['secret', 'with base64 of another alphabet', { secret: 'AA_A', secretEncoding: 'base64' }],
    ['secret', 'with base64 for URLs', { secret: 'AA-A', secretEncoding: 'base64' }],
    ['secret', 'with base64 for URLs at its end', { secret: 'A_==', secretEncoding: 'base64' }],
    ['secret', 'with base64 and a line break', { secret: 'AAAA\n', secretEncoding: 'base64' }],
    ['secret', 'with padding amid base64', { secret: 'AA==AAAA', secretEncoding: 'base64' }],
    ['secret', 'with half a byte of hex', { secret: 'abc', secretEncoding: 'hex' }],
    ['secret', 'with hex that is none', { secret: '0x00', secretEncoding: 'hex' }],
    ['secretEncoding', 'with an unknown one', { secretEncoding: 'ascii' }],
    ['separator', 'with a number', { separator: 0 }],
    ['hash', 'with an unknown one', { hash: 'SHA256' }],
    ['hash', 'with nothing', { hash: null }],
    ['encoding', 'with an unknown one', { encoding: 'utf8' }],
    ['body', 'without the rule of a digest', { message: ['bodyHash'] }],
    ['body', 'with a rule that nothing uses', { body: { hash: 'md5' } }],
    ['body.hash', 'without its hash', { message: ['bodyHash'], body: {} }],
    ['body.hash', 'with an unknown one', { message: ['bodyHash'], body: { hash: 'crc32' } }],
    [
      'body.encoding',
      'with an unknown one',
      { message: ['bodyHash'], body: { hash: 'md5', encoding: 'raw' } },
    ],
    ['body.empty', 'with a number', { message: ['bodyHash'], body: { hash: 'md5', empty: 0 } }],
    [
      'body.empty',
      'with a line break',
      { message: ['bodyHash'], body: { hash: 'md5', empty: '\n' } },
    ],
    ['timestamp', 'with an unknown one', { timestamp: 'µs' }],
    ['target', 'with an unknown one', { target: 'raw' }],
    ['refusals', 'with a status', { refusals: 401 }],
    ['refusals', 'with none', { refusals: [] }],
    ['refusals', 'with a success', { refusals: [401, 200] }],
    ['refusals', 'with a text', { refusals: ['401'] }],
    ['nonce', 'with a text', { nonce: 'n' }],
    ['now', 'with an instant', { now: NOW }],
    ['maxClockOffset', 'with a negative number', { maxClockOffset: -1 }],
    ['maxClockOffset', 'with a text', { maxClockOffset: '1h' }],
  ]
  test.each(cases)('by the name of %s: %s', (option, _, changes) => {
    const build = () => hmac(scheme(changes as Partial<HmacScheme>))
    expect(build).toThrow(OptionError)
    expect(build).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        option,
        message: expect.stringMatching(RegExp(`^${option} `)),
      }),
    )
  })

  test.each<[string, unknown]>([
    ['has no part "verb"', { message: ['method', 'verb'] }],
    ['has no part of this kind', { message: [{}] }],
    [
      'cannot cover s, which holds the signature',
      { message: [{ header: 'S' }], headers: { s: '{signature}' } },
    ],
    ['takes an object of names and templates, not this string', { headers: '{signature}' }],
    ['holds s twice', { headers: { S: '{signature}', s: '{signature}' } }],
    [
      'takes {id}, {timestamp}, {nonce}, {bodyHash}, {signature}, not {key}',
      { headers: { s: '{signature} {key}' } },
    ],
    [
      'must hold {nonce}, which the message covers: no server could verify it',
      { message: ['nonce'] },
    ],
    ['takes one of md5, sha1, sha256, sha384, sha512, not this string', { hash: 'sha3' }],
  ])('with the words: %s', (words, changes) => {
    expect(() => hmac(scheme(changes as Partial<HmacScheme>))).toThrow(words)
  })

  test('that is missing altogether', () => {
    expect(() => hmac(undefined as unknown as HmacScheme)).toThrow(OptionError)
    expect(() => hmac({} as HmacScheme)).toThrow(OptionError)
  })

  test('without a word of its secret', () => {
    const secret = 'my secret, not base64'
    const build = () => hmac(scheme({ secret, secretEncoding: 'base64' }))
    expect(build).toThrow(/^secret takes base64 /)
    expect(build).not.toThrow(secret)
  })
})

test('what cannot be signed is no mistake of the declaration', () => {
  const signer = hmac(scheme({ secret: () => '' }))
  expect(() => signer.sign(request())).toThrow(SigningError)
  expect(() => signer.sign(request())).not.toThrow(OptionError)
})
