import nodeCrypto, { createHash, createHmac } from 'node:crypto'
import { type Signer, signedFetch } from '@countersign/core'
import { explain as explainHmac, hmac, type HmacScheme } from '@countersign/core/hmac'
import { explain as explainSigv4, sigv4 } from '@countersign/core/sigv4'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { HASHES, nobleDigester, nodeDigester } from '../src/digest.ts'
import { inSlices } from '../src/slices.ts'
import { request } from './support/sign.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const MIB = 2 ** 20
const bytes = new Uint8Array(10 * MIB).map((_, place) => (place * 31) >> 3)
const text = 'ten mebibytes '.repeat((10 * MIB) / 14)
const BODIES = [
  ['bytes', bytes],
  ['text', text],
] as const

const SECRET = 'the secret of the test'
const SCHEME = {
  secret: SECRET,
  message: ['bodyHash'],
  body: { hash: 'md5' },
  encoding: 'hex',
  headers: { 'x-signature': '{signature}' },
} as const satisfies HmacScheme
const OPTIONS = {
  credentials: { accessKeyId: 'AKID', secretAccessKey: SECRET },
  region: 'eu-central-1',
  service: 'execute-api',
  now: () => 0,
}
const SIGNERS: readonly (readonly [string, () => Signer])[] = [
  ['hmac over the digest of the body', () => hmac(SCHEME)],
  ['hmac over the body', () => hmac({ ...SCHEME, message: ['body'], body: undefined as never })],
  ['sigv4', () => sigv4(OPTIONS)],
]

/** Notes how much each update hashes, and in which turn of the event loop. */
function watched() {
  const updates: { size: number; turn: number }[] = []
  let turn = 0
  let ended = false
  const next = () => {
    turn++
    if (!ended) setImmediate(next)
  }
  setImmediate(next)
  for (const way of ['createHash', 'createHmac'] as const) {
    const original = nodeCrypto[way] as (...args: unknown[]) => nodeCrypto.Hash
    vi.spyOn(nodeCrypto, way as 'createHash').mockImplementation((...args: unknown[]) => {
      const hash = original(...args)
      const { update } = hash
      hash.update = (data: string | NodeJS.ArrayBufferView) => {
        updates.push({ size: typeof data === 'string' ? data.length : data.byteLength, turn })
        return update.call(hash, data as string, 'utf8')
      }
      return hash
    })
  }
  return {
    updates,
    end() {
      ended = true
    },
  }
}

describe.each(SIGNERS)('%s', (_, signerOf) => {
  test.each(BODIES)(
    'lets the event loop go on between slices of ten mebibytes of %s',
    async (_, body) => {
      const watch = watched()
      const oneShot = vi.spyOn(nodeCrypto, 'hash')
      const signature = signerOf().sign(request({ method: 'POST', body }))
      expect(signature).toBeInstanceOf(Promise)
      await signature
      watch.end()
      const { updates } = watch
      expect(updates.reduce((sum, { size }) => sum + size, 0)).toBeGreaterThanOrEqual(body.length)
      expect(Math.max(...updates.map(({ size }) => size))).toBeLessThanOrEqual(MIB / 2)
      // No two in one turn: what waits, waits for half a mebibyte.
      expect(new Set(updates.map(({ turn }) => turn)).size).toBe(updates.length)
      const atOnce = oneShot.mock.calls.map(([, data]) => Buffer.from(data as string).length)
      expect(Math.max(0, ...atOnce)).toBeLessThan(10_000)
    },
  )

  test('signs half a mebibyte at once, and one byte more in turns', async () => {
    const signer = signerOf()
    expect(signer.sign(request({ body: text.slice(0, MIB / 2) }))).not.toBeInstanceOf(Promise)
    expect(signer.sign(request({ body: bytes.subarray(0, MIB / 2) }))).not.toBeInstanceOf(Promise)
    const late = signer.sign(request({ body: text.slice(0, MIB / 2 + 1) }))
    expect(late).toBeInstanceOf(Promise)
    await late
  })

  test('stops when its caller gives up', async () => {
    const watch = watched()
    const controller = new AbortController()
    const reason = new Error('enough')
    setImmediate(() => controller.abort(reason))
    const { signal } = controller
    await expect(signerOf().sign(request({ body: bytes, signal }))).rejects.toBe(reason)
    watch.end()
    expect(watch.updates.length).toBeLessThan(4)
  })

  test('signs what is sent, whatever a caller does to its bytes meanwhile', async () => {
    const sent: { headers: Record<string, string>; body: Uint8Array }[] = []
    const signed: Uint8Array[] = []
    const signer = signerOf()
    const noting: Signer = {
      ...signer,
      sign(asked) {
        signed.push(asked.body as Uint8Array)
        return signer.sign(asked)
      },
    }
    const send = signedFetch(noting, {
      fetch: async (_, init) => {
        const { headers, body } = init as { headers: Record<string, string>; body: Uint8Array }
        sent.push({ headers, body })
        return new Response()
      },
    })
    const own = bytes.slice(0, MIB)
    const call = send('https://api.example/', { method: 'POST', body: own })
    // As soon as hashing has begun, and before it has ended.
    while (signed.length === 0) await new Promise(setImmediate)
    own.fill(0)
    await call
    expect(Buffer.compare(sent[0]?.body as Uint8Array, bytes.subarray(0, MIB))).toBe(0)
    expect(sent[0]?.body).toBe(signed[0])
  })
})

