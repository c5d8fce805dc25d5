import { signedFetch, bearer } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KEY, type Loopback, loopback, SECRET, verifying } from './support/loopback.ts'

/** Lines 1–14 of the contract of every client: what is signed is what is sent. */

let server: Loopback
beforeAll(async () => {
  server = await loopback(verifying())
})
beforeEach(() => {
  server.arrivals.length = 0
})
afterAll(() => server.close())

const epi = () =>
  hmac({
    id: KEY,
    secret: SECRET,
    secretEncoding: 'base64',
    message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
    body: { hash: 'md5' },
    headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
  })
const signed = signedFetch(epi())
const last = () => server.arrivals.at(-1)

async function valid(input: string | URL | Request, init?: RequestInit): Promise<void> {
  const response = await signed(input, init)
  expect(await response.text()).toBe('valid')
  expect(response.status).toBe(200)
}

describe('target', () => {
  test.each([
    ['1.', "/search?q=it's", '/search?q=it%27s'],
    ['2.', '/p a/ü?x=a b&y=[1]&z=+&w=%2B', '/p%20a/%C3%BC?x=a%20b&y=[1]&z=+&w=%2B'],
    ['3. no fragment on the wire', '/x?a=1#frag', '/x?a=1'],
    ['4. no lone question mark', '/x?', '/x'],
    ['4. nor one before a fragment', '/x?#frag', '/x'],
    ['5.', '/a/../b//%7Euser/%2f', '/b//%7Euser/%2f'],
    ['5. backslash', '/a\\b', '/a/b'],
    ['empty path', '', '/'],
    ['pipes and braces', '/a|b{c}?d|e{f}^`', '/a|b%7Bc%7D?d|e{f}^`'],
  ])('%s %s', async (_, target, onTheWire) => {
    await valid(server.origin + target)
    expect(last()?.target).toBe(onTheWire)
    await valid(new URL(server.origin + target))
    await valid(new Request(server.origin + target))
    expect(server.arrivals.map(({ target }) => target)).toEqual([onTheWire, onTheWire, onTheWire])
  })
})

const form = () => {
  const data = new FormData()
  data.set('field', 'välue')
  data.set(
    'file',
    new File([new Uint8Array([0, 255, 10])], 'ü.bin', { type: 'application/x-thing' }),
  )
  return data
}
const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)
const view = new Uint8Array(new Uint8Array([9, 9, 1, 2, 3, 9]).buffer, 2, 3)
const large = new Uint8Array(10 * 1024 * 1024).fill(7)

