import { describe, expect, test } from 'vitest'
import { explain, hmac, type HmacScheme } from '../../src/hmac.ts'
import epi from '../vectors/epi-hmac.json'
import rfc4231 from '../vectors/rfc4231.json'

type Vector = (typeof epi.vectors)[number]

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0))
const fromHex = (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** The published answers, through the public `hmac()`: the same file in Node and in Chromium. */
export function hmacVectors(): void {
  describe('epi-hmac', () => {
    const schemeOf = ({ key, secret, timestamp, nonce }: Vector): HmacScheme => ({
      id: key,
      secret,
      secretEncoding: 'base64',
      message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
      body: { hash: 'md5' },
      headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
      target: 'normalized',
      now: () => timestamp,
      nonce: () => nonce,
    })
    const requestOf = ({ method, url, body }: Vector) => ({
      method,
      url,
      headers: {},
      ...(body && { body: fromBase64(body) }),
    })

    test.each(epi.vectors)('$id', (vector) => {
      const signer = hmac(schemeOf(vector))
      // Not awaited: under no runtime does a signature need a promise.
      expect(signer.sign(requestOf(vector))).toEqual({ headers: { authorization: vector.header } })
    })

    test.each(epi.vectors)('$id, explained', (vector) => {
      const { key, method, url, target, timestamp, nonce, bodyMd5 } = vector
      const { message, signature, header } = vector
      expect(explain(schemeOf(vector), requestOf(vector))).toEqual({
        parts: [
          { part: 'id', value: key },
          { part: 'method', value: method },
          { part: 'target', value: target },
          { part: 'timestamp', value: String(timestamp) },
          { part: 'nonce', value: nonce },
          { part: 'bodyHash', value: bodyMd5 },
        ],
        message,
        bodyHash: bodyMd5,
        signature,
        headers: { authorization: header },
        url: new URL(url).href,
      })
    })

    test.each(epi.vectors)('$id, each part of the message on its own', (vector) => {
      const { key, secret, method, url, timestamp, nonce, bodyMd5, message, body, target } = vector
      const parts = [key, method, target, String(timestamp), nonce, bodyMd5]
      expect(parts.join('')).toBe(message)
      const spelled = hmac({
        secret,
        secretEncoding: 'base64',
        message: parts.map((text) => ({ text })),
        headers: { authorization: `epi-hmac ${key}:${timestamp}:${nonce}:{signature}` },
      })
      expect(spelled.sign({ method, url, headers: {}, body: fromBase64(body) })).toEqual({
        headers: { authorization: vector.header },
      })
    })
  })

  describe('RFC 4231', () => {
    const cases = rfc4231.vectors.flatMap((vector) =>
      (['sha256', 'sha384', 'sha512'] as const).map((hash) => ({ ...vector, hash })),
    )
    test.each(cases)('case $case, $hash', ({ key, data, hash, truncatedTo, ...vector }) => {
      const signer = hmac({
        secret: key,
        secretEncoding: 'hex',
        message: ['body'],
        hash,
        encoding: 'hex',
        headers: { 'x-signature': '{signature}' },
      })
      const signature = signer.sign({
        method: 'POST',
        url: 'https://api.example/',
        headers: {},
        body: fromHex(data),
      })
      const digits = truncatedTo === undefined ? vector[hash].length : truncatedTo / 4
      expect(signature).toEqual({
        headers: { 'x-signature': expect.stringMatching(/^[\da-f]+$/) },
      })
      expect('headers' in signature && signature.headers['x-signature']?.slice(0, digits)).toBe(
        vector[hash],
      )
    })
  })
}
