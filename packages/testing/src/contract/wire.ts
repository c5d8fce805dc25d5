import { bearer } from '@countersign/core'
import { expect } from 'vitest'
import { type Case, door, failure, line, ours, type Stage } from './case.ts'
import type { Call, Setup } from './client.ts'
import { epi, verifying } from './proof.ts'
import type { Arrival } from './site.ts'

/** Sends one call to a server that verifies, and gives what arrived. */
async function valid(
  { serve, send }: Stage,
  call: Partial<Call>,
  setup?: Partial<Setup>,
): Promise<Arrival> {
  const home = await serve(verifying())
  const answer = await send(epi(), home, call, setup)
  expect(answer).toMatchObject({ status: 200, text: 'valid' })
  expect(home.arrivals).toHaveLength(1)
  return home.arrivals[0] as Arrival
}

const queryOf = ({ target }: Arrival) => [...new URLSearchParams(target.split('?')[1])]

const target = (url: string, onTheWire: string) => ({
  title: JSON.stringify(url),
  run: async (stage: Stage) => expect((await valid(stage, { url })).target).toBe(onTheWire),
})

const post = (body: NonNullable<Call['body']>): Partial<Call> => ({
  url: '/upload',
  method: 'POST',
  body,
})

const body = (
  title: string,
  content: () => NonNullable<Call['body']>,
  bytes: Buffer,
  type?: RegExp,
) => ({
  title,
  run: async (stage: Stage) => {
    const arrival = await valid(stage, post(content()))
    expect(arrival.body.equals(bytes)).toBe(true)
    if (type) expect(arrival.headers['content-type']).toMatch(type)
  },
})

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)
const large = new Uint8Array(10 * 1024 * 1024).fill(7)

async function* parts() {
  yield new TextEncoder().encode('one-')
  yield new TextEncoder().encode('shot')
}

const KEPT = { 'x-one': '1', 'x-two': '2', accept: 'a/b, c/d' }
const headers = (title: string, given: () => NonNullable<Call['headers']>) => ({
  title,
  async run(stage: Stage) {
    const { headers } = await valid(stage, { url: '/h', headers: given() })
    const accept = headers.accept?.replace(/, */g, ', ')
    expect({ ...headers, accept }).toMatchObject(KEPT)
  },
})

