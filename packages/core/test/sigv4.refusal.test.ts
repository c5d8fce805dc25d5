import {
  type AwsCredentials,
  cached,
  compose,
  header,
  type Provider,
  signedFetch,
  type Signer,
} from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { type Sigv4Options, sigv4 } from '@countersign/core/sigv4'
import { describe, expect, test, vi } from 'vitest'
import { refusal, request, sign } from './support/sign.ts'
import { LONG_LIVED, MINUTE, NOW, s3, scopeOf, session } from './support/sigv4.ts'

const xml = (code: string, message = 'No.') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
const ofQueryApi = (code: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`
const json = (code: string) => JSON.stringify({ __type: code, message: 'No.' })
const NAMESPACE = 'com.amazon.coral.service#'

/** A signer whose provider counts, and has the next session for a refused one. */
function signing(changes: Partial<Sigv4Options> = {}) {
  let n = 1
  const source = vi.fn<Provider<AwsCredentials>>(() => session(n++))
  const credentials = cached(source)
  const local = { time: NOW }
  const signer = sigv4(s3({ credentials, now: () => local.time, ...changes }))
  return { signer, source, local, credentials }
}
const recovered = (signer: Signer, answer: Parameters<typeof refusal>[1], changes = {}) =>
  signer.recover?.({ ...refusal(sign(signer), answer), ...changes })
const idOf = (signer: Signer) => scopeOf(sign(signer).headers.authorization).split('/')[0]

describe('credentials are refused', () => {
  const codes = [
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidToken',
    'TokenRefreshRequired',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'RequestExpired',
  ]

  test.each(codes)('by %s, wherever it stands', async (code) => {
    const places: Parameters<typeof refusal>[1][] = [
      { status: 400, text: xml(code) },
      { status: 403, text: ofQueryApi(code) },
      { status: 403, text: json(code) },
      { status: 400, text: json(NAMESPACE + code) },
      { status: 400, text: `{ "code" : "${code}" }` },
      { status: 400, text: `{"Code":"${code}"}` },
      { status: 403, headers: { 'x-amzn-errortype': code } },
      { status: 400, headers: { 'x-amzn-errortype': `${code}:http://internal.amazon.com/coral/` } },
      { status: 400, headers: { 'x-amzn-errortype': NAMESPACE + code } },
    ]
    for (const answer of places) {
      const { signer, source } = signing()
      expect(idOf(signer)).toBe('ASIA1')
      expect(await recovered(signer, answer)).toBe(true)
      expect(source).toHaveBeenCalledTimes(2)
      expect(source.mock.lastCall?.[0]?.refused).toEqual(session(1))
      expect(idOf(signer)).toBe('ASIA2')
    }
  })

  test.each([
    ['AccessDenied', { status: 403, text: xml('AccessDenied') }],
    ['AccessDeniedException', { status: 403, text: json('AccessDeniedException') }],
    ['SignatureDoesNotMatch', { status: 403, text: xml('SignatureDoesNotMatch') }],
    ['NoSuchKey', { status: 400, text: xml('NoSuchKey', 'ExpiredToken is no key') }],
    ['a longer code', { status: 400, text: xml('ExpiredTokenOfAnotherKind') }],
    ['a code with more before it', { status: 400, text: xml('NoExpiredToken') }],
    ['another case', { status: 400, text: xml('expiredtoken') }],
    [
      'a code in the header that differs from the body',
      {
        status: 403,
        text: json('ExpiredToken'),
        headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      },
    ],
    ['no body', { status: 403 }],
    ['no body, and 400', { status: 400 }],
    ['a page', { status: 403, text: '<html>ExpiredToken</html>' }],
  ] as const)('not by %s', async (_, answer) => {
    const { signer, source } = signing()
    expect(await recovered(signer, answer)).toBe(false)
    expect(source).toHaveBeenCalledTimes(1)
  })

  test('of a HEAD by 400 alone, for it has no body to say why', async () => {
    const head = { request: request({ method: 'HEAD' }) }
    const { signer } = signing()
    expect(await recovered(signer, { status: 400 }, head)).toBe(true)
    expect(idOf(signer)).toBe('ASIA2')
    const region = { 'x-amz-bucket-region': 'us-east-1' }
    expect(await recovered(signer, { status: 400, headers: region }, head)).toBe(true)

    const { signer: other, source } = signing()
    const elsewhere = { 'x-amz-bucket-region': 'eu-west-1' }
    expect(await recovered(other, { status: 400, headers: elsewhere }, head)).toBe(false)
    expect(await recovered(other, { status: 403 }, head)).toBe(false)
    const named = { 'x-amzn-errortype': 'ValidationException' }
    expect(await recovered(other, { status: 400, headers: named }, head)).toBe(false)
    expect(source).toHaveBeenCalledTimes(1)

    const key = vi.fn<Provider<AwsCredentials>>(() => LONG_LIVED)
    const others = [signing({ service: 'execute-api' }).signer, sigv4(s3({ credentials: key }))]
    for (const it of others) expect(await recovered(it, { status: 400 }, head)).toBe(false)
    expect(key).toHaveBeenCalledTimes(1)
  })

  test('late, when they have been replaced already: no contact, and the request goes again', async () => {
    const { signer, source } = signing()
    const late = Array.from({ length: 20 }, () => sign(signer))
    const answer = { status: 400, text: xml('ExpiredToken') }
    const all = late.map((signature) => signer.recover?.(refusal(signature, answer)))
    expect(await Promise.all(all)).toEqual(Array(20).fill(true))
    expect(source).toHaveBeenCalledTimes(2)
  })

  test('by its very object, which the provider recognizes', async () => {
    const values: AwsCredentials[] = []
    const credentials: Provider<AwsCredentials> = vi.fn<Provider<AwsCredentials>>((options) => {
      values.push(session(options?.refused ? 2 : 1))
      return values.at(-1) as AwsCredentials
    })
    const signer = sigv4(s3({ credentials }))
    const { signal } = new AbortController()
    const signature = await signer.sign({ ...request(), signal })
    const refused = refusal(signature, { status: 400, text: xml('ExpiredToken') })
    expect(await signer.recover?.({ ...refused, request: { ...request(), signal } })).toBe(true)
    const [, options] = vi.mocked(credentials).mock.calls
    expect(options?.[0]?.refused).toBe(values[0])
    expect(options?.[0]?.signal).toBe(signal)
  })

  test.each(['accessKeyId', 'secretAccessKey', 'sessionToken'])(
    'and replaced by others with another %s alone',
    async (part) => {
      const credentials: Provider<AwsCredentials> = (options) =>
        options?.refused ? { ...session(1), [part]: 'another' } : session(1)
      const answer = { status: 400, text: xml('ExpiredToken') }
      expect(await recovered(sigv4(s3({ credentials })), answer)).toBe(true)
    },
  )

  test('also where the provider renews its one object in place', async () => {
    const answer = { status: 400, text: xml('ExpiredToken') }
    const live = { ...session(1) }
    const renewing: Provider<AwsCredentials> = (options) =>
      options?.refused === live ? Object.assign(live, session(2)) : live
    const signer = sigv4(s3({ credentials: renewing }))
    expect(await recovered(signer, answer)).toBe(true)
    expect(idOf(signer)).toBe('ASIA2')

    // Somebody else has done it while the request was under way.
    const other = sigv4(s3({ credentials: () => live }))
    const signature = sign(other)
    Object.assign(live, session(3))
    expect(await other.recover?.(refusal(signature, answer))).toBe(true)
    expect(await recovered(other, answer)).toBe(false)
  })

  test('in vain, when there are no others', async () => {
    const answer = { status: 400, text: xml('ExpiredToken') }
    const sources: Record<string, Sigv4Options['credentials']> = {
      'a constant': session(1),
      'the same again': () => session(1),
      none: vi.fn<Provider<AwsCredentials>>().mockReturnValueOnce(session(1)),
      'half of some': vi
        .fn<Provider<AwsCredentials>>()
        .mockReturnValueOnce(session(1))
        .mockReturnValue({ accessKeyId: 'ASIA2', secretAccessKey: '' }),
      'a failure': vi
        .fn<Provider<AwsCredentials>>()
        .mockReturnValueOnce(session(1))
        .mockRejectedValue(new Error('no vault')),
    }
    for (const [name, credentials] of Object.entries(sources)) {
      const signer = sigv4(s3({ credentials }))
      expect([name, await recovered(signer, answer)]).toEqual([name, false])
    }
  })

  test('never, if the body cannot be read', async () => {
    const { signer, source } = signing()
    const text = () => Promise.reject(new Error('reset'))
    expect(await recovered(signer, { status: 400 }, { text })).toBe(false)
    expect(source).toHaveBeenCalledTimes(1)
  })

  test("never for somebody else's signature", async () => {
    const { signer, source } = signing()
    const { signer: other, source: others } = signing()
    const byHmac = hmac({ secret: 's', message: ['method'], headers: { s: '{signature}' } })
    const answer = { status: 400, text: xml('ExpiredToken') }
    for (const signature of [sign(other), sign(byHmac), { headers: { authorization: 'x' } }]) {
      expect(await signer.recover?.(refusal(signature, answer))).toBe(false)
    }
    expect(source).not.toHaveBeenCalled()
    expect(others).toHaveBeenCalledTimes(1)
  })

  test('within a composition', async () => {
    const { signer, source } = signing()
    const whole = compose(header('x-a', 'b'), signer)
    expect(await recovered(whole, { status: 400, text: xml('ExpiredToken') })).toBe(true)
    expect(source).toHaveBeenCalledTimes(2)
  })

  test('by no code that is not one, however long an answer is', async () => {
    const { signer } = signing()
    const hostile = [
      '"code":"'.repeat(8000),
      `"code":"${'a'.repeat(65_000)}`,
      `"__type"${' '.repeat(65_000)}`,
      '<Code>'.repeat(10_000),
      'Signature '.repeat(6_000),
    ]
    for (const text of hostile) {
      expect(await recovered(signer, { status: 400, text })).toBe(false)
    }
  })
})

