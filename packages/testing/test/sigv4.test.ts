import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { S3Error } from '../src/s3-error.ts'
import { sigv4Verifier } from '../src/sigv4.ts'
import type { Arrival } from '../src/site.ts'
import { START, type Sigv4, sigv4 } from './support.ts'

const MINUTE = 60_000

const arrivalOf = (arrival: Partial<Arrival>): Arrival => ({
  host: 's3.us-east-1.amazonaws.com',
  origin: 'https://s3.us-east-1.amazonaws.com',
  method: 'GET',
  target: '/',
  headers: new Headers(),
  body: new Uint8Array(),
  ...arrival,
})

const refusalOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof S3Error) return error
    throw error
  }
  throw new Error('accepted')
}

describe('known answers', () => {
  interface Case {
    readonly name: string
    readonly context: {
      readonly credentials: { access_key_id: string; secret_access_key: string; token?: string }
      readonly region: string
      readonly service: string
      readonly timestamp: string
      readonly normalize: boolean
    }
    readonly header: { readonly signedRequest: string }
    readonly query: { readonly signedRequest: string }
  }
  const path = new URL('./vectors/aws-sigv4.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] }

  /** A request as the suite writes it: a line to a header, and a body after an empty one. */
  const parsed = (text: string): Arrival => {
    const [head = '', body = ''] = text.split('\n\n')
    const [line = '', ...lines] = head.split('\n')
    const [, method = '', target = ''] = /^(\S+) (.+) HTTP\/1\.1$/.exec(line) ?? []
    const headers = new Map<string, string>()
    for (const one of lines) {
      const [name = '', value = ''] = one.split(/:(.*)/)
      // Lines of one name are one with commas, as the canonical form has them.
      const before = headers.get(name)
      headers.set(name, before === undefined ? value : `${before},${value}`)
    }
    const bytes = new TextEncoder().encode(body)
    return arrivalOf({ method, target, headers: new Headers([...headers]), body: bytes })
  }

  test.each(
    cases.flatMap(({ name, context, header, query }) => [
      [name, 'header', context, header.signedRequest] as const,
      [name, 'query', context, query.signedRequest] as const,
    ]),
  )('%s in the %s', (_name, _place, context, signedRequest) => {
    const { region, service, credentials, timestamp, normalize } = context
    const key = { secretAccessKey: credentials.secret_access_key }
    const verify = sigv4Verifier({
      region,
      service,
      pathIsKey: !normalize,
      now: () => Date.parse(timestamp),
      keyOf(accessKeyId, sessionToken) {
        expect([accessKeyId, sessionToken]).toEqual([credentials.access_key_id, credentials.token])
        return key
      },
    })
    const arrival = parsed(signedRequest)
    expect(verify(arrival)).toBe(key)
    const other = { ...arrival, target: arrival.target.replace('/', '/other/') }
    expect(refusalOf(() => verify(other)).code).toBe('SignatureDoesNotMatch')
  })

  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  // and …/sigv4-query-string-auth.html: the examples, all of the same key and second.
  const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'
  const proof = (signedHeaders: string, signature: string) =>
    `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedHeaders},Signature=${signature}`
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': credential,
    'X-Amz-Date': '20130524T000000Z',
    'X-Amz-Expires': '86400',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  })

  test.each<[string, { method?: string; target: string; body?: string }, Record<string, string>]>([
    [
      'GET object',
      { target: '/test.txt' },
      {
        range: 'bytes=0-9',
        authorization: proof(
          'host;range;x-amz-content-sha256;x-amz-date',
          'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
        ),
      },
    ],
    [
      'PUT object',
      { method: 'PUT', target: '/test$file.text', body: 'Welcome to Amazon S3.' },
      {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        authorization: proof(
          'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
          '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
        ),
      },
    ],
    [
      'GET bucket lifecycle',
      { target: '/?lifecycle' },
      {
        authorization: proof(
          'host;x-amz-content-sha256;x-amz-date',
          'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
        ),
      },
    ],
    [
      'GET bucket (list objects)',
      { target: '/?max-keys=2&prefix=J' },
      {
        authorization: proof(
          'host;x-amz-content-sha256;x-amz-date',
          '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
        ),
      },
    ],
    ['a presigned GET object', { target: `/test.txt?${query}` }, {}],
  ])('Amazon S3: %s', (_, { method = 'GET', target, body = '' }, headers) => {
    const verify = sigv4Verifier({
      region: 'us-east-1',
      service: 's3',
      now: () => Date.UTC(2013, 4, 24),
      keyOf: () => ({ secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }),
    })
    const signed = { 'x-amz-content-sha256': EMPTY, 'x-amz-date': '20130524T000000Z' }
    const arrival = arrivalOf({
      origin: 'https://examplebucket.s3.amazonaws.com',
      method,
      target,
      headers: new Headers({ ...(headers.authorization && signed), ...headers }),
      body: new TextEncoder().encode(body),
    })
    expect(verify(arrival)).toBeDefined()
    const later = { ...arrival, target: target.replace('/', '/x') }
    expect(refusalOf(() => verify(later)).code).toBe('SignatureDoesNotMatch')
  })
})

