import type { Signature, Signer } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import type { ServiceName } from '../../src/variables.ts'
import { urlOf } from '../../src/place.ts'
import { targetOf } from '../../src/request/target.ts'
import { open, variablesFor } from '../sandbox.ts'
import { bearerAt } from './support.ts'

const { signal } = new AbortController()
const rest = { session: { cache: false }, unread: false, signal }

const signed = async (signer: Signer, url: URL | string): Promise<Signature> =>
  signer.sign({ method: 'GET', url: String(url), headers: {} })

describe('a path or a URL', () => {
  test.each([
    ['/entities?a=(b=c)+d', 'https://data.example/api/1/entities?a=(b=c)+d'],
    ['entities', 'https://data.example/api/1/entities'],
    ['?a=b', 'https://data.example/api/1/?a=b'],
    ['', 'https://data.example/api/1/'],
    ['//other.example/x', 'https://data.example/api/1//other.example/x'],
    ['/a?url=https://other.example', 'https://data.example/api/1/a?url=https://other.example'],
    ['https://other.example/x', 'https://other.example/x'],
    ['HTTPS://other.example', 'HTTPS://other.example'],
  ])('%j', (given, expected) => {
    expect(urlOf(given, 'https://data.example/api/1')).toBe(expected)
  })

  test.each([
    ['ftp://x/y', 'an http(s) URL is wanted, or a path below the address of the API, not ftp://'],
    [
      's3://bucket/key',
      'an http(s) URL is wanted, or a path below the address of the API, not s3://',
    ],
  ])('%j is neither', (given, message) => {
    expect(() => urlOf(given, 'https://data.example')).toThrow(
      expect.objectContaining({ name: 'UsageError', message }),
    )
  })

  test('what begins like a URL is one', async () => {
    const options = { ...rest, env: bearerAt('https://acme.amperity.com') }
    await expect(targetOf('amperity', 'https://', options)).rejects.toThrow('is to be a URL')
  })

  test('credentials go to the service only', async () => {
    const options = { ...rest, env: bearerAt('https://acme.amperity.com') }
    const away = await targetOf('amperity', 'https://acme.amperity.com.evil.example/', options)
    await expect(signed(away.signer, away.url)).rejects.toThrow('These credentials belong to')
    const home = await targetOf('amperity', '/api/segments', options)
    expect((await signed(home.signer, home.url)).headers.authorization).toMatch(/^Bearer /)
  })
})

describe('S3', () => {
  const events: ServiceName = 'optimizely-events'

  async function target(given: string, env: Record<string, string> = {}) {
    const { options } = await open()
    const own = variablesFor(events, options.optimizelyEvents)
    return targetOf(events, given, { ...rest, env: { ...own, ...env } })
  }

  const AT_AWS = 'https://optimizely-events-data.s3.us-east-1.amazonaws.com'
  const HERE = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000/' }
  test.each<[string, string, Record<string, string>?]>([
    ['s3://my-bucket/a/b=c', 'https://my-bucket.s3.us-east-1.amazonaws.com/a/b=c'],
    ['S3://my-bucket', 'https://my-bucket.s3.us-east-1.amazonaws.com/'],
    ['s3://my.bucket/a', 'https://s3.us-east-1.amazonaws.com/my.bucket/a'],
    ['s3://my-bucket?list-type=2', 'https://my-bucket.s3.us-east-1.amazonaws.com/?list-type=2'],
    ['s3://my-bucket/a#1', 'https://my-bucket.s3.us-east-1.amazonaws.com/a%231'],
    ['/v1/a', `${AT_AWS}/v1/a`],
    ['?list-type=2&prefix=v1/', `${AT_AWS}/?list-type=2&prefix=v1/`],
    [`${AT_AWS}/v1/a`, `${AT_AWS}/v1/a`],
    ['https://s3.amazonaws.com/b/k', 'https://s3.amazonaws.com/b/k'],
    [
      'https://b.s3.dualstack.us-east-1.amazonaws.com/k',
      'https://b.s3.dualstack.us-east-1.amazonaws.com/k',
    ],
    ['s3://my-bucket/a', 'http://127.0.0.1:9000/my-bucket/a', HERE],
    ['/v1/a', 'http://127.0.0.1:9000/optimizely-events-data/v1/a', HERE],
    ['http://127.0.0.1:9000/b/a', 'http://127.0.0.1:9000/b/a', HERE],
    [
      's3://my-bucket/a',
      'https://a.example/s3/my-bucket/a',
      { AWS_ENDPOINT_URL: 'https://a.example/s3' },
    ],
    [
      's3://my-bucket/a',
      'http://127.0.0.1:9000/my-bucket/a',
      { ...HERE, AWS_ENDPOINT_URL: 'https://a.example' },
    ],
    [
      's3://my-bucket/a',
      'https://my-bucket.s3.us-east-1.amazonaws.com/a',
      { ...HERE, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    ],
  ])('%s is %s, given %j', async (given, expected, env) => {
    const { url, signer } = await target(given, env)
    expect(url.href).toBe(expected)
    const { headers } = await signed(signer, url)
    expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 .+\/us-east-1\/s3\/aws4_request/)
  })

  test.each<[string, Record<string, string>?]>([
    ['https://s3.amazonaws.com.evil.example/b/k'],
    ['https://evil-s3.us-east-1.amazonaws.com/k'],
    ['https://b.s3.eu-west-1.amazonaws.com/k'],
    ['http://b.s3.us-east-1.amazonaws.com/k'],
    [`${AT_AWS}/v1/a`, HERE],
  ])('%s gets no signature, given %j', async (given, env) => {
    const { url, signer } = await target(given, env)
    await expect(signed(signer, url)).rejects.toThrow('These credentials belong to')
  })

  test.each<[string, string, Record<string, string>?]>([
    ['s3://', 'an s3:// URL is s3://bucket/key'],
    ['s3://user@bucket/key', 'an s3:// URL is s3://bucket/key'],
    ['gs://bucket/key', 'an http(s) URL is wanted'],
    ['/a', 'AWS_ENDPOINT_URL takes an https URL', { AWS_ENDPOINT_URL: '127.0.0.1:9000' }],
    ['/a', 'AWS_ENDPOINT_URL_S3 takes an https URL', { AWS_ENDPOINT_URL_S3: 'http://minio:9000' }],
  ])('%s is refused, given %3$j', async (given, message, env) => {
    await expect(target(given, env)).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }),
    )
  })

  test('a file is not read for its signature, and what is in hand is', async () => {
    const { options } = await open()
    const env = variablesFor(events, options.optimizelyEvents)
    const { signer } = await targetOf(events, 's3://my-bucket/a', { ...rest, env })
    expect(signer.readsBody).toBe(true)
    const unread = await targetOf(events, 's3://my-bucket/a', { ...rest, env, unread: true })
    expect(unread.signer.readsBody).toBe(false)
  })
})