describe('the clock is set', () => {
  const ahead = (minutes: number) => ({ date: new Date(NOW + minutes * MINUTE).toUTCString() })
  const told = (signer: Signer) => sign(signer).headers['x-amz-date']
  const answers: [string, Parameters<typeof refusal>[1]][] = [
    ['RequestTimeTooSkewed', { status: 403, text: xml('RequestTimeTooSkewed') }],
    ['RequestExpired', { status: 400, text: ofQueryApi('RequestExpired') }],
    ['RequestInTheFuture', { status: 403, text: xml('RequestInTheFuture') }],
    [
      'InvalidSignatureException',
      {
        status: 400,
        headers: { 'x-amzn-errortype': 'InvalidSignatureException' },
        text: '{"message":"Signature expired: 20261121T123015Z is now earlier than 20261121T124015Z (20261121T124515Z - 5 min.)"}',
      },
    ],
    [
      'SignatureDoesNotMatch',
      {
        status: 403,
        text: xml(
          'SignatureDoesNotMatch',
          'Signature not yet current: 20261121T123015Z is still later',
        ),
      },
    ],
  ]

  test.each(answers)('by %s with a Date', async (_, answer) => {
    for (const minutes of [20, -20]) {
      const { signer, source } = signing()
      const headers = { ...answer?.headers, ...ahead(minutes) }
      expect(await recovered(signer, { ...answer, headers })).toBe(true)
      const time = new Date(NOW + minutes * MINUTE - 500).toISOString().replace(/[:-]|\.\d+/g, '')
      expect(told(signer)).toBe(time)
      expect(source).toHaveBeenCalledTimes(1)
    }
  })

  test.each(answers)('not by %s without one, or at the right time', async (_, answer) => {
    for (const date of [{}, ahead(0), { ...ahead(20), age: '1' }]) {
      const { signer } = signing({ credentials: session(1) })
      expect(await recovered(signer, { ...answer, headers: { ...answer?.headers, ...date } })).toBe(
        false,
      )
      expect(told(signer)).toBe('20261121T123015Z')
    }
  })

  test.each([0, 5 * MINUTE])('by %i ms at most, if it is told so', async (maxClockOffset) => {
    const { signer } = signing({ maxClockOffset })
    const answer = { status: 403, text: xml('RequestTimeTooSkewed'), headers: ahead(20) }
    expect(await recovered(signer, answer)).toBe(false)
    expect(told(signer)).toBe('20261121T123015Z')
  })

  test('not by a refusal that is no matter of time', async () => {
    for (const code of [
      'AccessDenied',
      'SignatureDoesNotMatch',
      'InvalidArgument',
      'NoRequestExpired',
      'RequestTimeTooSkewedByFar',
    ]) {
      const { signer } = signing()
      expect(await recovered(signer, { status: 403, text: xml(code), headers: ahead(20) })).toBe(
        false,
      )
      expect(told(signer)).toBe('20261121T123015Z')
    }
  })

  test('of a HEAD by 403 with a Date that is not ours', async () => {
    const head = { request: request({ method: 'HEAD' }) }
    const { signer, source } = signing()
    expect(await recovered(signer, { status: 403, headers: ahead(0) }, head)).toBe(false)
    expect(await recovered(signer, { status: 403, headers: ahead(20) }, head)).toBe(true)
    expect(source).toHaveBeenCalledTimes(1)

    const { signer: ended } = signing()
    expect(await recovered(ended, { status: 400, headers: ahead(20) }, head)).toBe(true)
    expect(told(ended)).toBe('20261121T123015Z')
    expect(idOf(ended)).toBe('ASIA2')
  })
})

