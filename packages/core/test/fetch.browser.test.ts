import { type AccessToken, bearer, cached, signedFetch } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { expect, inject, test } from 'vitest'

/** The signing fetch in a real browser, against a server of another origin that recomputes what it gets. */

const origin = inject('origin')
const epi = hmac({
  id: 'loopback-key',
  secret: btoa('a secret of thirty-two bytes ...'),
  secretEncoding: 'base64',
  message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
  body: { hash: 'md5' },
  headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
})

test('there is no node:crypto here', () => {
  expect(typeof document).toBe('object')
  expect(globalThis).not.toHaveProperty('process.getBuiltinModule')
})

test('401 then 200, with the body sent again', async () => {
  let count = 0
  const api = signedFetch(bearer(cached<AccessToken>(async () => ({ token: `t${++count}` }))))
  const response = await api(`${origin}/token`, { method: 'POST', body: 'ü' })
  expect([response.status, await response.text(), count]).toEqual([200, 'ü', 2])
})

const form = new FormData()
form.set('file', new File([new Uint8Array([0, 255])], 'f.bin'))

test.each<[string, string, RequestInit | undefined]>([
  ['GET', '/signed/p a/ü?x=[a b]&y=%7E#frag', undefined],
  ['text', '/signed', { method: 'POST', body: 'ü' }],
  ['bytes', '/signed', { method: 'put', body: new Uint8Array([0, 255, 10]) }],
  ['a form with a file', '/signed', { method: 'POST', body: form }],
  ['a Blob', '/signed', { method: 'PATCH', body: new Blob(['x'], { type: 'text/x-thing' }) }],
])('an HMAC over %s is what the server recomputes', async (_, target, init) => {
  const response = await signedFetch(epi)(origin + target, init)
  expect(await response.text()).toBe('valid')
})

test('a Request is signed with its body', async () => {
  const request = new Request(`${origin}/signed`, { method: 'POST', body: 'content' })
  expect(await (await signedFetch(epi)(request)).text()).toBe('valid')
})

test('a redirect that a browser hides is refused, since the signature cannot follow', async () => {
  await expect(signedFetch(epi)(`${origin}/redirect`)).rejects.toMatchObject({
    name: 'SigningError',
    code: 'redirect-refused',
  })
})

test('a Request with a body is sent under a token, and again after a 401', async () => {
  let count = 0
  const api = signedFetch(bearer(cached(async () => ({ token: `t${++count}` }))))
  const request = new Request(`${origin}/token`, { method: 'POST', body: 'content' })
  const response = await api(request)
  expect([response.status, await response.text(), count]).toEqual([200, 'content', 2])
})
