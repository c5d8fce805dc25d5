import { apiKey, basic, header, OptionError, type Signer, userAgent } from '@countersign/core'
import { describe, expect, test, vi } from 'vitest'
import { request, sign } from './support/sign.ts'

/** What every option that ends in a header refuses. */
const unsendable: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['no text', ''],
  ['a number', 7],
  ['a line break', 'se\ncret'],
  ['a carriage return', 'se\rcret'],
  ['a NUL', 'se\0cret'],
  ['a tab', 'se\tcret'],
  ['a space at the start', ' secret'],
  ['a space at the end', 'secret '],
  ['an umlaut', 'sécret'],
]

const refuses = (build: () => Signer, option: string) => {
  expect(build).toThrow(OptionError)
  expect(build).toThrow(
    expect.objectContaining({
      option,
      message: expect.stringMatching(RegExp(`^${option} takes `)),
    }),
  )
  expect(build).not.toThrow(/s[eé]\W?cret/)
}

/** A constant gives one frozen signature; a function is read for each request. */
async function readsLikeEverySecret(build: (secret: string | (() => unknown)) => Signer) {
  const constant = build('one')
  expect(sign(constant)).toBe(sign(constant))
  expect(Object.isFrozen(sign(constant).headers)).toBe(true)

  const secrets = ['one', 'one', 'two']
  const read = build(() => secrets.shift())
  const [first, second, third] = [sign(read), sign(read), sign(read)]
  expect(first).toEqual(sign(constant))
  expect(second).toBe(first)
  expect(third).toEqual(sign(build('two')))

  const promised = build(async () => 'one').sign(request())
  expect(promised).toBeInstanceOf(Promise)
  expect(await promised).toEqual(first)

  const failure = new Error('the vault is sealed')
  await expect(build(() => Promise.reject(failure)).sign(request())).rejects.toBe(failure)
  for (const wrong of [undefined, '', 7, 'a\nb']) {
    const error = expect.objectContaining({ name: 'SigningError', code: 'invalid-secret' })
    expect(() => build(() => wrong).sign(request())).toThrow(error)
    await expect(build(async () => wrong).sign(request())).rejects.toEqual(error)
  }
}

describe('header', () => {
  test('puts a header on, by its lower-case name', () => {
    expect(sign(header('X-Tenant', 'acme inc.'))).toEqual({ headers: { 'x-tenant': 'acme inc.' } })
  })

  test("keeps the caller's own, and does not ask for its value then", () => {
    const value = vi.fn<() => string>(() => 'acme')
    const own = { headers: { 'x-tenant': '' } }
    expect(sign(header('X-Tenant', value), own)).toEqual({ headers: {} })
    expect(value).not.toHaveBeenCalled()
    expect(sign(header('X-Tenant', value), { headers: { 'x-other': 'y' } }).headers).toEqual({
      'x-tenant': 'acme',
    })
  })

  test('reads its value like every secret', async () => {
    await readsLikeEverySecret((secret) => header('x-tenant', secret as string))
    expect.hasAssertions()
  })

  test.each(unsendable)('refuses %s for a value', (_, value) => {
    expect.hasAssertions()
    refuses(() => header('x-tenant', value as string), 'value')
  })

  test.each([undefined, null, '', 7, 'a b', 'a:b', 'a\n', 'ä', '()'])(
    'refuses the name %j',
    (name) => {
      expect.hasAssertions()
      refuses(() => header(name as string, 'x'), 'name')
    },
  )

  test.each(["!#$%&'*+-.^_`|~09azAZ"])('takes the name %s', (name) => {
    expect(Object.keys(sign(header(name, 'x')).headers)).toEqual([name.toLowerCase()])
  })
})

describe('userAgent', () => {
  test("wins over the client's own, with one frozen signature", () => {
    const signer = userAgent('acme-pricing/2.1 (ops@acme.example)')
    const signature = sign(signer, { headers: { 'user-agent': 'node' } })
    expect(signature).toEqual({ headers: { 'user-agent': 'acme-pricing/2.1 (ops@acme.example)' } })
    expect(sign(signer)).toBe(signature)
    expect(Object.isFrozen(signature.headers)).toBe(true)
  })

  test.each(unsendable)('refuses %s', (_, value) => {
    expect.hasAssertions()
    refuses(() => userAgent(value as string), 'userAgent')
  })
})

