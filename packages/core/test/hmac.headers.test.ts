import { signedFetch } from '@countersign/core'
import { type HmacPart, hmac } from '@countersign/core/hmac'
import { createHmac } from 'node:crypto'
import { expect, test, vi } from 'vitest'

/** Headers that are covered are covered as they are sent. */

const over = (...message: HmacPart[]) =>
  hmac({
    secret: 'some secret',
    message,
    separator: '\n',
    headers: { 'x-signature': '{signature}' },
  })

test.each<[string, BodyInit]>([
  ['text', 'hello'],
  ['a form', new URLSearchParams({ a: 'b' })],
  ['a multipart form', new FormData()],
  ['a Blob', new Blob(['x'], { type: 'text/x-thing' })],
])('the content type that %s brings is signed', async (_, body) => {
  const send = vi.fn<typeof fetch>(async () => new Response())
  await signedFetch(over('method', { header: 'content-type' }), { fetch: send })(
    'https://example.com',
    {
      method: 'POST',
      body,
    },
  )
  const headers = new Headers(send.mock.calls[0]?.[1]?.headers)
  const type = headers.get('content-type')
  expect(type).toBeTruthy()
  expect(headers.get('x-signature')).toBe(
    createHmac('sha256', 'some secret').update(`POST\n${type}`).digest('base64'),
  )
})

test.each(['accept', 'accept-encoding', 'accept-language', 'user-agent', 'content-length'])(
  'a covered %s that a client would fill in is asked for',
  async (header) => {
    const signer = over('method', { header })
    const request = { method: 'GET', url: 'https://example.com/', headers: {} }
    const missing = { code: 'signing-failed', message: expect.stringContaining(`${header},`) }
    expect(() => signer.sign(request)).toThrow(expect.objectContaining(missing))
    expect(signer.sign({ ...request, headers: { [header]: '1' } })).toHaveProperty('headers')
  },
)
