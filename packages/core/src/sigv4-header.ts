import type { SignableRequest } from './signer.ts'
import { type Canonical, stringToSign, valuesOf } from './sigv4-canonical.ts'
import type { Sigv4Rules } from './sigv4-check.ts'
import type { SigningKey } from './sigv4-key.ts'
import { canonicalTarget } from './sigv4-target.ts'
import { hostOf, splitUrl } from './target.ts'

/** A signature, and all that led to it. */
export interface Signed {
  readonly canonical: Canonical
  readonly stringToSign: string
  readonly signature: string
  readonly headers: Record<string, string>
  readonly url: string | undefined
}

/** @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html} */
export function signedHeader(
  rules: Sigv4Rules,
  key: SigningKey,
  time: string,
  { method, url, headers: given }: SignableRequest,
  bodyHash: string,
): Signed {
  const [origin, target] = splitUrl(url)
  const { sent, path, query } = canonicalTarget(target, rules)
  const headers: Record<string, string> = { 'x-amz-date': time }
  if (key.sessionToken !== undefined) headers['x-amz-security-token'] = key.sessionToken
  if (rules.isS3 || rules.unsignedPayload) headers['x-amz-content-sha256'] = bodyHash
  const own = { host: given.host ?? hostOf(origin), ...headers }
  const covered = rules.covers(own, given)
  const canonical = {
    method,
    path,
    query,
    covered,
    values: valuesOf(covered, own, given),
    bodyHash,
  }
  const text = stringToSign(time, key.scope, canonical)
  const signature = key.mac.sign(text, 'hex')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${key.scope}, SignedHeaders=${covered.signedHeaders}, Signature=${signature}`
  return {
    canonical,
    stringToSign: text,
    signature,
    headers,
    url: sent === target ? undefined : origin + sent,
  }
}
