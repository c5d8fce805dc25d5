import { createHash } from 'node:crypto'
import { type AwsCredentials, OptionError, type Provider, SigningError } from '@countersign/core'
import { explain, type Sigv4Options, sigv4 } from '@countersign/core/sigv4'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { digester } from '../src/digest.ts'
import { request, sign } from './support/sign.ts'
import { LONG_LIVED, NOW, s3, scopeOf, session, signedHeaders } from './support/sigv4.ts'

afterEach(() => vi.restoreAllMocks())

const EMPTY = createHash('sha256').digest('hex')
const api = (changes: Partial<Sigv4Options> = {}) => s3({ service: 'execute-api', ...changes })
const parts = async (options: Sigv4Options, asked: Parameters<typeof request>[0]) =>
  (await explain(options, request(asked))).parts

describe('a signature', () => {
  test('is in the headers, with its time', () => {
    expect(sign(sigv4(api()))).toEqual({
      headers: {
        'x-amz-date': '20261121T123015Z',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261121\/us-east-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[\da-f]{64}$/,
        ),
      },
    })
  })

  test('has the session token in it, and covers it', () => {
    const { headers } = sign(sigv4(api({ credentials: session(1) })))
    expect(headers['x-amz-security-token']).toBe('session/1==')
    expect(signedHeaders(headers.authorization)).toBe('host;x-amz-date;x-amz-security-token')
  })

  test('changes nothing that it is given', () => {
    const asked = Object.freeze({
      method: 'PUT',
      url: 'https://b.s3.amazonaws.com/a+b?c',
      headers: Object.freeze({ 'content-type': 'text/plain' }),
      body: 'x',
    })
    const credentials = Object.freeze(session(1))
    const options = Object.freeze(s3({ credentials }))
    expect(sign(sigv4(options), asked).headers.authorization).toBeDefined()
    expect(options.credentials).toBe(credentials)
  })

  test('says what it needs: the body, the target, and which refusals concern it', () => {
    expect(sigv4(s3())).toMatchObject({
      readsBody: true,
      readsTarget: true,
      refusals: [400, 403],
    })
    expect(sigv4(s3({ unsignedPayload: true }))).toMatchObject({
      readsBody: false,
      readsTarget: true,
    })
  })

  test('waits for credentials that are promised, and for nothing else', async () => {
    const signer = sigv4(s3({ credentials: async () => session(1) }))
    const { headers } = await signer.sign(request())
    expect(headers).toEqual(sign(sigv4(s3({ credentials: session(1) }))).headers)
  })

  test("keeps the caller's own Authorization, and asks for no credentials", () => {
    const credentials = vi.fn<Provider<AwsCredentials>>(() => session(1))
    const signer = sigv4(s3({ credentials }))
    expect(sign(signer, { headers: { authorization: 'Basic eDp5' } })).toEqual({ headers: {} })
    expect(sign(signer, { url: 'https://b.s3.amazonaws.com/a?x=1&X-Amz-Signature=abc' })).toEqual({
      headers: {},
    })
    expect(credentials).not.toHaveBeenCalled()
    expect(
      sign(signer, { url: 'https://b.s3.amazonaws.com/X-Amz-Signature=abc' }).headers,
    ).toHaveProperty('authorization')
  })

  test("has its own time and token instead of the caller's", async () => {
    const headers = { 'x-amz-date': '19990101T000000Z', 'x-amz-security-token': 'stale' }
    const signer = sigv4(s3({ credentials: session(1) }))
    expect(sign(signer, { headers })).toEqual(sign(signer))
    const { headers: covered } = await parts(s3(), { headers })
    expect(covered).toMatchObject({ 'x-amz-date': '20261121T123015Z' })
  })

  test('cannot be made of a relative URL', () => {
    expect(() => sign(sigv4(s3()), { url: '/v1' })).toThrow(
      expect.objectContaining({ code: 'invalid-url' }),
    )
  })
})

