import { type AwsCredentials, OptionError, type Provider } from '@countersign/core'
import { explain, type PresignOptions, presign } from '@countersign/core/sigv4'
import { describe, expect, test, vi } from 'vitest'
import { request } from './support/sign.ts'
import { s3, session } from './support/sigv4.ts'

const asked = (changes: Partial<PresignOptions> = {}): PresignOptions => ({
  ...s3(),
  url: 'https://b.s3.amazonaws.com/key',
  expiresIn: 900,
  ...changes,
})
/** One that is made at once. */
function presigned(changes: Partial<PresignOptions> = {}): URL {
  const url = presign(asked(changes))
  if (typeof url !== 'string') throw new Error('It took its time')
  expect(new URL(url).href).toBe(url)
  return new URL(url)
}

describe('a presigned URL', () => {
  test('carries its proof in the query', () => {
    const { origin, pathname, searchParams } = presigned({ credentials: session(1) })
    expect(origin + pathname).toBe('https://b.s3.amazonaws.com/key')
    expect([...searchParams]).toEqual([
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', 'ASIA1/20261121/us-east-1/s3/aws4_request'],
      ['X-Amz-Date', '20261121T123015Z'],
      ['X-Amz-Expires', '900'],
      ['X-Amz-Security-Token', 'session/1=='],
      ['X-Amz-SignedHeaders', 'host'],
      ['X-Amz-Signature', expect.stringMatching(/^[\da-f]{64}$/)],
    ])
    expect(presigned().searchParams.has('X-Amz-Security-Token')).toBe(false)
  })

  test('keeps what the URL asks for, in its order and in its settled form', () => {
    const url = 'https://b.s3.amazonaws.com/a+b/c(1)?versionId=2&acl&versionId=1&x=y+z#here'
    const { pathname, search } = presigned({ url })
    expect(pathname).toBe('/a%2Bb/c%281%29')
    expect(search).toMatch(/^\?versionId=2&acl&versionId=1&x=y%20z&X-Amz-Algorithm=/)
  })

  test.each(['https://b.s3.amazonaws.com/key?', 'https://b.s3.amazonaws.com/key#x'])(
    'is of %s without what nobody sends',
    (url) => expect(presigned({ url })).toEqual(presigned()),
  )

  test('is for one method', () => {
    const urls = ['GET', 'PUT', 'DELETE'].map((method) => presigned({ method }).href)
    expect(new Set(urls).size).toBe(3)
    expect(presigned({ method: 'put' }).href).toBe(urls[1])
    expect(presigned().href).toBe(urls[0])
  })

  test('covers the headers that must come along, and none that a client changes', () => {
    const { searchParams } = presigned({
      headers: { 'Content-Type': 'text/plain', 'X-Amz-Acl': 'private', 'User-Agent': 'me' },
    })
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-type;host;x-amz-acl')
  })

  test('covers no body for S3, and an empty one for others, unless told otherwise', async () => {
    const bodyHash = async (changes: Partial<PresignOptions>) =>
      (await explain(asked(changes), request())).parts.bodyHash
    expect(await bodyHash({})).toBe('UNSIGNED-PAYLOAD')
    expect(await bodyHash({ service: 'execute-api' })).toMatch(/^e3b0c442/)
    expect(await bodyHash({ service: 'execute-api', unsignedPayload: true })).toBe(
      'UNSIGNED-PAYLOAD',
    )
    const hash = 'a'.repeat(64)
    const { searchParams } = presigned({ headers: { 'x-amz-content-sha256': hash } })
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-amz-content-sha256')
    const headers = { 'x-amz-content-sha256': hash }
    const { parts } = await explain(asked(), request({ headers }))
    expect(parts.bodyHash).toBe(hash)
  })

  test('takes a URL as an object, and one of this machine over http', () => {
    expect(presigned({ url: new URL('https://b.s3.amazonaws.com/key') })).toEqual(presigned())
    expect(presigned({ url: 'http://localhost:9000/b/key' }).host).toBe('localhost:9000')
    const url = 'http://minio.internal/b/key'
    expect(presigned({ url, allowInsecure: true }).protocol).toBe('http:')
  })

  test('is made of a URL with parameters that are merely named alike', () => {
    const search = '?of-x-amz-date=1&x-amz-dates=2'
    const url = `https://b.s3.amazonaws.com/key${search}`
    expect(presigned({ url }).search).toContain(`${search}&X-Amz-Algorithm=`)
  })

  test.each([1, 604_800])('lives for %i seconds', (expiresIn) => {
    expect(presigned({ expiresIn }).searchParams.get('X-Amz-Expires')).toBe(String(expiresIn))
  })

  test('waits for credentials that are promised, and asks for them once', async () => {
    const credentials = vi.fn<Provider<AwsCredentials>>(async () => session(1))
    expect(await presign(asked({ credentials }))).toBe(presigned({ credentials: session(1) }).href)
    expect(credentials).toHaveBeenCalledTimes(1)
  })
})

