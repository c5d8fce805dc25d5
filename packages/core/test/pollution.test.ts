import {
  bearer,
  cached,
  clientCredentials,
  compose,
  exchange,
  header,
  OptionError,
  signedFetch,
} from '@countersign/core'
import { type HmacScheme, hmac } from '@countersign/core/hmac'
import { afterEach, expect, test } from 'vitest'
import { recordOf, rewritten } from '../src/record.ts'
import { sealed } from '../src/redact.ts'
import { sign } from './support/sign.ts'

/** JSON whose `__proto__`, `constructor` and `prototype` are members like any other. */
const POISON =
  '{"__proto__":{"polluted":1,"allowInsecure":true,"access_token":"stolen"},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}'
const poisoned = (more = ''): string => `${POISON}${more}}`

/** Nothing that was made since has what the poison holds. */
function expectClean(...values: unknown[]): void {
  for (const value of [{}, [], () => {}, ...values]) {
    expect(Object(value).polluted).toBe(undefined)
    expect(Object(value).allowInsecure).toBe(undefined)
  }
}

test('the poison is one: a careless merge is polluted by it', () => {
  const careless = Object.assign({}, JSON.parse(poisoned()))
  expect(careless.polluted).toBe(1)
})

const tokenEndpoint = 'https://id.example/token'

test('a token answer is read by its own members alone', async () => {
  const answering = (body: string) =>
    clientCredentials({
      tokenEndpoint,
      clientId: 'app',
      clientSecret: 's',
      fetch: async () => new Response(body),
    })
  await expect(answering(poisoned())()).rejects.toMatchObject({ code: 'invalid-response' })
  const token = await answering(poisoned(',"access_token":"t","expires_in":60'))()
  expect(Object.keys(token)).toEqual(['token', 'expiresAt'])
  expectClean(token)
})

test('an answer that a reader hands on whole keeps its prototype, in the cache too', async () => {
  const source = exchange({
    url: tokenEndpoint,
    read: (body) => body as { token: string },
    fetch: async () => new Response(poisoned(',"token":"t"')),
  })
  const value = await cached(source)()
  expect(value.token).toBe('t')
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expectClean(value, sealed(JSON.parse(poisoned())))
})

test('an error answer is read by its own members alone', async () => {
  const source = exchange({
    url: tokenEndpoint,
    read: (body) => body,
    fetch: async () => new Response('{"__proto__":{"error":"polluted"}}', { status: 400 }),
  })
  const error = await (source() as Promise<unknown>).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'exchange-refused', status: 400 })
  expect(Object(error).error).toBe(undefined)
  expectClean(error)
})

test('options from JSON allow nothing by their prototype', () => {
  const options = JSON.parse(
    poisoned(',"tokenEndpoint":"http://id.example/","clientId":"app","clientSecret":"s"'),
  )
  expect(() => clientCredentials(options)).toThrow(OptionError)
  expect(() => signedFetch(bearer('t'), JSON.parse(poisoned()))).not.toThrow()
  expectClean(options)
})

test('the parameters of a token request are sent by their own names, __proto__ too', async () => {
  const bodies: unknown[] = []
  await clientCredentials({
    tokenEndpoint,
    clientId: 'app',
    clientSecret: 's',
    parameters: JSON.parse('{"__proto__":"p","constructor":"c"}'),
    fetch: async (_, init) => {
      bodies.push(init?.body)
      return Response.json({ access_token: 't' })
    },
  })()
  expect(bodies).toEqual(['__proto__=p&constructor=c&grant_type=client_credentials'])
})

test('headers with the names of what objects inherit are refused, or like any other', () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    const key = name.toLowerCase()
    if (key in Object.prototype) {
      // Every request would seem to have it already.
      expect(() => header(name, 'v')).toThrow(OptionError)
      expect(() => hmac(scheme(name))).toThrow(OptionError)
      continue
    }
    const both = compose(header(name, 'v'), header('x-other', 'w'))
    expect(sign(both).headers).toEqual({ [key]: 'v', 'x-other': 'w' })
    const signed = (headers: Record<string, string>) =>
      sign(hmac(scheme(name)), { headers }).headers
    expect(signed({})).toEqual(signed({ [key]: '' }))
    expect(signed({})).not.toEqual(signed({ [key]: 'v' }))
  }
})

const scheme = (name: string): HmacScheme => ({
  secret: 's',
  message: ['method', { header: name }],
  headers: { 'x-signature': '{signature}' },
})

test('headers of a client with a __proto__ pollute no record', () => {
  const given = JSON.parse('{"__proto__":{"polluted":1},"x-a":"b"}')
  const record = recordOf(given)
  expect(record['x-a']).toBe('b')
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
  expectClean(record, rewritten(given, record))
})

afterEach(() => {
  for (const name of ['polluted', 'allowInsecure', 'access_token']) {
    if (name in Object.prototype) throw new Error(`Object.prototype has been polluted by ${name}`)
  }
})