describe('through a client', () => {
  /** S3 as far as one request needs it. */
  function bucket(accepts: (id: string) => boolean, refuses: string, status = 400) {
    const ids: string[] = []
    const fetch: typeof globalThis.fetch = async (_, init) => {
      const { authorization } = Object.fromEntries(new Headers(init?.headers))
      const [id = ''] = scopeOf(authorization).split('/')
      ids.push(id)
      return accepts(id) ? new Response('contents') : new Response(xml(refuses), { status })
    }
    return { ids, fetch }
  }
  const URL = 'https://b.s3.amazonaws.com/key'

  test('an expired session is renewed, and the request sent once more', async () => {
    const { signer, source } = signing()
    const { ids, fetch } = bucket((id) => id !== 'ASIA1', 'ExpiredToken')
    const s3Fetch = signedFetch(signer, { fetch })
    const response = await s3Fetch(URL, { method: 'PUT', body: 'x' })
    expect(await response.text()).toBe('contents')
    expect(ids).toEqual(['ASIA1', 'ASIA2'])
    expect((await s3Fetch(URL)).status).toBe(200)
    expect(ids).toEqual(['ASIA1', 'ASIA2', 'ASIA2'])
    expect(source).toHaveBeenCalledTimes(2)
  })

  test('a session that is never good is renewed once a call, and its answer handed over', async () => {
    const { signer } = signing()
    const { ids, fetch } = bucket(() => false, 'InvalidToken')
    const response = await signedFetch(signer, { fetch })(URL)
    expect(response.status).toBe(400)
    expect(await response.text()).toBe(xml('InvalidToken'))
    expect(ids).toEqual(['ASIA1', 'ASIA2'])
  })

  test('a denied access is not asked for again', async () => {
    const { signer, source } = signing()
    const { ids, fetch } = bucket(() => false, 'AccessDenied', 403)
    const response = await signedFetch(signer, { fetch })(URL)
    expect(await response.text()).toBe(xml('AccessDenied'))
    expect(ids).toEqual(['ASIA1'])
    expect(source).toHaveBeenCalledTimes(1)
  })

  test('a hundred calls with a session that has ended are one contact', async () => {
    const { signer, source } = signing()
    const { ids, fetch } = bucket((id) => id !== 'ASIA1', 'ExpiredToken')
    const s3Fetch = signedFetch(signer, { fetch })
    const responses = await Promise.all(Array.from({ length: 100 }, () => s3Fetch(URL)))
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    expect(source).toHaveBeenCalledTimes(2)
    expect(ids).toHaveLength(200)
  })

  test('a stream is sent as it comes, if the body is not covered', async () => {
    const chunks = ['one ', 'two']
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull(it) {
          const chunk = chunks.shift()
          if (chunk === undefined) it.close()
          else it.enqueue(new TextEncoder().encode(chunk))
        },
      })
    const seen: unknown[] = []
    const fetch: typeof globalThis.fetch = async (_, init) => {
      const headers = new Headers(init?.headers)
      seen.push(init?.body, headers.get('x-amz-content-sha256'))
      return new Response(await new Response(init?.body).text())
    }
    const stream = body()
    const { signer } = signing({ unsignedPayload: true })
    const response = await signedFetch(signer, { fetch })(URL, { method: 'PUT', body: stream })
    expect(await response.text()).toBe('one two')
    expect(seen).toEqual([stream, 'UNSIGNED-PAYLOAD'])

    const { signer: covering } = signing()
    await expect(
      signedFetch(covering, { fetch })(URL, { method: 'PUT', body: body() }),
    ).rejects.toMatchObject({ code: 'unreadable-body' })
  })

  test('a key and a query are sent as they are signed', async () => {
    const urls: string[] = []
    const fetch: typeof globalThis.fetch = async (url) => {
      urls.push(String(url))
      return new Response()
    }
    const { signer } = signing()
    await signedFetch(signer, { fetch })("https://b.s3.amazonaws.com/it's+(1).txt?prefix=a/b+c")
    expect(urls).toEqual(['https://b.s3.amazonaws.com/it%27s%2B%281%29.txt?prefix=a%2Fb%20c'])
  })

  test('plain http is refused before credentials are fetched, but to this machine', async () => {
    const { signer, source } = signing()
    const { ids, fetch } = bucket(() => true, '')
    const s3Fetch = signedFetch(signer, { fetch })
    await expect(s3Fetch('http://b.s3.amazonaws.com/key')).rejects.toMatchObject({
      code: 'insecure-url',
    })
    expect(source).not.toHaveBeenCalled()
    expect((await s3Fetch('http://127.0.0.1:9000/b/key')).status).toBe(200)
    expect(ids).toEqual(['ASIA1'])
  })
})
