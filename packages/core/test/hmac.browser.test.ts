import { expect, test } from 'vitest'
import { digester, nobleDigester } from '../src/digest.ts'
import { hmac } from '../src/hmac.ts'
import { hmacVectors } from './support/hmac-vectors.ts'

test('hashes in JavaScript, since a browser has no node:crypto', () => {
  expect(navigator.userAgent).toContain('Chrome/')
  expect(digester).toBe(nobleDigester)
})

hmacVectors()

test('makes a nonce of its own', () => {
  const { sign } = hmac({
    secret: 'a-secret',
    message: ['nonce'],
    headers: { 'x-nonce': '{nonce}', 'x-signature': '{signature}' },
  })
  const request = { method: 'GET', url: 'https://api.example/', headers: {} }
  const nonces = Array.from({ length: 100 }, () => {
    const signature = sign(request)
    return 'headers' in signature ? signature.headers['x-nonce'] : undefined
  })
  expect(new Set(nonces).size).toBe(100)
  expect(nonces.every((nonce) => /^[\da-f]{32}$/.test(nonce ?? ''))).toBe(true)
})

test('a large body lets other work have its turn', async () => {
  const body = new Uint8Array(2 ** 20).fill(7)
  const signer = hmac({
    secret: 'a-secret',
    message: ['bodyHash'],
    body: { hash: 'sha256', encoding: 'hex' },
    headers: { 'x-digest': '{bodyHash}', 'x-signature': '{signature}' },
  })
  const order: string[] = []
  const channel = new MessageChannel()
  channel.port1.onmessage = () => order.push('a message')
  channel.port2.postMessage(null)
  const { headers } = await signer.sign({
    method: 'POST',
    url: 'https://api.example/',
    headers: {},
    body,
  })
  order.push('the signature')
  expect(order).toEqual(['a message', 'the signature'])
  channel.port1.close()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  expect(headers['x-digest']).toBe(hex)
})