describe('body', () => {
  test.each<[string, BodyInit | null | undefined, Buffer | undefined, RegExp | undefined]>([
    ['none', undefined, Buffer.alloc(0), undefined],
    ['null', null, Buffer.alloc(0), undefined],
    ['empty string', '', Buffer.alloc(0), /^text\/plain;charset=UTF-8$/],
    ['11. JSON', '{"a":"ü"}', Buffer.from('{"a":"ü"}'), /^text\/plain/],
    ['11. BOM', '\ufeffx', Buffer.from('\ufeffx'), /^text\/plain/],
    ['11. a lone surrogate', 'a\ud800b', Buffer.from('a\ufffdb'), /^text\/plain/],
    ['11. all byte values', everyByte, Buffer.from(everyByte), undefined],
    ['11. 10 MiB', large, Buffer.from(large), undefined],
    ['10. a view', view, Buffer.from([1, 2, 3]), undefined],
    ['10. a DataView', new DataView(view.buffer, 2, 3), Buffer.from([1, 2, 3]), undefined],
    ['an ArrayBuffer', everyByte.buffer, Buffer.from(everyByte), undefined],
    ['a Buffer', Buffer.from('ü'), Buffer.from('ü'), undefined],
    [
      'URLSearchParams',
      new URLSearchParams({ a: 'ü b' }),
      Buffer.from('a=%C3%BC+b'),
      /^application\/x-www-form-urlencoded;charset=UTF-8$/,
    ],
    ['8. FormData', form(), undefined, /^multipart\/form-data; boundary=/],
    ['9. a Blob', new Blob(['x'], { type: 'text/x-thing' }), Buffer.from('x'), /^text\/x-thing$/],
    ['9. a Blob without a type', new Blob(['x']), Buffer.from('x'), undefined],
    [
      '9. a File',
      new File(['x'], 'f', { type: 'image/x-none' }),
      Buffer.from('x'),
      /^image\/x-none$/,
    ],
  ])('%s is signed and sent', async (_, body, bytes, type) => {
    await valid(`${server.origin}/upload`, { method: 'POST', ...(body !== undefined && { body }) })
    if (bytes) expect(last()?.body.equals(bytes)).toBe(true)
    if (type) expect(last()?.headers['content-type']).toMatch(type)
    else expect(last()?.headers['content-type']).toBeUndefined()
  })

  test('8. the boundary is the body’s, and the caller’s own content type wins elsewhere', async () => {
    await valid(server.origin, { method: 'POST', body: form() })
    const [, boundary = '-'] = /boundary=(.+)/.exec(last()?.headers['content-type'] ?? '') ?? []
    expect(last()?.body.toString('latin1').startsWith(`--${boundary}`)).toBe(true)
    await valid(server.origin, {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    })
    expect(last()?.headers['content-type']).toBe('application/json')
  })

  test('what the caller writes into a buffer after the call is not sent', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    const call = valid(server.origin, { method: 'POST', body: bytes })
    bytes.fill(9)
    await call
    expect(last()?.body.equals(Buffer.from([1, 2, 3]))).toBe(true)
  })

  const stream = () => new Blob(['one-shot']).stream()
  async function* parts() {
    yield new TextEncoder().encode('one-')
    yield new TextEncoder().encode('shot')
  }

  test.each([
    ['a stream', stream],
    ['an async iterable', parts],
  ])(
    '12. %s under a signature over the body: an error before anything is sent',
    async (_, body) => {
      const init = { method: 'POST', body: body() as BodyInit, duplex: 'half' } as RequestInit
      await expect(signed(server.origin, init)).rejects.toMatchObject({
        name: 'SigningError',
        code: 'unreadable-body',
        message: expect.stringContaining('`buffer`'),
      })
      expect(server.arrivals).toHaveLength(0)
    },
  )

  test.each([
    ['a stream', stream],
    ['an async iterable', parts],
  ])('12. %s with `buffer` is valid', async (_, body) => {
    const buffering = signedFetch(epi(), { buffer: 8 })
    const init = { method: 'POST', body: body() as BodyInit, duplex: 'half' } as RequestInit
    expect(await (await buffering(server.origin, init)).text()).toBe('valid')
    expect(last()?.body.toString()).toBe('one-shot')
    const small = signedFetch(epi(), { buffer: 7 })
    const again = { ...init, body: body() as BodyInit }
    await expect(small(server.origin, again)).rejects.toMatchObject({ code: 'unreadable-body' })
    expect(server.arrivals).toHaveLength(1)
  })

  test('12. with a bearer token a stream streams: the server reads before the end is written', async () => {
    let push!: (text: string) => void
    let end!: () => void
    const open = new ReadableStream<Uint8Array>({
      start(controller) {
        push = (text) => controller.enqueue(new TextEncoder().encode(text))
        end = () => controller.close()
      },
    })
    const receiving = await loopback(() => undefined)
    const heard = new Promise<string>((resolve) => {
      receiving.server.removeAllListeners('request')
      receiving.server.on('request', (request, response) => {
        request.once('data', (chunk: Buffer) => {
          resolve(chunk.toString())
          end()
        })
        request.on('end', () => response.end('done'))
      })
    })
    const init = { method: 'POST', body: open, duplex: 'half' } as RequestInit
    const call = signedFetch(bearer('token'))(receiving.origin, init)
    push('first')
    expect(await heard).toBe('first')
    expect(await (await call).text()).toBe('done')
    await receiving.close()
  })
})

describe('method and headers', () => {
  test('13. a lower-case method goes upper case, on the wire and in the MAC', async () => {
    for (const method of ['patch', 'post', 'get', 'Delete']) await valid(server.origin, { method })
    expect(server.arrivals.map(({ method }) => method)).toEqual(['PATCH', 'POST', 'GET', 'DELETE'])
  })

  test.each<[string, HeadersInit]>([
    ['a record', { 'X-One': '1', 'x-two': '2', accept: 'a/b, c/d' }],
    ['Headers', new Headers({ 'X-One': '1', 'x-two': '2', accept: 'a/b, c/d' })],
    [
      'tuples with a repeated name',
      [
        ['X-One', '1'],
        ['x-two', '2'],
        ['accept', 'a/b'],
        ['accept', 'c/d'],
      ],
    ],
  ])('14. %s: all headers are kept', async (_, headers) => {
    await valid(server.origin, { headers })
    expect(last()?.headers).toMatchObject({ 'x-one': '1', 'x-two': '2', accept: 'a/b, c/d' })
  })

  test('a Request: its parts are kept, and the init has precedence', async () => {
    const request = new Request(`${server.origin}/r`, {
      method: 'PUT',
      body: 'of the request',
      headers: { 'x-one': '1' },
    })
    await valid(request.clone())
    expect(last()).toMatchObject({ method: 'PUT', target: '/r', headers: { 'x-one': '1' } })
    expect(last()?.body.toString()).toBe('of the request')
    await valid(request, { method: 'POST', body: 'of the init', headers: { 'x-two': '2' } })
    expect(last()).toMatchObject({ method: 'POST', headers: { 'x-two': '2' } })
    expect(last()?.headers['x-one']).toBeUndefined()
    expect(last()?.body.toString()).toBe('of the init')
  })
})