describe('the body', () => {
  const hashed = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')

  test.each([
    ['none', undefined, EMPTY],
    ['an empty text', '', EMPTY],
    ['no bytes', new Uint8Array(), EMPTY],
    ['a text', 'Grüße', hashed('Grüße')],
    ['bytes', new Uint8Array([0xff, 0, 1]), hashed(new Uint8Array([0xff, 0, 1]))],
  ])('is covered by its hash, which S3 is told: %s', async (_, body, hash) => {
    const asked = body === undefined ? {} : { body }
    const { headers } = sign(sigv4(s3()), asked)
    expect(headers['x-amz-content-sha256']).toBe(hash)
    expect(signedHeaders(headers.authorization)).toContain('x-amz-content-sha256')
    expect((await parts(s3(), asked)).bodyHash).toBe(hash)
    expect((await parts(api(), asked)).bodyHash).toBe(hash)
    expect(sign(sigv4(api()), asked).headers).not.toHaveProperty('x-amz-content-sha256')
  })

  test.each(['s3', 'execute-api'])('is not covered by choice: %s', async (service) => {
    const options = s3({ service, unsignedPayload: true })
    const { headers } = sign(sigv4(options))
    expect(headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD')
    expect(signedHeaders(headers.authorization)).toContain('x-amz-content-sha256')
    expect((await parts(options, {})).bodyHash).toBe('UNSIGNED-PAYLOAD')
  })

  test.each([true, false])('has the hash that the caller knows', async (unsignedPayload) => {
    const hash = vi.spyOn(digester, 'hash')
    const headers = { 'x-amz-content-sha256': ` ${EMPTY.toUpperCase()} ` }
    for (const options of [s3({ unsignedPayload }), api({ unsignedPayload })]) {
      const { bodyHash, headers: covered } = await parts(options, { headers, body: 'other' })
      expect(bodyHash).toBe(EMPTY.toUpperCase())
      expect(covered['x-amz-content-sha256']).toBe(EMPTY.toUpperCase())
    }
    expect(hash.mock.calls.filter(([, data]) => data === 'other')).toEqual([])
  })
})

describe('the headers', () => {
  test.each([
    ['https://api.example/a', 'api.example'],
    ['https://api.example:443/a', 'api.example'],
    ['https://api.example:8443/a', 'api.example:8443'],
    ['http://localhost:80/a', 'localhost'],
    ['http://localhost:9000?a', 'localhost:9000'],
    ['http://127.0.0.1:9000', '127.0.0.1:9000'],
    ['https://API.example/a', 'api.example'],
    ['https://[::1]:9000/a', '[::1]:9000'],
    ['https://[::1]/a', '[::1]'],
    ['https://bücher.example/a', 'xn--bcher-kva.example'],
    ['https://user:pass@api.example/a', 'api.example'],
  ])('hold the host as it is sent: %s', async (url, host) => {
    expect((await parts(s3(), { url })).headers.host).toBe(host)
    const headers = { host: 'virtual.example' }
    expect((await parts(s3(), { url, headers })).headers.host).toBe('virtual.example')
  })

  test('are those that arrive as they were sent', async () => {
    const headers = {
      'content-type': 'text/plain',
      'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==',
      'content-encoding': 'gzip',
      date: 'Sat, 21 Nov 2026 12:30:15 GMT',
      range: 'bytes=0-9',
      'if-none-match': '*',
      'x-amz-acl': 'private',
      'x-amz-meta-a': '',
      'x-api-key': 'k',
      'x-own': 'o',
      teapot: 't',
      constructor: 'c',
    }
    const { signedHeaders: names } = await parts(api(), { headers })
    expect(names.split(';')).toEqual([...Object.keys(headers), 'host', 'x-amz-date'].sort())
  })

  test.each(
    `accept accept-encoding accept-language cache-control connection content-length cookie
      dnt expect forwarded from keep-alive max-forwards origin pragma priority
      proxy-authorization proxy-connection referer sec-fetch-mode te trailer transfer-encoding
      upgrade upgrade-insecure-requests user-agent via x-amzn-trace-id x-forwarded-for
      traceparent tracestate baggage`.split(/\s+/),
  )('do not hold %s, which clients, tracers or proxies add and change', (name) => {
    const signer = sigv4(s3())
    expect(sign(signer, { headers: { [name]: 'one' } }).headers).toEqual(sign(signer).headers)
  })

  test('are folded: what surrounds a value, and rows of spaces in it', async () => {
    const { headers } = await parts(api(), {
      headers: { 'x-a': ' \t a   b\t c ', 'x-b': '"a   b"', 'x-c': 'a, b,c' },
    })
    expect(headers).toMatchObject({ 'x-a': 'a b c', 'x-b': '"a b"', 'x-c': 'a, b,c' })
  })

  test('are not folded where only a browser sees white space', async () => {
    const value = '\u00a0a\u00a0\u00a0b\u2003'
    const { headers } = await parts(api(), { headers: { 'x-a': ` ${value} ` } })
    expect(headers['x-a']).toBe(value)
  })

  test('are those of each request, whatever a signer has covered before', () => {
    let credentials = LONG_LIVED
    const signer = sigv4(api({ credentials: () => credentials }))
    for (const names of ['a b', 'a c', 'd c', 'a', 'a b', '', 'c d', 'a b c'].map((text) =>
      text.split(' '),
    )) {
      const headers = Object.fromEntries(names.filter(Boolean).map((name) => [`x-${name}`, '1']))
      for (const some of [LONG_LIVED, session(1)]) {
        credentials = some
        expect(sign(signer, { headers })).toEqual(sign(sigv4(api({ credentials })), { headers }))
      }
    }
  })

  test('hold a content type with the body that it belongs to, and not without', async () => {
    const headers = { 'content-type': 'multipart/form-data', 'x-own': 'o' }
    const names = async (changes: Partial<Sigv4Options>) =>
      (await parts(api(changes), { headers })).signedHeaders.split(';')
    expect(await names({})).toContain('content-type')
    expect(await names({ unsignedPayload: true })).not.toContain('content-type')
    expect(await names({ unsignedPayload: true })).toContain('x-own')
  })

  test('are in order by their names, not by their lines', async () => {
    const { signedHeaders: names } = await parts(api(), {
      headers: { 'x-amz-meta-a-b': '1', 'x-amz-meta-a': '2', 'x-amz-meta': '3', z: '4', a: '5' },
    })
    expect(names).toBe('a;host;x-amz-date;x-amz-meta;x-amz-meta-a;x-amz-meta-a-b;z')
  })
})

describe('the query', () => {
  const ORIGIN = 'https://api.example/'
  test.each([
    ['', '', ''],
    ['?', '', ''],
    ['?acl', '?acl', 'acl='],
    ['?acl=', '?acl=', 'acl='],
    ['?b=2&a=1', '?b=2&a=1', 'a=1&b=2'],
    ['?a=2&a=1&a', '?a=2&a=1&a', 'a=&a=1&a=2'],
    ['?a-b=1&a=2&a%25=3', '?a-b=1&a=2&a%25=3', 'a=2&a%25=3&a-b=1'],
    ['?B=1&a=2&A=3&_=4&~=5', '?B=1&a=2&A=3&_=4&~=5', 'A=3&B=1&_=4&a=2&~=5'],
    ['?a=b+c', '?a=b%20c', 'a=b%20c'],
    ['?a+b=c', '?a%20b=c', 'a%20b=c'],
    ['?a=%2B', '?a=%2B', 'a=%2B'],
    ['?a=%7e%41%2f', '?a=~A%2F', 'a=~A%2F'],
    ["?a='()*!", '?a=%27%28%29%2A%21', 'a=%27%28%29%2A%21'],
    ['?a=b=c/d:e', '?a=b%3Dc%2Fd%3Ae', 'a=b%3Dc%2Fd%3Ae'],
    ['?a=100%', '?a=100%25', 'a=100%25'],
    ['?a=%zz%4', '?a=%25zz%254', 'a=%25zz%254'],
    ['?a=ü😀\ud800', '?a=%C3%BC%F0%9F%98%80%EF%BF%BD', 'a=%C3%BC%F0%9F%98%80%EF%BF%BD'],
    ['?a=\t\u007f', '?a=%09%7F', 'a=%09%7F'],
    ['?=v', '?=v', '=v'],
    ['?!=v', '?%21=v', '%21=v'],
    ['?a=1&!=v', '?a=1&%21=v', '%21=v&a=1'],
    ['?a=1&b=!', '?a=1&b=%21', 'a=1&b=%21'],
    ['?&&a=1&', '?a=1', 'a=1'],
    ['?a=1?b', '?a=1%3Fb', 'a=1%3Fb'],
  ])('of %j is sent as %j and signed as %j', async (query, sent, signed) => {
    for (const options of [s3(), api()]) {
      const url = `${ORIGIN}${query}`
      expect((await parts(options, { url })).query).toBe(signed)
      const patch = sign(sigv4(options), { url })
      expect(patch.url ?? url).toBe(`${ORIGIN}${sent}`)
      expect(patch.url === undefined).toBe(query === sent)
    }
  })
})

describe('the path', () => {
  const ORIGIN = 'https://b.s3.amazonaws.com'
  test.each([
    ['', '', '/'],
    ['/', '/', '/'],
    ['/a/b.txt', '/a/b.txt', '/a/b.txt'],
    ['//a//', '//a//', '//a//'],
    ['/a%20b', '/a%20b', '/a%20b'],
    ['/a+b', '/a%2Bb', '/a%2Bb'],
    ['/a%2bb', '/a%2Bb', '/a%2Bb'],
    ['/test$file.text', '/test%24file.text', '/test%24file.text'],
    ["/!'()*,;:@&=[]", '/%21%27%28%29%2A%2C%3B%3A%40%26%3D%5B%5D', undefined],
    ['/%41%7e', '/A~', '/A~'],
    ['/a%2Fb%2f', '/a/b/', '/a/b/'],
    ['/100%/%zz', '/100%25/%25zz', '/100%25/%25zz'],
    ['/%25', '/%25', '/%25'],
    ['/%A/%Az', '/%25A/%25Az', '/%25A/%25Az'],
    ['/a%2Db', '/a-b', '/a-b'],
    ['/ü', '/%C3%BC', '/%C3%BC'],
    // Sent bare these would be a way up, and a longer key is a shorter one.
    ['/a%2F..%2Fb+c', '/a%2F..%2Fb%2Bc', '/a/../b%2Bc'],
    ['/a%2f%2e', '/a%2F.', '/a/.'],
    ['/a%2F...', '/a/...', '/a/...'],
  ])('of an S3 key %j is sent as %j', async (path, sent, signed = sent) => {
    const url = `${ORIGIN}${path}`
    expect((await parts(s3(), { url })).path).toBe(signed)
    const patch = sign(sigv4(s3()), { url })
    expect(patch.url ?? url).toBe(`${ORIGIN}${sent}`)
    expect(patch.url === undefined).toBe(path === sent)
  })

  test.each([
    ['/a/b.txt', '/a/b.txt'],
    ['/a%20b', '/a%2520b'],
    ['/%C3%BC', '/%25C3%25BC'],
    ['/@connections/abc=', '/%40connections/abc%3D'],
    ["/!'()*+", '/%21%27%28%29%2A%2B'],
    ['//a//b/', '/a/b/'],
    ['/a/./b/../c', '/a/c'],
    ['/../..', '/'],
    ['/a/..', '/'],
    ['/.hidden/..x', '/.hidden/..x'],
  ])('of another service, %j, is signed as %j and sent as it is', async (path, signed) => {
    const url = `https://api.example${path}`
    expect((await parts(api(), { url })).path).toBe(signed)
    expect(sign(sigv4(api()), { url }).url).toBeUndefined()
  })

  test.each([
    ['s3', true],
    ['s3-outposts', true],
    ['s3-object-lambda', true],
    ['s3express', true],
    ['s3tables', false],
    ['like-s3', false],
    ['execute-api', false],
  ])('goes by the rules of the service: %s', async (service, single) => {
    const { path } = await parts(s3({ service }), { url: 'https://b.example//a%20b' })
    expect(path).toBe(single ? '//a%20b' : '/a%2520b')
  })

  test('goes by other rules if it is told to', async () => {
    const url = 'https://b.example//a%20b/../c'
    const path = async (changes: Partial<Sigv4Options>) => (await parts(s3(changes), { url })).path
    expect(await path({ normalizePath: true })).toBe('/c')
    expect(await path({ doubleEncode: true })).toBe('//a%2520b/../c')
    expect(await path({ service: 'x', normalizePath: false })).toBe('//a%2520b/../c')
    expect(await path({ service: 'x', doubleEncode: false })).toBe('/c')
  })
})

describe('the key', () => {
  const DERIVATION = 5

  /** How often a key was made ready while that went on. */
  async function derivations(act: () => unknown): Promise<number> {
    const spy = vi.spyOn(digester, 'hmac')
    await act()
    const { length } = spy.mock.calls
    spy.mockRestore()
    return length
  }

  test('is derived once for a day, a region, a service and credentials', async () => {
    const local = { time: NOW }
    let credentials = session(1)
    // A new object each time, as a provider that keeps none has it.
    const signer = sigv4(s3({ credentials: () => ({ ...credentials }), now: () => local.time }))
    const twice = () => [sign(signer), sign(signer)]
    expect(await derivations(twice)).toBe(DERIVATION)
    expect(await derivations(twice)).toBe(0)
    local.time += 3_600_000
    expect(await derivations(twice)).toBe(0)
    credentials = session(2)
    expect(await derivations(twice)).toBe(DERIVATION)
    local.time += 12 * 3_600_000
    expect(await derivations(twice)).toBe(DERIVATION)
    expect(scopeOf(sign(signer).headers.authorization)).toBe(
      'ASIA2/20261122/us-east-1/s3/aws4_request',
    )
  })

  test('is still there for what alternates, and a handful of them at most', async () => {
    let n = 0
    const signer = sigv4(s3({ credentials: () => session(n) }))
    const once = (which: number) => {
      n = which
      return derivations(() => sign(signer))
    }
    expect(await once(1)).toBe(DERIVATION)
    expect(await once(2)).toBe(DERIVATION)
    expect([await once(1), await once(2), await once(1)]).toEqual([0, 0, 0])
    for (const which of [3, 4, 5]) expect(await once(which)).toBe(DERIVATION)
    expect(await once(5)).toBe(0)
    expect(await once(1)).toBe(DERIVATION)
  })

  test('is not taken for that of credentials with but one part in common', async () => {
    const [one, two] = [session(1), session(2)]
    const mixtures: AwsCredentials[] = [
      one,
      { ...one, accessKeyId: two.accessKeyId },
      { ...one, secretAccessKey: two.secretAccessKey },
      { ...one, sessionToken: two.sessionToken as string },
      { accessKeyId: one.accessKeyId, secretAccessKey: one.secretAccessKey },
    ]
    let credentials = one
    const signer = sigv4(s3({ credentials: () => credentials }))
    for (const mixture of mixtures) {
      credentials = mixture
      expect(sign(signer)).toEqual(sign(sigv4(s3({ credentials: mixture }))))
    }
  })

  test('is of one triple, read once, however often its object changes', () => {
    let reads = 0
    const next = () => session(Math.floor(reads++ / 3))
    const shifting: AwsCredentials = {
      get accessKeyId() {
        return next().accessKeyId
      },
      get secretAccessKey() {
        return next().secretAccessKey
      },
      get sessionToken() {
        return next().sessionToken as string
      },
    }
    const signer = sigv4(s3({ credentials: () => shifting }))
    for (const n of [0, 1, 2]) {
      expect(sign(signer)).toEqual(sign(sigv4(s3({ credentials: session(n) }))))
    }
    expect(reads).toBe(9)
  })

  test('stays that of the credentials as they were given', () => {
    const credentials = { ...session(1) }
    const signer = sigv4(s3({ credentials }))
    const before = sign(signer)
    Object.assign(credentials, session(2))
    expect(sign(signer)).toEqual(before)
  })
})

describe('a mistake is told by the name of its option', () => {
  const changes: [string, string, object][] = [
    ['credentials', 'missing', { credentials: undefined }],
    ['credentials', 'a text', { credentials: 'AKID' }],
    ['credentials', 'null', { credentials: null }],
    ['credentials.accessKeyId', 'missing', { credentials: { secretAccessKey: 'x' } }],
    ['credentials.accessKeyId', 'empty', { credentials: { ...LONG_LIVED, accessKeyId: '' } }],
    ['credentials.accessKeyId', 'a comma', { credentials: { ...LONG_LIVED, accessKeyId: 'a,b' } }],
    ['credentials.accessKeyId', 'a space', { credentials: { ...LONG_LIVED, accessKeyId: 'a b' } }],
    ['credentials.secretAccessKey', 'missing', { credentials: { accessKeyId: 'x' } }],
    [
      'credentials.secretAccessKey',
      'with a line break',
      { credentials: { ...LONG_LIVED, secretAccessKey: 'hush-hush\n' } },
    ],
    ['credentials.sessionToken', 'empty', { credentials: { ...LONG_LIVED, sessionToken: '' } }],
    ['credentials.sessionToken', 'null', { credentials: { ...LONG_LIVED, sessionToken: null } }],
    ['region', 'missing', { region: undefined }],
    ['region', 'empty', { region: '' }],
    ['region', 'with a slash', { region: 'us/east' }],
    ['region', 'with a line break', { region: 'us-east-1\n' }],
    ['region', 'not a text', { region: ['us-east-1'] }],
    ['service', 'missing', { service: undefined }],
    ['service', 'empty', { service: '' }],
    ['service', 'with a space', { service: 'exec api' }],
    ['unsignedPayload', 'a text', { unsignedPayload: 'true' }],
    ['unsignedPayload', 'null', { unsignedPayload: null }],
    ['normalizePath', 'a number', { normalizePath: 0 }],
    ['doubleEncode', 'a text', { doubleEncode: 'no' }],
    ['now', 'a number', { now: 0 }],
    ['maxClockOffset', 'negative', { maxClockOffset: -1 }],
    ['maxClockOffset', 'not a number', { maxClockOffset: Number.NaN }],
  ]
  test.each(changes)('%s: %s', (option, _, change) => {
    const options = s3(change as Partial<Sigv4Options>)
    for (const build of [() => sigv4(options), () => explain(options, request())]) {
      expect(build).toThrow(OptionError)
      expect(build).toThrow(expect.objectContaining({ option, code: 'invalid-option' }))
      expect(build).not.toThrow(/hush/)
    }
  })

  test('no options at all', () => {
    expect(() => sigv4(undefined as unknown as Sigv4Options)).toThrow(OptionError)
    expect(() => sigv4({} as Sigv4Options)).toThrow(OptionError)
  })

  test.each([
    ['credentials', undefined],
    ['credentials', null],
    ['credentials.accessKeyId', 'AKID'],
    ['credentials.accessKeyId', {}],
    ['credentials.secretAccessKey', { accessKeyId: 'a', secretAccessKey: 'hush-hush\n' }],
    ['credentials.sessionToken', { ...LONG_LIVED, sessionToken: '' }],
  ])('%s of a source', async (option, credentials) => {
    const source = () => credentials as AwsCredentials
    const error = expect.objectContaining({
      code: 'invalid-secret',
      message: expect.stringMatching(new RegExp(`^The source of ${option} takes .*, not `)),
    })
    expect(() => sign(sigv4(s3({ credentials: source })))).toThrow(SigningError)
    expect(() => sign(sigv4(s3({ credentials: source })))).toThrow(error)
    expect(() => sign(sigv4(s3({ credentials: source })))).not.toThrow(/hush/)
    const late = sigv4(s3({ credentials: async () => source() }))
    await expect(late.sign(request())).rejects.toEqual(error)
  })

  test('a source that fails, fails the signature', async () => {
    const failure = new Error('no vault')
    const signer = sigv4(s3({ credentials: () => Promise.reject(failure) }))
    await expect(signer.sign(request())).rejects.toBe(failure)
  })

  test("a caller's abort is passed on to the source", async () => {
    const { signal } = new AbortController()
    const credentials = vi.fn<Provider<AwsCredentials>>(() => session(1))
    const signer = sigv4(s3({ credentials }))
    await signer.sign({ ...request(), signal })
    await signer.sign(request())
    expect(credentials.mock.calls).toEqual([[{ signal }], [undefined]])
  })
})