describe('basic', () => {
  test.each([
    // RFC 7617 §2, §2.1, and RFC 2617's example in it.
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123\u00a3', 'Basic dGVzdDoxMjPCow=='],
    ['user', 'pass:with:colons', `Basic ${btoa('user:pass:with:colons')}`],
    ['user', ' ', 'Basic dXNlcjog'],
    ['ü€😀', '\u{10ffff}', `Basic ${Buffer.from('ü€😀:\u{10ffff}').toString('base64')}`],
  ])('encodes %j and %j', (username, password, authorization) => {
    expect(sign(basic({ username, password }))).toEqual({ headers: { authorization } })
  })

  test("keeps the caller's own", () => {
    const headers = { authorization: 'Bearer t' }
    expect(sign(basic({ username: 'u', password: 'p' }), { headers })).toEqual({ headers: {} })
  })

  test('reads its password like every secret', async () => {
    await readsLikeEverySecret((secret) => basic({ username: 'user', password: secret as string }))
    expect.hasAssertions()
  })

  test.each([
    ['username', undefined, 'p'],
    ['username', '', 'p'],
    ['username', 7, 'p'],
    ['username', 'a:b', 'p'],
    ['username', 'a\nb', 'p'],
    ['username', 'a\u0085b', 'p'],
    ['password', 'u', undefined],
    ['password', 'u', ''],
    ['password', 'u', 7],
    ['password', 'u', 'se\ncret'],
    ['password', 'u', 'se\u007fcret'],
  ])('refuses a %s: %j and %j', (option, username, password) => {
    expect.hasAssertions()
    refuses(() => basic({ username, password } as Parameters<typeof basic>[0]), option)
  })

  test('refuses to be built of nothing', () => {
    expect.hasAssertions()
    refuses(() => basic(undefined as unknown as Parameters<typeof basic>[0]), 'username')
  })
})

describe('apiKey', () => {
  const inQuery = (key: string | (() => unknown), name = 'api_key') =>
    apiKey({ in: 'query', name, key: key as string })

  test('goes into a header', () => {
    const signer = apiKey({ in: 'header', name: 'X-API-Key', key: 'k' })
    expect(sign(signer)).toEqual({ headers: { 'x-api-key': 'k' } })
    expect(sign(signer, { headers: { 'x-api-key': 'own' } })).toEqual({ headers: {} })
    expect(signer.readsTarget).toBeUndefined()
  })

  test.each([
    ['https://api.example/', 'https://api.example/?api_key=k'],
    ['https://api.example/a?b=c', 'https://api.example/a?b=c&api_key=k'],
    ['https://api.example/a?b=(c)+d&e', 'https://api.example/a?b=(c)+d&e&api_key=k'],
    ['https://api.example/a?xapi_key=1', 'https://api.example/a?xapi_key=1&api_key=k'],
  ])('goes into the query of %s, and leaves the rest as it is', (url, expected) => {
    expect(sign(inQuery('k'), { url })).toEqual({ headers: {}, url: expected })
  })

  test('is encoded as a name and as a value', () => {
    const { url = '' } = sign(inQuery('a b&c=ü+%', 'the key[]'), { url: 'https://api.example/' })
    expect(url).toBe('https://api.example/?the%20key%5B%5D=a%20b%26c%3D%C3%BC%2B%25')
    expect(new URL(url).searchParams.get('the key[]')).toBe('a b&c=ü+%')
    expect(new URL(url).href).toBe(url)
  })

  test('keeps one that the caller has set, and does not ask for its own then', () => {
    const key = vi.fn<() => string>(() => 'k')
    for (const query of ['api_key=own', 'a=b&api_key', 'api%5Fkey=']) {
      expect(sign(inQuery(key), { url: `https://api.example/?${query}` })).toEqual({ headers: {} })
    }
    expect(key).not.toHaveBeenCalled()
  })

  test('in the query covers the target', () => {
    expect(inQuery('k').readsTarget).toBe(true)
  })

  test('in a header reads its key like every secret', async () => {
    await readsLikeEverySecret((key) => apiKey({ in: 'header', name: 'k', key: key as string }))
    expect.hasAssertions()
  })

  test('in the query reads its key for each request', async () => {
    const keys = ['one', 'two']
    const read = inQuery(() => keys.shift())
    expect([sign(read).url, sign(read).url]).toEqual([
      'https://api.example/v1/items?page=2&api_key=one',
      'https://api.example/v1/items?page=2&api_key=two',
    ])
    await expect(inQuery(async () => 'k').sign(request())).resolves.toMatchObject({
      url: 'https://api.example/v1/items?page=2&api_key=k',
    })
    for (const wrong of [undefined, '', 7]) {
      expect(() => inQuery(() => wrong).sign(request())).toThrow(
        expect.objectContaining({
          code: 'invalid-secret',
          message: expect.stringMatching(/key takes /),
        }),
      )
    }
  })

  test.each([
    ['in', { in: 'cookie', name: 'k', key: 'x' }],
    ['in', {}],
    ['in', undefined],
    ['name', { in: 'header', name: 'a b', key: 'x' }],
    ['name', { in: 'header', key: 'x' }],
    ['name', { in: 'query', name: '', key: 'x' }],
    ['key', { in: 'header', name: 'k', key: 'sécret' }],
    ['key', { in: 'header', name: 'k' }],
    ['key', { in: 'query', name: 'k', key: '' }],
    ['key', { in: 'query', name: 'k', key: 7 }],
  ])('refuses a wrong %s: %j', (option, options) => {
    expect.hasAssertions()
    refuses(() => apiKey(options as Parameters<typeof apiKey>[0]), option)
  })
})