/** Lines 1–14: what is signed is what is sent. */
export const wire: readonly Case[] = [
  ...line(1, 'query parameters', {
    async run(stage) {
      const arrival = await valid(stage, { url: '/search', params: [['q', "it's"]] })
      expect(arrival.target).toBe('/search?q=it%27s')
    },
  }),
  ...line(
    2,
    'a target that must be encoded',
    target('/p a/ü?x=a b&y=[1]&z=+&w=%2B', '/p%20a/%C3%BC?x=a%20b&y=[1]&z=+&w=%2B'),
    target('/a|b{c}?d|e{f}^`', '/a|b%7Bc%7D?d|e{f}^`'),
  ),
  ...line(3, 'no fragment on the wire', target('/x?a=1#frag', '/x?a=1')),
  ...line(4, 'no lone question mark', target('/x?', '/x'), target('/x?#frag', '/x')),
  ...line(
    5,
    'dots and escapes',
    target('/a/../b//%7Euser/%2f', '/b//%7Euser/%2f'),
    target('/a\\b', '/a/b'),
  ),
  ...line(6, 'a query that a serializer of the caller’s own makes', {
    async run(stage) {
      const arrival = await valid(stage, { url: '/search', query: 'raw=[a b]&u=ü' })
      expect(queryOf(arrival)).toEqual([
        ['raw', '[a b]'],
        ['u', 'ü'],
      ])
    },
  }),
  ...line(7, 'an object through two transforms', {
    async run(stage) {
      const call: Partial<Call> = {
        url: '/json',
        method: 'POST',
        json: { a: 'ü' },
        transforms: [(text) => text.replace('ü', 'ö'), (text) => `${text}\n`],
      }
      const arrival = await valid(stage, call)
      expect(JSON.parse(String(arrival.body))).toEqual({ a: 'ö' })
      expect(arrival.headers['content-type']).toMatch(/^application\/json/)
    },
  }),
  ...line(8, 'FormData: the boundary is the body’s', {
    async run(stage) {
      const data = new FormData()
      data.set('field', 'välue')
      data.set('file', new File([everyByte], 'ü.bin', { type: 'application/x-thing' }))
      const arrival = await valid(stage, post(data))
      const [, boundary = '-'] =
        /^multipart\/form-data; ?boundary="?([^"]+)/.exec(arrival.headers['content-type'] ?? '') ??
        []
      expect(arrival.body.toString('latin1').startsWith(`--${boundary}\r\n`)).toBe(true)
      expect(arrival.body.includes(Buffer.from(everyByte))).toBe(true)
    },
  }),
  ...line(
    9,
    'content type kept',
    body(
      'a Blob',
      () => new Blob(['x'], { type: 'text/x-thing' }),
      Buffer.from('x'),
      /^text\/x-thing$/,
    ),
    body(
      'a File',
      () => new File(['x'], 'f', { type: 'image/x-none' }),
      Buffer.from('x'),
      /^image\/x-none$/,
    ),
    body(
      'URLSearchParams',
      () => new URLSearchParams({ a: 'ü b' }),
      Buffer.from('a=%C3%BC+b'),
      /^application\/x-www-form-urlencoded/,
    ),
  ),
  ...line(
    10,
    'exactly the bytes given',
    body(
      'a view into a larger buffer',
      () => new Uint8Array(new Uint8Array([9, 9, 1, 2, 3, 9]).buffer, 2, 3),
      Buffer.from([1, 2, 3]),
    ),
    body('an ArrayBuffer', () => everyByte.slice(2, 5).buffer, Buffer.from([2, 3, 4])),
    {
      title: 'what the caller writes into them after the call is not sent',
      async run({ serve, send }) {
        const home = await serve(verifying())
        const bytes = new Uint8Array([1, 2, 3])
        const call = send(epi(), home, post(bytes))
        // By then the client has taken the call, and has not sent it: sending takes a turn of the loop.
        await Promise.resolve()
        bytes.fill(9)
        expect((await call).text).toBe('valid')
      },
    },
  ),
  ...line(
    11,
    'any content',
    body('UTF-8', () => '{"a":"ü"}', Buffer.from('{"a":"ü"}')),
    body('a byte order mark', () => '\ufeffx', Buffer.from('\ufeffx')),
    body('a lone surrogate', () => 'a\ud800b', Buffer.from('a\ufffdb')),
    body('all byte values', () => everyByte.slice(), Buffer.from(everyByte)),
    body('10 MiB', () => large, Buffer.from(large)),
  ),
  ...line(
    12,
    'a one-shot stream',
    {
      title: 'a clear error before anything is sent, under a signature over the body',
      async run({ serve, send }) {
        const home = await serve(verifying())
        const call = send(epi(), home, { method: 'POST', stream: parts() })
        expect(ours(await failure(call))).toMatchObject({
          code: 'unreadable-body',
          message: expect.stringContaining('`buffer`'),
        })
        expect(home.arrivals).toHaveLength(0)
      },
    },
    {
      title: 'valid with `buffer`',
      async run(stage) {
        const call: Partial<Call> = { method: 'POST', stream: parts() }
        expect(String((await valid(stage, call, { buffer: 8 })).body)).toBe('one-shot')
      },
    },
    {
      title: 'an error where it is larger than `buffer`',
      async run({ serve, send }) {
        const home = await serve(verifying())
        const call = send(epi(), home, { method: 'POST', stream: parts() }, { buffer: 7 })
        expect(ours(await failure(call))).toMatchObject({ code: 'unreadable-body' })
        expect(home.arrivals).toHaveLength(0)
      },
    },
    {
      title: 'with a bearer token the server reads before the end is written',
      on: 'wire',
      async run({ serve, send }) {
        const heard = door()
        async function* endless() {
          yield new TextEncoder().encode('first')
          await heard.promise
          yield new TextEncoder().encode(', last')
        }
        const home = await serve(() => ({ body: 'done' }), heard.open)
        const call: Partial<Call> = { method: 'POST', stream: endless() }
        expect((await send(bearer('token'), home, call)).text).toBe('done')
        expect(String(home.arrivals[0]?.body)).toBe('first, last')
      },
    },
  ),
  ...line(13, 'a lower-case method is upper case on the wire and in the MAC', {
    async run(stage) {
      for (const method of ['patch', 'post', 'get', 'Delete']) {
        expect((await valid(stage, { method })).method).toBe(method.toUpperCase())
      }
    },
  }),
  ...line(
    14,
    'headers kept',
    headers('a record', () => ({ 'X-One': '1', 'x-two': '2', accept: 'a/b, c/d' })),
    headers('a list of values', () => ({ 'X-One': '1', 'x-two': '2', accept: ['a/b', 'c/d'] })),
    headers('Headers', () => new Headers(KEPT)),
    headers('pairs', () => [
      ['X-One', '1'],
      ['x-two', '2'],
      ['accept', 'a/b, c/d'],
    ]),
  ),
]
