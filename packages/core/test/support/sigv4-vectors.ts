import type { Signature, Signer } from '@countersign/core'
import { explain, presign, sigv4, type Sigv4Explanation } from '@countersign/core/sigv4'
import { describe, expect, test } from 'vitest'
import examples from '../vectors/aws-s3-examples.json'
import suite from '../vectors/aws-sigv4.json'

type Case = (typeof suite.cases)[number]

/** Which cases no request of Fetch's shape can make, and why. */
const INEXPRESSIBLE: Record<string, string> = {
  'post-x-www-form-urlencoded-parameters':
    'covers content-length, which a client counts and adds by itself once the request is signed',
}

/** A request of the suite as a signer sees it. RFC 9110 §5.3: lines of one name are a list. */
function requestOf({ request }: Case) {
  const [head = '', body = ''] = request.split('\n\n')
  const [start = '', ...lines] = head.split('\n').filter(Boolean)
  const [, method = '', target] = /^(\S+) (.*) HTTP\/1\.1$/.exec(start) ?? []
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]+):(.*)$/s.exec(line) ?? []
    const key = name.toLowerCase()
    headers[key] = key in headers ? `${headers[key]},${value}` : value
  }
  const { host, ...rest } = headers
  return { method, url: `https://${host}${target}`, headers: rest, ...(body && { body }) }
}

function optionsOf({ context }: Case) {
  const { access_key_id, secret_access_key, token } = context.credentials as Record<string, string>
  return {
    credentials: {
      accessKeyId: access_key_id ?? '',
      secretAccessKey: secret_access_key ?? '',
      ...(token !== undefined && { sessionToken: token }),
    },
    region: context.region,
    service: context.service,
    normalizePath: context.normalize,
    now: () => Date.parse(context.timestamp),
  }
}

/** Neither needs a promise under any runtime. */
function atOnce<T extends object>(value: T | Promise<T>): T {
  if ('then' in value) throw new Error('It took its time')
  return value
}
const signed = (signer: Signer, ...args: Parameters<Signer['sign']>): Signature =>
  atOnce(signer.sign(...args))

/** What we make of a case, and what AWS does, with the session token masked in what shows it. */
function sides(it: Case, form: 'header' | 'query'): [Partial<Sigv4Explanation>, object] {
  const { token } = it.context.credentials as { token?: string }
  const masked = (text: string) =>
    token === undefined
      ? text
      : text.replaceAll(token, '***').replaceAll(encodeURIComponent(token), '***')
  const { canonicalRequest, stringToSign, signature } = it[form]
  const expiresIn = it.context.expiration_in_seconds
  const options = { ...optionsOf(it), ...(form === 'query' && { expiresIn }) }
  const ours = atOnce(explain(options, requestOf(it)))
  return [ours, { canonicalRequest: masked(canonicalRequest), stringToSign, signature }]
}

const passes = (it: Case, form: 'header' | 'query'): boolean => {
  const [ours, theirs] = sides(it, form)
  return Object.entries(theirs).every(([part, text]) => ours[part as keyof typeof ours] === text)
}

/** The published answers, through the public functions: the same file in Node and in Chromium. */
export function sigv4Vectors(): void {
  const expressible = suite.cases.filter(({ name }) => !(name in INEXPRESSIBLE))

  describe("AWS's test suite", () => {
    test.each(expressible)('$name, in the headers', (it) => {
      const [ours, theirs] = sides(it, 'header')
      expect(ours).toMatchObject(theirs)
      const request = requestOf(it)
      const { headers, url } = signed(sigv4(optionsOf(it)), request)
      expect(headers.authorization).toBe(
        /^Authorization:(.*)$/m.exec(it.header.signedRequest)?.[1] ?? '',
      )
      expect(url).toBeUndefined()
    })

    test.each(expressible)('$name, in the query', (it) => {
      const [ours, theirs] = sides(it, 'query')
      expect(ours).toMatchObject(theirs)
      expect(ours.url?.endsWith(`&X-Amz-Signature=${it.query.signature}`)).toBe(true)
    })

    test('leaves out what cannot be expressed, and nothing else', () => {
      const failing = suite.cases.filter((it) => !passes(it, 'header') || !passes(it, 'query'))
      expect(failing.map(({ name }) => name)).toEqual(Object.keys(INEXPRESSIBLE))
      expect(expressible.length).toBeGreaterThanOrEqual(18)
    })
  })

  describe("S3's examples", () => {
    const { credentials, region, header, presigned } = examples
    const options = {
      credentials,
      region,
      service: 's3',
      now: () => Date.parse(examples.time),
    }

    test.each(header)('$name', ({ authorization, canonicalHash, ...request }) => {
      const { headers, url = request.url } = signed(sigv4(options), request)
      expect(headers.authorization).toBe(authorization)
      expect(decodeURIComponent(url)).toBe(request.url)
      const { stringToSign } = atOnce(explain(options, request))
      expect(stringToSign.split('\n').at(-1)).toBe(canonicalHash)
    })

    test('a presigned GET', () => {
      const { method, url, expiresIn, canonicalHash } = presigned
      expect(presign({ ...options, method, url, expiresIn })).toBe(presigned.signed)
      const request = { method, url, headers: {} }
      const { stringToSign } = atOnce(explain({ ...options, expiresIn }, request))
      expect(stringToSign.split('\n').at(-1)).toBe(canonicalHash)
    })
  })
}