const KEY = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a/token==' }
const URL_ = 'https://s3.us-east-1.amazonaws.com/bucket/a%20key?prefix=a%2Fb&list-type=2'

/** A request by the recipe, with what is changed on its way. */
const ask = (
  options: Partial<Sigv4> = {},
  changed: { method?: string; target?: string; body?: string; headers?: object } = {},
  now = START,
) => {
  const { method = 'GET', url = URL_, body = '' } = options
  const { origin, pathname, search } = new URL(url)
  const signed = { ...sigv4({ ...KEY, url, time: START, ...options }), ...changed.headers }
  const headers = Object.entries(signed).filter(([, value]) => value !== undefined)
  return sigv4Verifier({
    region: 'us-east-1',
    service: 's3',
    now: () => now,
    keyOf: (accessKeyId, sessionToken) => ({ ...KEY, accessKeyId, sessionToken }),
  })(
    arrivalOf({
      origin,
      method: changed.method ?? method,
      target: changed.target ?? pathname + search,
      headers: new Headers(headers as [string, string][]),
      body: Buffer.from(changed.body ?? body),
    }),
  )
}

const refused = (...args: Parameters<typeof ask>) => {
  const { status, code } = refusalOf(() => ask(...args))
  return [status, code]
}

test('what was signed by the recipe is accepted, and the key returned', () => {
  expect(ask()).toEqual(KEY)
  expect(ask({ method: 'POST', body: 'a body' })).toEqual(KEY)
  expect(ask({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, { body: 'any' })).toEqual(
    KEY,
  )
  const headers = (value: string) => ({ headers: { 'x-amz-meta-a': value } })
  expect(ask(headers('a b'), headers(' a \t b'))).toEqual(KEY)
})

test.each([
  ['the method', { method: 'PUT' }],
  ['the key', { target: '/bucket/another%20key?prefix=a%2Fb&list-type=2' }],
  ['a folder up', { target: '/bucket/x/../a%20key?prefix=a%2Fb&list-type=2' }],
  ['a slash', { target: '/bucket//a%20key?prefix=a%2Fb&list-type=2' }],
  ['a value of the query', { target: '/bucket/a%20key?prefix=a%2Fc&list-type=2' }],
  ['a name more', { target: '/bucket/a%20key?prefix=a%2Fb&list-type=2&x' }],
  ['the host', { headers: { host: 'elsewhere.example' } }],
  ['the session token', { headers: { 'x-amz-security-token': 'another' } }],
])('a change of %s is seen', (_, changed) => {
  expect(refused({}, changed)).toEqual([403, 'SignatureDoesNotMatch'])
})

test('the secret counts, and all of the signature', () => {
  expect(refused({ secretAccessKey: 'another' })).toEqual([403, 'SignatureDoesNotMatch'])
  const { authorization = '' } = sigv4({ ...KEY, url: URL_, time: START })
  for (const spoilt of [
    authorization.slice(0, -1),
    `${authorization}00`,
    `${authorization}zz`,
    authorization.replace(/[\da-f]{64}$/, (signature) => signature.toUpperCase()),
  ])
    expect(refused({}, { headers: { authorization: spoilt } })).toEqual([
      403,
      'SignatureDoesNotMatch',
    ])
})

test('a body other than what was signed is refused by its hash', () => {
  const refusal = refusalOf(() => ask({ method: 'POST', body: 'a body' }, { body: 'another' }))
  expect([refusal.status, refusal.code]).toEqual([400, 'XAmzContentSHA256Mismatch'])
})

test('the refusal shows what was verified, and never the secret', () => {
  const { details } = refusalOf(() => ask({}, { method: 'PUT' }))
  expect(details).toMatchObject({
    AWSAccessKeyId: KEY.accessKeyId,
    SignatureProvided: expect.stringMatching(/^[\da-f]{64}$/),
    CanonicalRequest: [
      'PUT',
      '/bucket/a%20key',
      'list-type=2&prefix=a%2Fb',
      'host:s3.us-east-1.amazonaws.com',
      'x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date:20260101T000000Z',
      'x-amz-security-token:a/token==',
      '',
      'host;x-amz-content-sha256;x-amz-date;x-amz-security-token',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ].join('\n'),
    StringToSign: expect.stringMatching(/^AWS4-HMAC-SHA256\n20260101T000000Z\n.+\n[\da-f]{64}$/),
  })
  expect(JSON.stringify(details)).not.toContain(KEY.secretAccessKey)
})

test.each([
  ['/bucket/a~b', '/bucket/a%7Eb'],
  ['/bucket/it%27s%28a%29%21%2A', "/bucket/it's(a)!*"],
  ['/bucket/caf%C3%A9', '/bucket/caf%c3%a9'],
  ['/bucket/x?prefix=a%20b', '/bucket/x?prefix=a+b'],
  ['/bucket/x?prefix=%27a%27', "/bucket/x?prefix='a'"],
  ['/bucket/x?a=2&a-b=1', '/bucket/x?a-b=1&a=2'],
  ['/bucket/x?acl=', '/bucket/x?acl'],
])('%s is the same spelt %s', (canonical, target) => {
  expect(ask({ url: new URL(canonical, URL_).href }, { target })).toEqual(KEY)
})

describe('its form', () => {
  const { authorization = '' } = sigv4({ ...KEY, url: URL_, time: START })

  test.each<[string, string | undefined, string]>([
    ['no header', undefined, '403 AccessDenied'],
    ['a bearer token', 'Bearer abc', '400 InvalidArgument'],
    ['an empty header', '', '400 InvalidArgument'],
    ['version 2', 'AWS AKIDEXAMPLE:c2lnbmF0dXJl', '400 InvalidRequest'],
    ['version 4a', authorization.replace('HMAC', 'ECDSA-P256'), '400 InvalidRequest'],
    [
      'no signature',
      authorization.replace(/, Signature.+/, ''),
      '400 AuthorizationHeaderMalformed',
    ],
    ['two of them', `${authorization}, ${authorization}`, '400 AuthorizationHeaderMalformed'],
    ['no key id', authorization.replace('ASIAEXAMPLE', ''), '400 AuthorizationHeaderMalformed'],
    ['half a scope', authorization.replace('/s3', ''), '400 AuthorizationHeaderMalformed'],
    ['version 5', authorization.replace('aws4_', 'aws5_'), '400 AuthorizationHeaderMalformed'],
    [
      'another day',
      authorization.replace('20260101', '20251231'),
      '400 AuthorizationHeaderMalformed',
    ],
    ['another service', authorization.replace('/s3/', '/sts/'), '400 AuthorizationHeaderMalformed'],
  ])('%s', (_, header, answer) => {
    const headers = { authorization: header }
    expect(refused({}, { headers }).join(' ')).toBe(answer)
  })

  test('a wrong region is told the right one', () => {
    const refusal = refusalOf(() => ask({ region: 'eu-west-1' }))
    expect(refusal).toMatchObject({
      code: 'AuthorizationHeaderMalformed',
      message:
        "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
      details: { Region: 'us-east-1' },
    })
  })

  test.each<[string, object, string]>([
    ['no date', { 'x-amz-date': undefined }, '403 AccessDenied'],
    ['a date that is none', { 'x-amz-date': '20260101T996000Z' }, '403 AccessDenied'],
    ['another form of date', { 'x-amz-date': '20260101' }, '403 AccessDenied'],
    ['no hash of the body', { 'x-amz-content-sha256': undefined }, '400 InvalidRequest'],
    ['a hash that is none', { 'x-amz-content-sha256': 'abc' }, '400 InvalidArgument'],
    [
      'chunks that are signed',
      { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      '501 NotImplemented',
    ],
  ])('%s', (_, headers, answer) => {
    expect(refused({}, { headers }).join(' ')).toBe(answer)
  })

  test('what says who asks, and where, must be signed; the hash of the body is anyway', () => {
    const unsigned = (headers: object) => refusalOf(() => ask({}, { headers })).details
    expect(unsigned({ 'x-amz-acl': 'private' })).toEqual({ HeadersNotSigned: 'x-amz-acl' })
    expect(
      unsigned({ authorization: authorization.replace('SignedHeaders=host;', 'SignedHeaders=') }),
    ).toEqual({ HeadersNotSigned: 'host' })
    expect(unsigned({ authorization: authorization.replace(';x-amz-security-token', '') })).toEqual(
      { HeadersNotSigned: 'x-amz-security-token' },
    )
    const without = authorization.replace(';x-amz-content-sha256', '')
    expect(refused({}, { headers: { authorization: without } })[1]).toBe('SignatureDoesNotMatch')
    expect(ask({}, { headers: { 'x-amzn-trace-id': 'Root=1' } })).toEqual(KEY)
  })

  test('escapes that are no UTF-8 are no URI', () => {
    expect(refused({}, { target: '/bucket/%ff' })).toEqual([400, 'InvalidURI'])
    expect(refused({}, { target: '/bucket/x?a=%zz' })).toEqual([400, 'InvalidURI'])
  })
})

describe('its time', () => {
  test.each([-15 * MINUTE, 15 * MINUTE])('may be off by a quarter of an hour (%i)', (off) => {
    expect(ask({}, {}, START + off)).toEqual(KEY)
    const now = START + off + Math.sign(off) * 1000
    expect(refusalOf(() => ask({}, {}, now))).toMatchObject({
      status: 403,
      code: 'RequestTimeTooSkewed',
      details: {
        RequestTime: '20260101T000000Z',
        ServerTime: new Date(now).toISOString().replace('.000', ''),
        MaxAllowedSkewMilliseconds: 900_000,
      },
    })
  })

  /** The known presigned URL, with parameters changed. */
  const presigned = (changed: Record<string, string | undefined>, now: number) => {
    const query = {
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
      'X-Amz-Date': '20130524T000000Z',
      'X-Amz-Expires': '86400',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      ...changed,
    }
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    return sigv4Verifier({
      region: 'us-east-1',
      service: 's3',
      now: () => now,
      keyOf: () => ({ secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }),
    })(
      arrivalOf({
        origin: 'https://examplebucket.s3.amazonaws.com',
        target: `/test.txt?${pairs.join('&')}`,
      }),
    )
  }
  const SIGNED = Date.UTC(2013, 4, 24)
  const DAY = 24 * 60 * MINUTE

  test('a presigned URL is good until it expires', () => {
    expect(presigned({}, SIGNED + DAY)).toBeDefined()
    expect(refusalOf(() => presigned({}, SIGNED + DAY + 1000))).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      message: 'Request has expired',
      details: { 'X-Amz-Expires': 86_400, Expires: '2013-05-25T00:00:00Z' },
    })
    expect(presigned({}, SIGNED - 15 * MINUTE)).toBeDefined()
    expect(refusalOf(() => presigned({}, SIGNED - 16 * MINUTE))).toMatchObject({
      status: 403,
      message: 'Request is not valid yet',
    })
  })

  test.each<[string, Record<string, string | undefined>, string]>([
    ['no end', { 'X-Amz-Expires': undefined }, 'AuthorizationQueryParametersError'],
    ['an end that is none', { 'X-Amz-Expires': '1h' }, 'AuthorizationQueryParametersError'],
    ['an end before its start', { 'X-Amz-Expires': '-1' }, 'AuthorizationQueryParametersError'],
    ['more than a week', { 'X-Amz-Expires': '604801' }, 'AuthorizationQueryParametersError'],
    ['no algorithm', { 'X-Amz-Algorithm': undefined }, 'AuthorizationQueryParametersError'],
    ['another algorithm', { 'X-Amz-Algorithm': 'AWS4' }, 'AuthorizationQueryParametersError'],
    ['no scope', { 'X-Amz-Credential': 'AKIA' }, 'AuthorizationQueryParametersError'],
    ['another end', { 'X-Amz-Expires': '86399' }, 'SignatureDoesNotMatch'],
    ['a name more', { 'response-content-type': 'text/html' }, 'SignatureDoesNotMatch'],
    ['no signed host', { 'X-Amz-SignedHeaders': 'range' }, 'AccessDenied'],
  ])('a presigned URL with %s is refused', (_, changed, code) => {
    expect(refusalOf(() => presigned(changed, SIGNED)).code).toBe(code)
  })
})

test('one proof is enough, and two are none', () => {
  const target = '/bucket/x?X-Amz-Signature=abc'
  expect(refused({}, { target })).toEqual([400, 'InvalidArgument'])
})
