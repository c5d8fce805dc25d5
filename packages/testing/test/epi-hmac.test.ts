import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { epiHmacVerifier } from '../src/epi-hmac.ts'
import { clock, epiHmac, START } from './support.ts'

interface Vector {
  readonly id: string
  readonly key: string
  readonly secret: string
  readonly method: string
  readonly target: string
  readonly timestamp: number
  readonly body: string
  readonly header: string
}

const path = new URL('./vectors/epi-hmac.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] }

const [key, secret] = ['the-key', Buffer.from('the secret').toString('base64')]
const tolerance = 300_000

/** A verifier whose clock stands still, and a request that it accepts, once. */
const setUp = (now = () => START, capacity = 10) => {
  const verifier = epiHmacVerifier({ key, secret, now, tolerance, capacity })
  const signed = { key, secret, method: 'GET', target: '/a?b=c', timestamp: START }
  const ask = (header: string, changes: { method?: string; target?: string; body?: string } = {}) =>
    verifier.refusal({
      method: changes.method ?? 'GET',
      target: changes.target ?? '/a?b=c',
      headers: new Headers({ authorization: header }),
      body: new TextEncoder().encode(changes.body ?? ''),
    })
  return { verifier, signed, ask }
}

test.each(vectors)('accepts the known answer $id', (vector) => {
  const { timestamp } = vector
  const verifier = epiHmacVerifier({ ...vector, now: () => timestamp, tolerance })
  const request = {
    // The vectors hold the method as a caller may write it; the wire has it in capitals.
    method: vector.method.toUpperCase(),
    target: vector.target,
    headers: new Headers({ authorization: vector.header }),
    body: new Uint8Array(Buffer.from(vector.body, 'base64')),
  }
  expect(verifier.refusal(request)).toBeUndefined()
  expect(verifier.refusal(request)).toMatch(/nonce/)
})

test.each([
  ['a method', { method: 'PUT' }],
  ['a target', { target: '/a?b=d' }],
  ['an escape of the target', { target: '/%61?b=c' }],
  ['a body', { body: '{}' }],
])('refuses a signature over %s other than what arrived, and says what arrived', (_, changes) => {
  const { signed, ask } = setUp()
  expect(ask(epiHmac(signed), changes)).toMatch(/^The signature does not match what arrived: /)
})

test('refuses another key and another secret', () => {
  const { signed, ask } = setUp()
  expect(ask(epiHmac({ ...signed, key: 'other' }))).toMatch(/key/)
  expect(ask(epiHmac({ ...signed, secret: 'b3RoZXI=' }))).toMatch(/signature/)
})

test('names the target and the body hash, never the secret, in its refusal', () => {
  const { signed, ask } = setUp()
  const refusal = ask(epiHmac({ ...signed, secret: 'b3RoZXI=' }))
  expect(refusal).toContain('GET /a?b=c, body MD5 1B2M2Y8AsgTpgAmY7PhCfg==')
  expect(refusal).not.toContain(secret)
})

test.each([
  ['another scheme', (header: string) => header.replace('epi-hmac', 'Bearer')],
  ['an empty nonce', (header: string) => header.replace(/:[0-9a-f]{32}:/, '::')],
  ['seconds with a fraction', (header: string) => header.replace(/:(\d{10})(\d{3}):/, ':$1.$2:')],
  ['a second header appended', (header: string) => `${header}, ${header}`],
  ['an unpadded signature', (header: string) => header.replace(/=+$/, '')],
])('refuses %s', (_, spoil) => {
  const { signed, ask } = setUp()
  const header = epiHmac(signed)
  expect(spoil(header)).not.toBe(header)
  expect(ask(spoil(header))).toEqual(expect.any(String))
  expect(ask(header)).toBeUndefined()
})

test('refuses a request without the header', () => {
  const { verifier } = setUp()
  const request = { method: 'GET', target: '/', headers: new Headers(), body: new Uint8Array() }
  expect(verifier.refusal(request)).toMatch(/no Authorization/)
})

test.each([-1, 1])('lets a timestamp be off by the tolerance and no more (%i)', (sign) => {
  const { signed, ask } = setUp()
  const header = (off: number) => epiHmac({ ...signed, timestamp: START + sign * off })
  expect(ask(header(tolerance))).toBeUndefined()
  expect(ask(header(tolerance + 1))).toMatch(/timestamp/)
  // Seconds in place of milliseconds are 1970.
  expect(ask(epiHmac({ ...signed, timestamp: START / 1000 }))).toMatch(/timestamp/)
})

test('a refused signature uses up no nonce', () => {
  const { signed, ask } = setUp()
  const nonce = 'f'.repeat(32)
  expect(ask(epiHmac({ ...signed, nonce, secret: 'b3RoZXI=' }))).toMatch(/signature/)
  expect(ask(epiHmac({ ...signed, nonce }))).toBeUndefined()
})

test('a nonce is remembered as long as its timestamp is good, and until it is forgotten', () => {
  const { now, advance } = clock()
  const { verifier, signed, ask } = setUp(now)
  const header = epiHmac(signed)
  expect(ask(header)).toBeUndefined()
  advance(tolerance)
  expect(ask(header)).toMatch(/nonce/)
  verifier.forget()
  expect(ask(header)).toBeUndefined()
})

test('beyond its capacity the memory for nonces lets the oldest go, and only that one', () => {
  const { signed, ask } = setUp(undefined, 2)
  const [first, second, third] = [1, 2, 3].map(() => epiHmac(signed)) as [string, string, string]
  for (const header of [first, second, third]) expect(ask(header)).toBeUndefined()
  expect(ask(third)).toMatch(/nonce/)
  expect(ask(second)).toMatch(/nonce/)
  expect(ask(first)).toBeUndefined()
})
