import { createHash, createHmac } from 'node:crypto'
import type { SignableRequest } from '@countersign/core'
import { explain, presign, sigv4 } from '@countersign/core/sigv4'
import { SignatureV4 } from '@smithy/signature-v4'
import { AwsV4Signer } from 'aws4fetch'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sign } from './support/sign.ts'

/** What others' signers hash with. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }
  update(data: Uint8Array) {
    this.#hash.update(data)
  }
  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
  reset() {}
}

const secretText = fc.string({
  unit: fc.constantFrom(...'aZ09+/=!~;:'),
  minLength: 1,
  maxLength: 40,
})
const credentials = fc.record(
  {
    accessKeyId: fc.stringMatching(/^[A-Z0-9]{4,20}$/),
    secretAccessKey: secretText,
    sessionToken: secretText,
  },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
)
/** Escapes of every kind, what browsers leave bare, and what they escape. */
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom(...'aZ0-._~!$&\'()*+,;=:@[]|^{}"<>`', ' ', 'ü', '日', '😀', '\ud800'),
  fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
  fc.constantFrom('%2F', '%2f', '%41', '%7E', '%C3%BC', '%c3%bc', '%', '%4', '%zz', '%25'),
)
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
const segment = text.map((it) => it.replace(/[/?#\\]/g, '-'))
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`)
const component = text.map((it) => it.replace(/[#&]/g, '-'))
const query = fc
  .array(fc.tuple(component, fc.option(component)), { maxLength: 5 })
  .map((pairs) => pairs.map(([name, value]) => (value === null ? name : `${name}=${value}`)))
  .map((pairs) => (pairs.length > 0 ? `?${pairs.join('&')}` : ''))
const headers = fc.dictionary(
  fc.constantFrom('content-type', 'range', 'x-amz-acl', 'x-amz-meta-a', 'x-own', 'if-match', 'z'),
  fc.string({ unit: fc.constantFrom(...'ab,;="\t  '), maxLength: 12 }),
)
const body = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), { nil: undefined })
const host = fc.constantFrom(
  'examplebucket.s3.amazonaws.com',
  'abc.execute-api.eu-west-1.amazonaws.com',
  'LOCALHOST:443',
  'localhost:9000',
  '[::1]:9000',
)
const service = fc.constantFrom('s3', 's3express', 'execute-api', 'dynamodb')
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000 + 789)

const asked = fc.record({ credentials, path, query, headers, body, host, service, time })
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never

const region = 'eu-west-1'
const isS3 = (name: string) => name.startsWith('s3')

/** As a client hands it over: what the platform's own parser makes of the URL. */
function requestOf({ host: at, path: to, query: search, headers: given, body: sent }: Asked) {
  const { href } = new URL(`https://${at}${to}${search}`)
  const request = { method: 'PUT', url: href, headers: given }
  return sent === undefined ? request : { ...request, body: sent }
}

/** A request in smithy's own form, of what is really sent. */
function smithyRequest({ method, headers: given, body: content }: SignableRequest, url: string) {
  const { host: at, hostname, protocol, search } = new URL(url)
  const values: Record<string, string[]> = {}
  for (const pair of search.slice(1).split('&').filter(Boolean)) {
    const [name = '', value = ''] = pair.split('=').map((it) => decodeURIComponent(it))
    if (!Object.hasOwn(values, name))
      Object.defineProperty(values, name, { value: [], enumerable: true })
    values[name]?.push(value)
  }
  const path = /^https:\/\/[^/]+([^?]*)/.exec(url)?.[1] ?? ''
  return {
    method,
    protocol,
    hostname,
    path,
    query: values,
    headers: { ...given, host: at },
    body: content,
  }
}

const smithy = (it: Asked) =>
  new SignatureV4({
    credentials: it.credentials,
    region,
    service: it.service,
    sha256: Sha256,
    uriEscapePath: !isS3(it.service),
    applyChecksum: isS3(it.service),
  })

/** What no server can read as text has no second signature to agree with. */
function isUtf8(url: string): boolean {
  try {
    return decodeURIComponent(url) !== ''
  } catch {
    return false
  }
}

/** The SDK has no words for a key's slash that is escaped, as where a bare one would be a way up. */
const isPlain = (it: Asked, url: string) =>
  isUtf8(url) && !(isS3(it.service) && /%2f/i.test(url.split('?', 1).join()))

const options = (it: Asked) => ({
  credentials: it.credentials,
  region,
  service: it.service,
  now: () => it.time,
})
const signatureIn = (header = '') => /Signature=([\da-f]{64})$/.exec(header)?.[1]

test("signs as AWS's own SDK does, in the headers", async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (it) => {
      const request = requestOf(it)
      const ours = sign(sigv4(options(it)), request)
      const sent = ours.url ?? request.url
      expect(new URL(sent).href).toBe(sent)
      fc.pre(isPlain(it, sent))
      const theirs = await smithy(it).sign(smithyRequest(request, sent), {
        signingDate: new Date(it.time),
      })
      expect(ours.headers.authorization).toBe(theirs.headers.authorization)
      for (const [name, value] of Object.entries(ours.headers)) {
        expect(theirs.headers[name]).toBe(value)
      }
    }),
    { numRuns: 250 },
  )
})

