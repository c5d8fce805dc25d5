import {
  apiKey,
  basic,
  bearer,
  cached,
  clientCredentials,
  exchange,
  header,
  OptionError,
  refreshToken,
  signedFetch,
  within,
} from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { privateKeyJwt } from '@countersign/core/jwt'
import { expect, test } from 'vitest'
import { sign } from './support/sign.ts'

const url = 'https://id.example/'
const read = (body: unknown) => body
const client = { tokenEndpoint: url, clientId: 'app', clientSecret: 's' }

/** What a factory throws, which must name the option. */
function refused(option: string, build: () => unknown): void {
  expect(build).toThrow(OptionError)
  expect(build).toThrow(
    expect.objectContaining({ option, message: expect.stringContaining(option) }),
  )
}

test.each([
  ['an empty string', ''],
  ['this string', 'a secret: ä'],
  ['null', null],
  ['undefined', undefined],
  ['an object', {}],
  ['a number', 5],
  ['a boolean', true],
  ['a function', () => 'a secret'],
])('says that it was given %s, and not what that holds', (kind, value) => {
  expect(() => header(value as string, 'v')).toThrow(
    expect.objectContaining({ message: `name takes the name of an HTTP header, not ${kind}` }),
  )
})

test.each([
  ['-1', -1],
  ['Infinity', Infinity],
  ['NaN', Number.NaN],
  ['this string', '5'],
  ['null', null],
])('a duration that is %s is refused', (given, timeout) => {
  expect(() => exchange({ url, read, timeout: timeout as number })).toThrow(
    expect.objectContaining({ message: `timeout takes a number, 0 or more, not ${given}` }),
  )
})

const withOptions: Record<string, (options: never) => unknown> = {
  exchange,
  clientCredentials,
  refreshToken,
  cached: (options) => cached(() => ({ token: 't' }), options),
  signedFetch: (options) => signedFetch(bearer('t'), options),
}
test.each(Object.entries(withOptions))('%s() names the options when they are none', (_, build) => {
  for (const options of [null, 1, 'text', true]) refused('options', () => build(options as never))
  expect.hasAssertions()
})

test.each(Object.entries({ basic, apiKey, hmac, privateKeyJwt }))(
  '%s() says what is missing when there are no options',
  (_, build) => {
    for (const options of [undefined, null, 1]) {
      expect(() => build(options as never)).toThrow(OptionError)
    }
  },
)

test('an address that cannot even be made a text is named, and so is its option', () => {
  const nothing = Object.create(null)
  refused('url', () => exchange({ url: nothing, read }))
  refused('tokenEndpoint', () => clientCredentials({ ...client, tokenEndpoint: nothing }))
  refused('origins', () => within(nothing, bearer('t')))
  // What merely becomes an address is none.
  refused('url', () => exchange({ url: [url] as never, read }))
  expect.hasAssertions()
})

test('a method that no request can have is refused when the exchange is built', () => {
  for (const method of ['GET\r\nx: y', 'a b', '', 'Ü', 5, null]) {
    refused('method', () => exchange({ url, read, method: (method ?? {}) as never }))
  }
  expect.hasAssertions()
})

test('a header name that no request can have is refused when the exchange is built', () => {
  for (const name of ['x\r\ny', 'a b', '', 'ü', 'x:']) {
    refused('headers', () => exchange({ url, read, headers: { [name]: 'v' } }))
    refused('headers', () => clientCredentials({ ...client, headers: { [name]: 'v' } }))
  }
  expect.hasAssertions()
})

test('a header named __proto__ or constructor is refused, since it would be lost on the way', () => {
  const named = JSON.parse('{"__proto__":"{signature}"}')
  refused('name', () => header('__proto__', 'v'))
  refused('name', () => header('Constructor', 'v'))
  refused('headers', () => hmac({ secret: 's', message: ['method'], headers: named }))
  refused('headers', () => exchange({ url, read, headers: named }))
  expect(sign(header('Constructor-Id', 'v')).headers).toEqual({ 'constructor-id': 'v' })
})

test('a signer or a reader of errors that is none is found when the exchange is built, not when it fails', () => {
  refused('signer', () => exchange({ url, read, signer: {} as never }))
  refused('readError', () => exchange({ url, read, readError: {} as never }))
  expect(() => exchange({ url, read, retry: null as never })).not.toThrow()
})

test('a scope, an audience or a resource that is no text is not sent as "null" or "[object Object]"', () => {
  for (const name of ['scope', 'audience', 'resource']) {
    for (const value of [null, {}, [], '', 5]) {
      refused(name, () => clientCredentials({ ...client, [name]: value as never }))
    }
  }
  expect.hasAssertions()
})

test('a text such as "false" does not allow plain http', () => {
  const settings = { allowInsecure: 'false' as never }
  const there = 'http://id.example/'
  refused('url', () => exchange({ url: there, read, ...settings }))
  refused('tokenEndpoint', () =>
    clientCredentials({ ...client, tokenEndpoint: there, ...settings }),
  )
  expect(() => exchange({ url: there, read, allowInsecure: true })).not.toThrow()
})

test('half a surrogate pair, which no URL can carry, is refused for a key in the query', () => {
  refused('name', () => apiKey({ in: 'query', name: '\ud800', key: 'k' }))
  refused('key', () => apiKey({ in: 'query', name: 'key', key: 'k\udc00' }))
  const later = apiKey({ in: 'query', name: 'key', key: () => '\ud800' })
  expect(() => sign(later)).toThrow(expect.objectContaining({ code: 'invalid-secret' }))
})

test('a password may be longer than a call has arguments', () => {
  const { headers } = sign(basic({ username: 'u', password: 'ü'.repeat(500_000) }))
  expect(headers.authorization).toHaveLength('Basic '.length + Math.ceil(1_000_002 / 3) * 4)
})