describe('a mistake is told by the name of its option', () => {
  const changes: [string, string, object][] = [
    ['expiresIn', 'missing', { expiresIn: undefined }],
    ['expiresIn', '0', { expiresIn: 0 }],
    ['expiresIn', 'too long', { expiresIn: 604_801 }],
    ['expiresIn', 'not whole', { expiresIn: 1.5 }],
    ['expiresIn', 'a text', { expiresIn: '900' }],
    ['expiresIn', 'not a number', { expiresIn: Number.NaN }],
    ['url', 'missing', { url: undefined }],
    ['url', 'relative', { url: '/key' }],
    ['url', 'over http', { url: 'http://b.s3.amazonaws.com/hush-hush' }],
    ['url', 'with a password', { url: 'https://a:hush-hush@b.s3.amazonaws.com/key' }],
    ['url', 'presigned already', { url: 'https://b.example/?X-Amz-Signature=hush-hush' }],
    ...['Algorithm', 'Credential', 'Date', 'Expires', 'Security-Token', 'SignedHeaders'].map(
      (name): [string, string, object] => [
        'url',
        `with an X-Amz-${name} of its own`,
        { url: `https://b.example/?x=y&x-amz-${name}=hush-hush` },
      ],
    ),
    ['url', 'of another scheme', { url: 's3://b/key' }],
    ['method', 'empty', { method: '' }],
    ['method', 'with a line break', { method: 'GET\n' }],
    ['method', 'with something before it', { method: 'x GET' }],
    ['method', 'a number', { method: 7 }],
    ['method', 'a list', { method: ['GET'] }],
    ['headers', 'with a name that cannot be', { headers: { 'a b': 'c' } }],
    ['headers.x-a', 'with a value that cannot be', { headers: { 'x-a': 'hush-hush\n' } }],
    ['region', 'missing', { region: undefined }],
    ['credentials', 'missing', { credentials: undefined }],
  ]
  test.each(changes)('%s: %s', (option, _, change) => {
    const build = () => presign(asked(change as Partial<PresignOptions>))
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option }))
    expect(build).not.toThrow(/hush/)
  })

  test.each([
    [604_801, 'expiresIn takes whole seconds, from 1 to 604,800, not 604801'],
    ['900 s', 'expiresIn takes whole seconds, from 1 to 604,800'],
  ])('a lifetime of %j, in so many words', (expiresIn, message) => {
    expect(() => presign(asked({ expiresIn: expiresIn as number }))).toThrow(
      expect.objectContaining({ message }),
    )
  })

  test('no options at all', () => {
    expect(() => presign(undefined as unknown as PresignOptions)).toThrow(OptionError)
  })

  test('a lifetime in an explanation', () => {
    expect(() => explain({ ...s3(), expiresIn: 0 }, request())).toThrow(
      expect.objectContaining({ option: 'expiresIn' }),
    )
  })
})
