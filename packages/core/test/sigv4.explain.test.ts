import { inspect } from 'node:util'
import { explain, presign, sigv4 } from '@countersign/core/sigv4'
import { describe, expect, test } from 'vitest'
import { request, sign } from './support/sign.ts'
import { s3, session } from './support/sigv4.ts'

const asked = request({
  method: 'PUT',
  url: "https://b.s3.amazonaws.com/it's?b=2&a=1",
  headers: { 'x-amz-meta-b': '2', 'content-type': 'text/plain', 'user-agent': 'me' },
  body: 'Welcome',
})

test('tells each part of what is signed, the text, and what is added', async () => {
  const explained = await explain(s3(), asked)
  const { headers, url } = sign(sigv4(s3()), asked)
  const bodyHash = '0e2226b5235f0ff94a276eb4d07a3bfea74b7e3b8b85e9efca6c18430f041bf8'
  expect(explained).toEqual({
    parts: {
      method: 'PUT',
      path: '/it%27s',
      query: 'a=1&b=2',
      headers: {
        'content-type': 'text/plain',
        host: 'b.s3.amazonaws.com',
        'x-amz-content-sha256': bodyHash,
        'x-amz-date': '20261121T123015Z',
        'x-amz-meta-b': '2',
      },
      signedHeaders: 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-b',
      bodyHash,
    },
    canonicalRequest: `PUT
/it%27s
a=1&b=2
content-type:text/plain
host:b.s3.amazonaws.com
x-amz-content-sha256:${bodyHash}
x-amz-date:20261121T123015Z
x-amz-meta-b:2

content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-b
${bodyHash}`,
    scope: '20261121/us-east-1/s3/aws4_request',
    stringToSign: expect.stringMatching(
      /^AWS4-HMAC-SHA256\n20261121T123015Z\n20261121\/us-east-1\/s3\/aws4_request\n[\da-f]{64}$/,
    ),
    signature: headers.authorization?.slice(-64),
    headers,
    url,
  })
  expect(Object.keys(explained.parts.headers)).toEqual(explained.parts.signedHeaders.split(';'))
})

test('tells of a presigned URL what makes it', async () => {
  const { url, headers, signature, parts } = await explain({ ...s3(), expiresIn: 60 }, asked)
  expect(headers).toEqual({})
  expect(url).toBe(await presign({ ...s3(), ...asked, expiresIn: 60, headers: asked.headers }))
  expect(url?.endsWith(signature)).toBe(true)
  expect(parts.query).toContain('X-Amz-Expires=60')
})

describe('no secret is shown', () => {
  const credentials = {
    accessKeyId: 'ASIA1',
    secretAccessKey: 'S3CR3T/KEY+',
    sessionToken: 'S3CR3T/TOKEN+==',
  }
  const headers = {
    'x-api-key': 'S3CR3T-3',
    'x-amz-server-side-encryption-customer-key': 'S3CR3T-4',
    'x-amz-s3session-token': 'S3CR3T-5',
  }

  test.each([undefined, 60])('of an explanation, with expiresIn %s', async (expiresIn) => {
    const options = { ...s3({ credentials }), ...(expiresIn && { expiresIn }) }
    const explained = await explain(options, { ...asked, headers })
    const all = inspect(explained, { depth: null }) + JSON.stringify(explained)
    expect(all).not.toContain('S3CR3T')
    expect(all).toContain('***')
    expect(Object.keys(explained.parts.headers)).toContain('x-api-key')
  })

  test('whatever the case of its name, and also where it is the caller’s own', async () => {
    const shouted = Object.fromEntries(
      Object.entries({ ...headers, authorization: 'S3CR3T-6', 'x-secret': 'S3CR3T-7' }).map(
        ([name, value]) => [name.toUpperCase(), value],
      ),
    )
    const query =
      'x-amz-security-token=S3CR3T-8&API_KEY=S3CR3T-9&apikey=S3CR3T-10&continuation-token=1/a+b'
    const url = `${asked.url}&${query}`
    const explained = await explain(s3({ credentials }), { ...asked, url, headers: shouted })
    expect(inspect(explained, { depth: null })).not.toContain('S3CR3T')
    expect(explained.parts.query).toContain('continuation-token=1%2Fa%20b')
    expect(explained.parts.signedHeaders).toContain(';x-api-key;')
    expect(explained.parts.signedHeaders).not.toContain('authorization')
  })

  test('but what is merely named after one', async () => {
    const { parts } = await explain(s3(), { ...asked, headers: { 'x-token-count': '5' } })
    expect(parts.headers['x-token-count']).toBe('5')
  })

  test('and the signature is that of the secrets themselves', async () => {
    const explained = await explain(s3({ credentials }), { ...asked, headers })
    const made = sign(sigv4(s3({ credentials })), { ...asked, headers })
    expect(explained.signature).toBe(made.headers.authorization?.slice(-64))
    const other = await explain(s3({ credentials: session(1) }), { ...asked, headers })
    expect(other.canonicalRequest).toBe(explained.canonicalRequest)
    expect(other.stringToSign).not.toBe(explained.stringToSign)
  })
})

test('waits for credentials that are promised', async () => {
  const options = s3({ credentials: async () => session(1) })
  expect(await explain(options, asked)).toEqual(
    await explain(s3({ credentials: session(1) }), asked),
  )
})