test.each(BODIES)('%s in slices have the signature of one go', async (_, whole) => {
  const body = whole.slice(0, 2 * MIB)
  const digest = createHash('md5').update(body).digest('base64')
  const bySecret = (message: string | Uint8Array) =>
    createHmac('sha256', SECRET).update(message).digest('hex')
  const asked = request({ method: 'POST', body })
  const overHash = await hmac(SCHEME).sign(asked)
  expect(overHash.headers['x-signature']).toBe(bySecret(digest))
  const overBody = await hmac({ ...SCHEME, message: ['body'], body: undefined as never }).sign(
    asked,
  )
  expect(overBody.headers['x-signature']).toBe(bySecret(body))

  const hash = createHash('sha256').update(body).digest('hex')
  const known = request({ method: 'POST', headers: { 'x-amz-content-sha256': hash } })
  const signer = sigv4({ ...OPTIONS, service: 's3' })
  expect((await signer.sign(asked)).headers).toEqual((await signer.sign(known)).headers)
})

test('an explanation of slices tells what is signed', async () => {
  const body = bytes.subarray(0, MIB)
  const asked = request({ method: 'POST', body })
  const { bodyHash, signature } = await explainHmac(SCHEME, asked)
  expect(bodyHash).toBe(createHash('md5').update(body).digest('base64'))
  expect((await hmac(SCHEME).sign(asked)).headers['x-signature']).toBe(signature)
  const explained = await explainSigv4(OPTIONS, asked)
  expect(explained.parts.bodyHash).toBe(createHash('sha256').update(body).digest('hex'))
  expect((await sigv4(OPTIONS).sign(asked)).headers.authorization).toContain(explained.signature)
})

describe.each([
  ['OpenSSL', nodeDigester(nodeCrypto)],
  ['JavaScript', nobleDigester],
])('in slices by %s', (_, digester) => {
  const slice = MIB / 2
  test.each([
    ['a surrogate pair across the cut', 'a'.repeat(slice - 1) + '😀'.repeat(slice)],
    ['a lone half at the cut', `${'a'.repeat(slice - 1)}\ud800${'b'.repeat(slice)}`],
    [
      'a lone half before a pair at the cut',
      `${'a'.repeat(slice - 2)}\ud800😀${'b'.repeat(slice)}`,
    ],
    [
      'a lone half at the cut, before a pair',
      `${'a'.repeat(slice - 1)}\ud800😀${'b'.repeat(slice)}`,
    ],
    ['a lone half at the end', `${'a'.repeat(slice * 2 - 1)}\ud800`],
  ])('%s stays what it is', async (_, cut) => {
    const expected = createHash('sha256').update(cut).digest('hex')
    expect(await inSlices(digester.hashing('sha256'), [cut], 'hex')).toBe(expected)
  })

  test.each(HASHES)('a message of several pieces has its %s', async (hash) => {
    const message = ['POST\n', bytes.subarray(0, slice + 7), '', text.slice(0, slice + 1)]
    const whole = Buffer.concat(message.map((piece) => Buffer.from(piece as string)))
    const mac = digester.hmac(hash, new Uint8Array([1]))
    const expected = createHmac(hash, new Uint8Array([1]))
      .update(whole)
      .digest('hex')
    expect(await inSlices(mac.hashing(), message, 'hex')).toBe(expected)
  })
})

test('a browser takes its turns by messages, which it does not slow down as it does timers', async () => {
  let turns = 0
  let open = 0
  class Channel extends MessageChannel {
    constructor() {
      super()
      turns++
      open++
      this.port1.addEventListener('close', () => open--)
    }
  }
  vi.stubGlobal('setImmediate', undefined)
  vi.stubGlobal('MessageChannel', Channel)
  const timer = vi.spyOn(globalThis, 'setTimeout')
  await inSlices(nobleDigester.hashing('md5'), [bytes.subarray(0, 2 * MIB)], 'hex')
  expect(turns).toBe(4)
  expect(timer).not.toHaveBeenCalled()
  vi.unstubAllGlobals()
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  expect(open).toBe(0)
})
