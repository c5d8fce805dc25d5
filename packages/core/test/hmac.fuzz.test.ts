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

type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never

/** Mended where it is most often wrong, so that not too many are refused. */
const likely = declaration.map((scheme): HmacScheme => {
  const message = scheme.message.length > 0 ? scheme.message : ['method' as const]
  const sends = ['timestamp', 'nonce'].filter((part) => message.includes(part as HmacPart))
  const own = Object.entries(scheme.headers)
    .map(([key, value]) => [key.toLowerCase(), value.replaceAll('{signature}', '')])
    .filter(([, value]) => value !== '')
  const headers: Record<string, string> = {
    ...Object.fromEntries(own),
    'x-proof': `${sends.map((part) => `{${part}} `).join('')}{signature}`,
  }
  const hashes =
    message.includes('bodyHash') || Object.values(headers).join().includes('{bodyHash}')
  const { body = { hash: 'sha256' }, secretEncoding: _, ...rest } = scheme
  const { empty, ...rule } = body
  return {
    ...rest,
    id: 'the-key',
    secret: '00ff',
    message,
    headers,
    ...(hashes && { body: empty === 'a\nb' ? rule : body }),
  } as HmacScheme
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

const TIMES = {
  ms: String(NOW),
  s: String(NOW / 1000),
  iso: new Date(NOW).toISOString(),
  http: new Date(NOW).toUTCString(),
}

/** What a server expects that reads the declaration, by means of Node's own and of a plain replacement. */
function expected(scheme: HmacScheme, request: Asked, sentAs: string): Record<string, string> {
  const { host, pathname, search } = new URL(sentAs)
  const { id = '', body, separator = '', message, timestamp = 'ms', encoding = 'base64' } = scheme
  const digest = (name: string) => createHash(name).update(request.body)
  const none = body?.empty !== undefined && request.body.length === 0
  const known: Record<string, string | Uint8Array> = {
    id,
    host,
    timestamp: TIMES[timestamp],
    nonce: 'once',
    bodyHash: none
      ? `${body.empty}`
      : body
        ? digest(body.hash).digest(body.encoding ?? 'base64')
        : '',
    method: request.method,
    body: request.body,
    path: pathname,
    query: search.slice(1),
    target: pathname + search,
    url: sentAs,
  }
  const fill = (text: string) =>
    text.replaceAll(/\{(\w+)\}/g, (_, placeholder: string) => `${known[placeholder]}`)
  const templates = Object.entries(scheme.headers).map(([key, text]) => [key.toLowerCase(), text])
  const early = templates.filter(([, text = '']) => !text.includes('{signature}'))
  const headers: Record<string, string> = {
    ...request.headers,
    ...Object.fromEntries(early.map(([key, text = '']) => [key, fill(text)])),
  }
  const chunks = message.flatMap((each, place) => {
    const value =
      typeof each === 'string' ? known[each] : (each.text ?? headers[each.header.toLowerCase()])
    return [place > 0 ? separator : '', value ?? ''].map((chunk) => Buffer.from(chunk as string))
  })
  const key = Buffer.from(scheme.secret as string, scheme.secretEncoding ?? 'utf8')
  known.signature = createHmac(scheme.hash ?? 'sha256', key)
    .update(Buffer.concat(chunks))
    .digest(encoding)
  return Object.fromEntries(templates.map(([key, text = '']) => [key, fill(text)]))
}

test('any declaration is refused when it is built, or signs twice alike what its reader expects', () => {
  let signed = 0
  let runs = 0
  fc.assert(
    fc.property(fc.oneof(declaration, likely), asked, (scheme, request) => {
      runs++
      const signer = outcome(scheme)
      expect(signer).toSatisfy((it) => it instanceof OptionError || 'sign' in it)
      if (signer instanceof OptionError) return
      const frozen = Object.freeze({ ...request, headers: Object.freeze(request.headers) })
      const first = sign(signer, frozen)
      expect(sign(signer, frozen)).toEqual(first)
      expect(sign(built(scheme), frozen)).toEqual(first)
      // What a header cannot carry is never sent.
      for (const value of Object.values(first.headers)) expect(value).toMatch(/^[ -~]*$/)
      const sentAs = first.url ?? request.url
      expect(new URL(sentAs).href).toBe(sentAs)
      expect(first.headers).toEqual(expected(scheme, request, sentAs))
      signed++
    }),
  )
  // The generator is no good if it makes nothing but mistakes.
  expect(signed).toBeGreaterThan(runs / 3)
})
