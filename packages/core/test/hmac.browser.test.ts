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
