import nodeCrypto from 'node:crypto'
import { hmac } from '@countersign/core/hmac'
import { sigv4 } from '@countersign/core/sigv4'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { request, sign } from './support/sign.ts'

/** As `epi-hmac` of Optimizely DXP has it. */
const epiHmac = () =>
  hmac({
    id: 'key',
    secret: 'the secret of the test',
    message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
    target: 'normalized',
    body: { hash: 'md5' },
    headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
  })

const DAY = 86_400_000

let calls: Record<string, number>

beforeEach(() => {
  calls = {}
  count(nodeCrypto, 'node:crypto ')
  count(nodeCrypto.webcrypto, 'WebCrypto ')
  count(nodeCrypto.webcrypto.subtle, 'subtle ')
})
afterEach(() => vi.restoreAllMocks())

/** Counts the calls of every function, as Node's own modules do not call one another by what they export. */
function count(of: object, where: string) {
  const owner = of as Record<string, (...args: unknown[]) => unknown>
  const prototype: object = Object.getPrototypeOf(of)
  for (const name of [...Object.keys(of), ...Object.getOwnPropertyNames(prototype)]) {
    // A class is no call, and some names are in the way of every object.
    if (!/^[a-z]/.test(name) || name === 'constructor' || name in Object.prototype) continue
    const found =
      Object.getOwnPropertyDescriptor(of, name) ?? Object.getOwnPropertyDescriptor(prototype, name)
    const original = found?.value as ((...args: unknown[]) => unknown) | undefined
    if (typeof original !== 'function') continue
    vi.spyOn(owner, name).mockImplementation((...args) => {
      calls[where + name] = (calls[where + name] ?? 0) + 1
      return original.apply(of, args)
    })
  }
}

/** What the signatures of 64 requests call, once their signer is warm. */
function callsOf(signer: ReturnType<typeof hmac>, body?: string | Uint8Array) {
  const asked = body === undefined ? {} : { method: 'POST', body }
  sign(signer, asked)
  calls = {}
  for (let i = 0; i < 64; i++) sign(signer, asked)
  return calls
}

test('the counter sees what is called', async () => {
  nodeCrypto.createHash('md5')
  crypto.randomUUID()
  await crypto.subtle.digest('SHA-256', new Uint8Array(1))
  expect(calls).toEqual({
    'node:crypto createHash': 1,
    'WebCrypto randomUUID': 1,
    'subtle digest': 1,
  })
})

test('epi-hmac: two hashes of one call for its HMAC, one for a body, 64 nonces at a draw', () => {
  const signer = epiHmac()
  const drawn = { 'node:crypto randomBytes': 1 }
  expect(callsOf(signer)).toEqual({ ...drawn, 'node:crypto hash': 2 * 64 })
  expect(callsOf(signer, '')).toEqual({ ...drawn, 'node:crypto hash': 2 * 64 })
  expect(callsOf(signer, 'a body')).toEqual({ ...drawn, 'node:crypto hash': 3 * 64 })
  const large = new Uint8Array(100 * 1024)
  expect(callsOf(signer, large)).toEqual({ ...drawn, 'node:crypto hash': 3 * 64 })
})

test('sigv4: one hash of the request, two for its HMAC, one for a body', () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'the secret of the test' }
  let time = 0
  const signer = sigv4({ credentials, region: 'eu-central-1', service: 's3', now: () => time })
  expect(callsOf(signer)).toEqual({ 'node:crypto hash': 3 * 64 })
  expect(callsOf(signer, 'a body')).toEqual({ 'node:crypto hash': 4 * 64 })

  // A key is derived once for a day, by four HMACs.
  time = DAY
  calls = {}
  sign(signer)
  expect(calls['node:crypto hash']).toBe(3 + 4 * 2)
  expect(calls['node:crypto createHmac']).toBeUndefined()
  time = 2 * DAY - 1
  expect(callsOf(signer)).toEqual({ 'node:crypto hash': 3 * 64 })
})

test('a body of ten mebibytes is hashed by one stream', async () => {
  const signer = epiHmac()
  sign(signer)
  calls = {}
  await signer.sign(request({ method: 'POST', body: new Uint8Array(10 * 2 ** 20) }))
  expect(calls).toEqual({ 'node:crypto createHash': 1, 'node:crypto hash': 2 })
})
