import { createHash, createHmac } from 'node:crypto'
import { OptionError, type Signer } from '@countersign/core'
import { hmac, type HmacPart, type HmacScheme } from '@countersign/core/hmac'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wireUrl } from '../src/wire.ts'
import { sign } from './support/sign.ts'

const NOW = Date.UTC(2026, 10, 21)

const name = fc.constantFrom('x-a', 'X-B', 'Content-Type', 'authorization')
const text = fc.string({ unit: 'binary', maxLength: 20 })
const part: fc.Arbitrary<HmacPart> = fc.oneof(
  fc.constantFrom(
    ...(['id', 'method', 'url', 'host', 'target', 'path', 'query'] as const),
    ...(['timestamp', 'nonce', 'body', 'bodyHash'] as const),
  ),
  name.map((header) => ({ header })),
  text.map((literal) => ({ text: literal })),
)
const template = fc
  .array(
    fc.constantFrom('{id}', '{timestamp}', '{nonce}', '{bodyHash}', '{signature}', 'v1', ':', '='),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => pieces.join(''))
const hash = fc.constantFrom('md5', 'sha1', 'sha256', 'sha384', 'sha512')
const encoding = fc.constantFrom('base64', 'base64url', 'hex')

const declaration = fc.record(
  {
    id: fc.constantFrom('the-key', 'a b', 'ü'),
    secret: fc.oneof(text, fc.base64String(), fc.constant('00ff')),
    secretEncoding: fc.constantFrom('utf8', 'base64', 'hex'),
    message: fc.array(part, { maxLength: 8 }),
    separator: fc.constantFrom('', '\n', '.', 'ü'),
    hash,
    encoding,
    body: fc.record(
      { hash, encoding, empty: fc.constantFrom('', 'EMPTY', '-', 'a\nb') },
      { requiredKeys: ['hash'] },
    ),
    headers: fc.dictionary(name, template, { maxKeys: 3 }),
    timestamp: fc.constantFrom('ms', 's', 'iso', 'http'),
    target: fc.constantFrom('as-sent', 'normalized'),
  },
  { requiredKeys: ['secret', 'message', 'headers'] },
) as fc.Arbitrary<HmacScheme>

const asked = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  url: fc
    .webUrl({ withQueryParameters: true })
    .map((url) => wireUrl(url, { allowInsecure: true }).href),
  headers: fc.dictionary(
    fc.constantFrom('x-a', 'x-b', 'content-type'),
    fc.string({ unit: 'grapheme-ascii' }),
  ),
  body: fc.oneof(fc.uint8Array(), fc.string({ unit: 'grapheme' })),
})

/** Both at once, so that what is random is the same. */
const built = (scheme: HmacScheme) => hmac({ ...scheme, now: () => NOW, nonce: () => 'once' })

/** The signer, or why there is none. */
function outcome(scheme: HmacScheme): Signer | OptionError {
  try {
    return built(scheme)
  } catch (error) {
    return error as OptionError
  }
}

test('any declaration is refused when it is built, or signs the same request the same', () => {
  let signed = 0
  fc.assert(
    fc.property(declaration, asked, (scheme, request) => {
      const signer = outcome(scheme)
      expect(signer).toSatisfy((it) => it instanceof OptionError || 'sign' in it)
      if (signer instanceof OptionError) return
      const frozen = Object.freeze({ ...request, headers: Object.freeze(request.headers) })
      const first = sign(signer, frozen)
      expect(sign(signer, frozen)).toEqual(first)
      expect(sign(built(scheme), frozen)).toEqual(first)
      // What a header cannot carry is never sent.
      for (const value of Object.values(first.headers)) expect(value).toMatch(/^[ -~]*$/)
      signed++
    }),
    { numRuns: 3000 },
  )
  // The generator is no good if it makes nothing but mistakes.
  expect(signed).toBeGreaterThan(100)
})

test('the signature is that of the message as the scheme reads', () => {
  const complete = declaration.map(
    ({ body = { hash: 'sha256' as const }, ...scheme }): HmacScheme => ({
      ...scheme,
      id: 'the-key',
      secret: '00ff',
      body: body.empty === 'a\nb' ? { hash: body.hash } : body,
      message: scheme.message.length > 0 ? scheme.message : ['method'],
      headers: {
        'x-all': '{id} {timestamp} {nonce} {bodyHash}',
        'x-signature': '{signature}',
      },
    }),
  )
  fc.assert(
    fc.property(complete, asked, (scheme, request) => {
      const { headers, url: sentAs = request.url } = sign(built(scheme), request)
      const { host, pathname, search } = new URL(sentAs)
      const [id, timestamp, nonce, bodyHash] = splitAll(headers['x-all'] ?? '')
      const { body, separator = '', message } = scheme

      const hashed =
        body?.empty !== undefined && request.body.length === 0
          ? body.empty
          : createHash(body?.hash ?? '')
              .update(request.body)
              .digest(body?.encoding ?? 'base64')
      expect(bodyHash).toBe(hashed)

      const known: Record<string, string | Uint8Array | undefined> = {
        id,
        timestamp,
        nonce,
        bodyHash,
        host,
        method: request.method,
        body: request.body,
        path: pathname,
        query: search.slice(1),
        target: pathname + search,
        url: sentAs,
      }
      const chunks = message.flatMap((each, place) => {
        const value =
          typeof each === 'string'
            ? known[each]
            : (each.text ?? headerOf({ ...request.headers, ...headers }, each.header))
        return [place > 0 ? separator : '', value ?? ''].map((chunk) =>
          Buffer.from(chunk as string),
        )
      })
      const key = Buffer.from('00ff', scheme.secretEncoding ?? 'utf8')
      const expected = createHmac(scheme.hash ?? 'sha256', key)
        .update(Buffer.concat(chunks))
        .digest(scheme.encoding ?? 'base64')
      expect(headers['x-signature']).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})

const headerOf = (headers: Record<string, string>, header = '') => headers[header.toLowerCase()]

/** Apart at the first three blanks: an ISO date and a digest have none, an HTTP date has five. */
function splitAll(all: string): string[] {
  const [, ...parts] = /^(\S+) (.+) (once) (.*)$/s.exec(all) ?? []
  return parts
}
