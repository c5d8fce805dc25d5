import * as nodeCrypto from 'node:crypto'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { digester, ENCODINGS, HASHES, nobleDigester, nodeDigester } from '../src/digest.ts'

const { createHash, createHmac } = nodeCrypto
const openssl = nodeDigester(nodeCrypto)

const data = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  // Halves of surrogate pairs too.
  fc.array(fc.integer({ max: 0xffff, min: 0 })).map((units) => String.fromCharCode(...units)),
)

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.resetModules()
})

test('Node hashes by OpenSSL', () => {
  expect(digester).not.toBe(nobleDigester)
  expect(digester.hash('md5', '', 'hex')).toBe('d41d8cd98f00b204e9800998ecf8427e')
})

test('JavaScript alone hashes where there is no node:crypto', async () => {
  vi.resetModules()
  const lookup = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
  const browser = await import('../src/digest.ts')
  expect(lookup).toHaveBeenCalledWith('node:crypto')
  expect(browser.digester).toBe(browser.nobleDigester)
  expect(browser.digester.hash('md5', '', 'hex')).toBe('d41d8cd98f00b204e9800998ecf8427e')
})

test.each([
  ['process', undefined],
  ['getBuiltinModule', Object.create(process, { getBuiltinModule: { value: undefined } })],
])('JavaScript alone hashes where there is no %s', async (_, without) => {
  vi.stubGlobal('process', without)
  const browser = await import('../src/digest.ts')
  expect(browser.digester).toBe(browser.nobleDigester)
})

test('every digester hashes alike', () => {
  fc.assert(
    fc.property(
      data,
      fc.constantFrom(...HASHES),
      fc.constantFrom(...ENCODINGS),
      (some, hash, encoding) => {
        const expected = createHash(hash).update(some).digest(encoding)
        for (const each of [openssl, nobleDigester]) {
          expect(each.hash(hash, some, encoding)).toBe(expected)
          expect(each.hashing(hash).update(some).digest(encoding)).toBe(expected)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('every digester makes the same MAC of the same pieces', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(
      key,
      fc.array(fc.array(data, { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...HASHES),
      fc.constantFrom(...ENCODINGS),
      (secret, messages, hash, encoding) => {
        for (const each of [openssl, nobleDigester]) {
          // One prepared key, and one message after the other.
          const mac = each.hmac(hash, secret)
          for (const message of messages) {
            const whole = Buffer.concat(message.map((piece) => Buffer.from(piece as string)))
            const expected = createHmac(hash, secret).update(whole).digest(encoding)
            const hashing = mac.hashing()
            for (const piece of message) hashing.update(piece)
            expect(hashing.digest(encoding)).toBe(expected)
            const text = message.filter((piece) => typeof piece === 'string').join('')
            const own = createHmac(hash, secret).update(text).digest(encoding)
            expect(mac.sign(text, encoding)).toBe(own)
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a mebibyte makes the same digest and the same MAC', () => {
  const body = new Uint8Array(1024 * 1024).map((_, place) => (place * 31) >> 3)
  const key = new Uint8Array([1, 2, 3])
  const expected = createHash('sha256').update(body).digest('base64')
  const text = 'a'.repeat(1024 * 1024)
  const mac = createHmac('sha256', key).update(text).digest('base64')
  for (const each of [digester, nobleDigester]) {
    expect(each.hash('sha256', body, 'base64')).toBe(expected)
    expect(each.hmac('sha256', key).sign(text, 'base64')).toBe(mac)
  }
})

test.each(HASHES)('%s: a message may be as long as one call takes, and longer', (hash) => {
  for (const length of [1023, 1024, 1025]) {
    const text = 'a'.repeat(length)
    // Half of it in two bytes each, the other half in one.
    const wide = 'ä'.repeat(length >> 1) + 'a'.repeat(length & 1)
    for (const keyLength of [1, 63, 64, 65, 127, 128, 129]) {
      const key = new Uint8Array(keyLength).fill(7)
      const mac = openssl.hmac(hash, key)
      const expected = createHmac(hash, key).update(text).digest('hex')
      expect(mac.sign(text, 'hex')).toBe(expected)
      expect(mac.sign(wide, 'hex')).toBe(createHmac(hash, key).update(wide).digest('hex'))
      expect(mac.sign('a', 'hex')).toBe(createHmac(hash, key).update('a').digest('hex'))
    }
  }
})

test('a short message is hashed by two calls, a long one by a stream', () => {
  const calls: string[] = []
  const counting = nodeDigester({
    ...nodeCrypto,
    hash: (...args: Parameters<typeof nodeCrypto.hash>) => {
      calls.push('hash')
      return nodeCrypto.hash(...args)
    },
    createHmac: (...args: Parameters<typeof createHmac>) => {
      calls.push('createHmac')
      return createHmac(...args)
    },
  } as never)
  const mac = counting.hmac('sha256', new Uint8Array([1]))
  calls.length = 0
  mac.sign('a'.repeat(1024), 'hex')
  expect(calls).toEqual(['hash', 'hash'])
  calls.length = 0
  mac.sign('a'.repeat(1025), 'hex')
  expect(calls).toEqual(['createHmac'])
})

test('random digits differ, and are as many as were asked for', () => {
  for (const each of [openssl, nobleDigester]) {
    const drawn = Array.from({ length: 100 }, () => each.random(16))
    expect(new Set(drawn).size).toBe(100)
    expect(drawn.filter((digits) => !/^[\da-f]{32}$/.test(digits))).toEqual([])
  }
})
