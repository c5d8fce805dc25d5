import { timingSafeEqual } from 'node:crypto'
import { accessDenied, S3Error } from './s3-error.ts'
import { canonicalRequest, sha256, signatureOf, stringToSign } from './sigv4-message.ts'
import { malformed, proofOf, type Sigv4Proof } from './sigv4-proof.ts'
import type { Arrival } from './site.ts'

export interface Sigv4Options<Key extends { readonly secretAccessKey: string }> {
  readonly region: string
  readonly service: string
  /** The verifier's clock, in ms since the Unix epoch. */
  now(): number
  /** The key of that id; throws where there is none, or where its session is not good. */
  keyOf(accessKeyId: string, sessionToken: string | undefined): Key
  /** Whether the path is a key, taken as it is. Default: for the service `s3`. */
  readonly pathIsKey?: boolean
}

/** How far a timestamp may be off, in ms, either way. */
const TOLERANCE = 15 * 60_000
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/**
 * Verifies AWS Signature Version 4, in the header or in the query of a presigned URL, over what
 * arrived: the raw target, the headers and the bytes. Returns the key that the request was signed
 * with; throws the `S3Error` that any other one is answered with.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export function sigv4Verifier<Key extends { readonly secretAccessKey: string }>(
  options: Sigv4Options<Key>,
): (arrival: Arrival) => Key {
  const { service, now, keyOf, pathIsKey = service === 's3' } = options

  return (arrival) => {
    const proof = proofOf(arrival)
    const { accessKeyId, scope, sessionToken, signature, signedHeaders, timestamp } = proof
    checkScope(proof, options)
    checkTime(proof, now())
    const key = keyOf(accessKeyId, sessionToken)
    checkHeaders(arrival.headers, signedHeaders)

    const payloadHash = payloadHashOf(arrival, proof, service)
    const canonical = canonicalRequest(arrival, { signedHeaders, payloadHash, pathIsKey })
    const message = stringToSign(timestamp, scope, canonical)
    const expected = Buffer.from(signatureOf(key.secretAccessKey, scope, message))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new S3Error(
        403,
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        {
          AWSAccessKeyId: accessKeyId,
          StringToSign: message,
          SignatureProvided: signature,
          CanonicalRequest: canonical,
        },
      )
    }

    const actual = sha256(arrival.body)
    if (payloadHash !== UNSIGNED && payloadHash !== actual) {
      throw new S3Error(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        { ClientComputedContentSHA256: payloadHash, S3ComputedContentSHA256: actual },
      )
    }
    return key
  }
}

function checkScope(
  proof: Sigv4Proof,
  expected: { readonly region: string; readonly service: string },
): void {
  const [date = '', region, service, terminal] = proof.scope.split('/')
  if (service !== expected.service) {
    throw malformed(
      proof,
      `incorrect service "${service}". This endpoint belongs to "${expected.service}".`,
    )
  }
  if (region !== expected.region) {
    throw malformed(proof, `the region '${region}' is wrong; expecting '${expected.region}'`, {
      Region: expected.region,
    })
  }
  if (terminal !== 'aws4_request') {
    throw malformed(proof, `incorrect terminal "${terminal}". This endpoint uses "aws4_request".`)
  }
  const day = proof.timestamp.slice(0, 8)
  if (day !== '' && day !== date) {
    throw malformed(
      proof,
      `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${day}".`,
    )
  }
}

function checkTime({ timestamp, expires }: Sigv4Proof, now: number): void {
  const time = instantOf(timestamp)
  if (Number.isNaN(time)) {
    throw accessDenied('AWS authentication requires a valid Date or x-amz-date header')
  }
  if (expires === undefined) {
    if (Math.abs(now - time) <= TOLERANCE) return
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: timestamp,
        ServerTime: iso(now),
        MaxAllowedSkewMilliseconds: TOLERANCE,
      },
    )
  }
  const end = time + expires * 1000
  if (now > end) {
    throw accessDenied('Request has expired', {
      'X-Amz-Expires': expires,
      Expires: iso(end),
      ServerTime: iso(now),
    })
  }
  if (time > now + TOLERANCE) throw accessDenied('Request is not valid yet')
}

/** `20130524T000000Z` as ms since the Unix epoch. */
function instantOf(timestamp: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp)
  if (!parts) return Number.NaN
  const [, year, month, day, hour, minute, second] = parts
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

const iso = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`

/** Host and `x-amz-*` are to be signed; the hash of the body has its own line in what is signed. */
function checkHeaders(headers: Headers, signedHeaders: readonly string[]): void {
  const unsigned = new Set(
    ['host', ...headers.keys()].filter((name) => /^host$|^x-amz-/.test(name)),
  )
  for (const name of [...signedHeaders, 'x-amz-content-sha256']) unsigned.delete(name)
  if (unsigned.size === 0) return
  throw accessDenied('There were headers present in the request which were not signed', {
    HeadersNotSigned: [...unsigned].join(', '),
  })
}

/** The hash of the body as the request says it, which S3 insists on. */
function payloadHashOf({ headers, body }: Arrival, proof: Sigv4Proof, service: string): string {
  const given = headers.get('x-amz-content-sha256')
  if (given === null) {
    if (service !== 's3') return sha256(body)
    if (proof.in === 'query') return UNSIGNED
    throw new S3Error(
      400,
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    )
  }
  if (given.startsWith('STREAMING-')) {
    throw new S3Error(
      501,
      'NotImplemented',
      `A header you provided implies functionality that is not implemented: ${given}. The sandbox takes the hash of the body, or ${UNSIGNED}.`,
      { Header: 'x-amz-content-sha256' },
    )
  }
  if (given !== UNSIGNED && !/^[\da-f]{64}$/.test(given)) {
    throw new S3Error(
      400,
      'InvalidArgument',
      `x-amz-content-sha256 must be ${UNSIGNED}, or a valid sha256 value.`,
      { ArgumentName: 'x-amz-content-sha256', ArgumentValue: given },
    )
  }
  return given
}