test("signs as AWS's own SDK does, in the query", async () => {
  await fc.assert(
    fc.asyncProperty(asked, fc.integer({ min: 1, max: 604_800 }), async (it, expiresIn) => {
      const { method, url, headers: anything } = requestOf(it)
      const given = Object.fromEntries(
        Object.entries(anything).map(([name, value]) => [
          name,
          value.replace(/^\W*|\t|\W*$/g, 'x'),
        ]),
      )
      const ours = await presign({ ...options(it), method, url, headers: given, expiresIn })
      const sent = ours.replace(/[?&]X-Amz-Algorithm=.*/, '')
      fc.pre(isPlain(it, sent))
      const hash = isS3(it.service) && { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
      const request = smithyRequest({ method, url, headers: { ...given, ...hash } }, sent)
      const theirs = await smithy(it).presign(request, {
        signingDate: new Date(it.time),
        expiresIn,
        // Theirs would move these to the query, or leave them out.
        unhoistableHeaders: new Set(['x-amz-content-sha256', ...Object.keys(given)]),
        signableHeaders: new Set(['host', ...Object.keys(given)]),
        unsignableHeaders: new Set(['x-amz-content-sha256']),
      })
      const { 'X-Amz-Signature': signature } = theirs.query as Record<string, string>
      expect(ours.endsWith(`&X-Amz-Signature=${signature}`)).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('signs as aws4fetch does', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (it) => {
      const request = requestOf(it)
      const ours = sign(sigv4(options(it)), request)
      const sent = ours.url ?? request.url
      const names = [...new URL(sent).searchParams.keys()]
      // It knows one S3, and signs no name there that is empty, and no repeated one twice.
      fc.pre(
        it.service !== 's3express' &&
          isUtf8(sent) &&
          !names.includes('') &&
          new Set(names).size === names.length,
      )
      const { headers: given, body: content } = request as SignableRequest
      const hash = ours.headers['x-amz-content-sha256']
      const signer = new AwsV4Signer({
        ...it.credentials,
        method: request.method,
        url: sent,
        headers: { ...given, ...(hash !== undefined && { 'x-amz-content-sha256': hash }) },
        ...(content !== undefined && { body: content as BodyInit }),
        region,
        service: it.service,
        datetime: ours.headers['x-amz-date'] ?? '',
        allHeaders: true,
      })
      expect(signatureIn(ours.headers.authorization)).toBe(await signer.signature())
    }),
    { numRuns: 200 },
  )
})

test('sends the same path and query, in another spelling', () => {
  fc.assert(
    fc.property(asked, (it) => {
      const { url } = requestOf(it)
      const before = new URL(url)
      const after = new URL(sign(sigv4(options(it)), requestOf(it)).url ?? url)
      expect(after.origin).toBe(before.origin)
      expect([...after.searchParams].filter(([name, value]) => name || value)).toEqual(
        [...before.searchParams].filter(([name, value]) => name || value),
      )
      fc.pre(isUtf8(after.pathname) && isUtf8(before.pathname))
      expect(decodeURIComponent(after.pathname)).toBe(decodeURIComponent(before.pathname))
      expect(isS3(it.service) || after.pathname === before.pathname).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('what is sent is settled: signed again it is the same', () => {
  fc.assert(
    fc.property(asked, (it) => {
      const signer = sigv4(options(it))
      const request = requestOf(it)
      const first = sign(signer, request)
      const second = sign(signer, { ...request, url: first.url ?? request.url })
      expect(second.url).toBeUndefined()
      expect(second.headers).toEqual(first.headers)
    }),
    { numRuns: 200 },
  )
})

test('explains the very signature that it makes', async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (it) => {
      const request = requestOf(it)
      const { headers: made, url } = sign(sigv4(options(it)), request)
      const explained = await explain(options(it), request)
      expect(explained.signature).toBe(signatureIn(made.authorization))
      expect(explained.headers.authorization).toBe(made.authorization)
      expect(explained.url).toBe(url)
      if (it.credentials.sessionToken !== undefined) return
      const hash = createHash('sha256').update(explained.canonicalRequest).digest('hex')
      expect(explained.stringToSign.endsWith(`\n${hash}`)).toBe(true)
      expect(explained.headers).toEqual(made)
    }),
    { numRuns: 200 },
  )
})
