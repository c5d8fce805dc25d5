import type { AwsCredentials } from '@countersign/core'
import { explain, type Sigv4Explanation } from '@countersign/core/sigv4'
import type { Call } from '../call.ts'
import type { Explained, Explanation, Part } from '../explanation.ts'
import { givenTogether } from '../given.ts'
import { bodyPart, visible } from '../visible.ts'
import { compareAws } from './compare.ts'
import { awsHeader, SCHEME } from './header.ts'
import { amzTime, msOf } from './time.ts'

/** Headers of the signature itself, which ours has of its own. */
const OWN = ['host', 'x-amz-date', 'x-amz-security-token']

/**
 * Why the signature of a request to S3 is what it is; and what is wrong with another one over the same
 * request. Both are then explained for the time of that one.
 */
export async function explainAws(
  credentials: AwsCredentials,
  region: string,
  call: Call,
  given?: string,
  now: () => number = Date.now,
): Promise<Explained> {
  if (given === undefined) {
    return { explanation: explanationOf(await made(credentials, region, call, now), call) }
  }
  const header = awsHeader(given)
  // What came along with it may be covered by it, and its time is.
  const along = { ...givenTogether(given), ...call.headers }
  const covered = Object.entries(along).filter(
    ([name]) => header.fields?.names.includes(name) && !OWN.includes(name),
  )
  const headers = { ...call.headers, ...Object.fromEntries(covered) }
  const time = along['x-amz-date'] ?? timeOfDate(along.date)
  const at = msOf(time ?? '') || now()
  const whole = { ...call, headers }
  const explained = await made(credentials, region, whole, () => at)
  const compared = { made: explained, call: whole, along, credentials, region, time, now: now() }
  return {
    explanation: explanationOf(explained, whole),
    comparison: compareAws(header, compared),
  }
}

/** AWS takes the time from `Date`, where there is no `X-Amz-Date`. */
function timeOfDate(date = ''): string | undefined {
  const ms = Date.parse(date)
  return Number.isNaN(ms) ? undefined : amzTime(ms)
}

const made = (credentials: AwsCredentials, region: string, call: Call, now: () => number) =>
  explain(
    { credentials, region, service: 's3', now },
    {
      method: call.method,
      url: call.url,
      headers: call.headers,
      ...(call.body && { body: call.body }),
    },
  )

const MASKED = 'Where *** stands, a secret is masked: the hash is that of the true text.'

function explanationOf(explained: Sigv4Explanation, call: Call): Explanation {
  const {
    parts,
    canonicalRequest,
    scope,
    stringToSign,
    signature,
    headers,
    url = call.url,
  } = explained
  const [, time = '', , hash = ''] = stringToSign.split('\n')
  const body = bodyPart(call.body)
  return {
    service: 'optimizely-events',
    scheme: SCHEME,
    method: call.method,
    url,
    ...(body && { body }),
    steps: [
      {
        name: 'canonical request',
        about: 'a line for each of these, and an empty one behind the headers',
        parts: [
          { name: 'method', value: parts.method, about: 'in upper case' },
          {
            name: 'path',
            value: parts.path,
            about: 'each character of the key but the slash escaped once',
          },
          { name: 'query', value: parts.query || '(empty)', about: 'escaped, and sorted by name' },
          ...Object.entries(parts.headers).map(
            ([name, value]): Part => ({ name, value: visible(value) }),
          ),
          {
            name: 'signed headers',
            value: parts.signedHeaders,
            about: 'the names of the headers above',
          },
          {
            name: 'body hash',
            value: parts.bodyHash,
            about:
              call.headers['x-amz-content-sha256'] === undefined
                ? `SHA-256 of ${body ? `the ${body.about} that are sent` : 'nothing: there is no body'}, in hex`
                : 'as x-amz-content-sha256 says',
          },
        ],
        text: canonicalRequest,
      },
      {
        name: 'string to sign',
        about: 'a line for each of these',
        parts: [
          { name: 'algorithm', value: SCHEME },
          { name: 'time', value: time, about: 'that of x-amz-date' },
          { name: 'scope', value: scope, about: 'day, region and service that the key is for' },
          { name: 'hash', value: hash, about: 'SHA-256 of the canonical request, in hex' },
        ],
        text: stringToSign,
      },
    ],
    facts: [
      { name: 'secret', value: '***', about: 'AWS_SECRET_ACCESS_KEY' },
      {
        name: 'key',
        value: '***',
        about:
          'HMAC-SHA256 of day, region, service and aws4_request, one after the other, beginning with AWS4 and the secret',
      },
      { name: 'signature', value: signature, about: 'HMAC-SHA256 of the string to sign, in hex' },
    ],
    headers,
    notes: [
      'A header that is not among the signed ones is not covered.',
      ...(canonicalRequest.includes(':***\n') ? [MASKED] : []),
    ],
  }
}
