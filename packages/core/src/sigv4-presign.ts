import { OptionError } from './errors.ts'
import { headerName, headerValue, wrong } from './options.ts'
import { secureUrl } from './origin.ts'
import { andThen, type MaybePromise, type SignableRequest } from './signer.ts'
import { bodyHashOf, coverage, stringToSign, valuesOf } from './sigv4-canonical.ts'
import { checked, type Sigv4Rules } from './sigv4-check.ts'
import type { Signed } from './sigv4-header.ts'
import { amzTime, keyring, type SigningKey } from './sigv4-key.ts'
import type { PresignOptions } from './sigv4-options.ts'
import { canonicalTarget } from './sigv4-target.ts'
import { hostOf, splitUrl } from './target.ts'

const WEEK = 604_800

/** What a presigned URL says of its signature: of two that differ, a server takes either. */
const OWN = /^x-amz-(?:algorithm|credential|date|expires|security-token|signature|signedheaders)$/i

/**
 * Makes a URL that carries its own proof: whoever has it can send that one request, with nothing
 * else, until it ends. So it is a secret while it lives. It covers no body for S3, and ends with the
 * session of temporary credentials at the latest, whatever `expiresIn` says.
 *
 * @returns At once, unless the credentials are promised.
 * @throws {OptionError} if an option is missing or wrong.
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html S3, Authenticating Requests: Using Query Parameters}
 */
export function presign(options: PresignOptions): MaybePromise<string> {
  const rules = checked(options)
  const lifetime = wholeSeconds(options.expiresIn)
  const request = unsigned(options)
  const { credentials } = rules
  const bodyHash = bodyHashOf(request, rules.isS3 || rules.unsignedPayload)
  return andThen(typeof credentials === 'function' ? credentials() : credentials, (ready) =>
    andThen(bodyHash, (hash) => {
      const time = amzTime(rules.now())
      const key = keyring(rules)(ready, time.slice(0, 8))
      return signedQuery(rules, key, time, request, hash, lifetime).url as string
    }),
  )
}

/** @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html} */
export function signedQuery(
  rules: Sigv4Rules,
  key: SigningKey,
  time: string,
  { method, url, headers }: SignableRequest,
  bodyHash: string,
  lifetime: number,
): Signed {
  const [origin, target] = splitUrl(url)
  const own = { host: headers.host ?? hostOf(origin) }
  const covered = coverage()(own, headers)
  const proof = Object.entries({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${key.accessKeyId}/${key.scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(lifetime),
    'X-Amz-Security-Token': key.sessionToken,
    'X-Amz-SignedHeaders': covered.signedHeaders,
  }).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
  const joint = target.includes('?') ? '&' : '?'
  const { sent, path, query } = canonicalTarget(target + joint + proof.join('&'), rules)
  const canonical = {
    method,
    path,
    query,
    covered,
    values: valuesOf(covered, own, headers),
    bodyHash,
  }
  const text = stringToSign(time, key.scope, canonical)
  const signature = key.mac.sign(text, 'hex')
  return {
    canonical,
    stringToSign: text,
    signature,
    headers: {},
    url: `${origin}${sent}&X-Amz-Signature=${signature}`,
  }
}

export function wholeSeconds(value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= WEEK) return Number(value)
  const given = typeof value === 'number' ? `, not ${value}` : ''
  throw new OptionError('expiresIn', `takes whole seconds, from 1 to 604,800${given}`)
}

/** The request that a URL stands for. */
function unsigned({
  url,
  method = 'GET',
  headers,
  allowInsecure,
}: PresignOptions): SignableRequest {
  const { href, searchParams } = secureUrl('url', url, allowInsecure)
  if ([...searchParams.keys()].some((name) => OWN.test(name))) {
    throw new OptionError('url', 'is presigned already, in part or whole')
  }
  if (typeof method !== 'string' || !/^[A-Za-z]+$/.test(method)) {
    throw wrong('method', 'a method of HTTP', method)
  }
  const given = Object.entries(headers ?? {}).map(([name, value]) => [
    headerName('headers', name),
    headerValue(`headers.${name}`, value),
  ])
  return { method: method.toUpperCase(), url: href, headers: Object.fromEntries(given) }
}
