import { recordOf } from './record.ts'
import { andThen, type MaybePromise, type SignableRequest } from './signer.ts'
import { bodyHashOf, type Canonical, canonicalText } from './sigv4-canonical.ts'
import { checked } from './sigv4-check.ts'
import { signedHeader } from './sigv4-header.ts'
import { amzTime, keyring } from './sigv4-key.ts'
import type { Sigv4Explanation, Sigv4Options } from './sigv4-options.ts'
import { signedQuery, wholeSeconds } from './sigv4-presign.ts'

const MASK = '***'
/** Session tokens, keys that S3 encrypts with, and keys of an API. */
const SECRET = /(?:token|customer-key|api-key|secret|password)$/
/** Not any token: that of a list's next page is what often is signed wrong. */
const SECRET_IN_QUERY =
  /(?<=(?:^|[?&])(?:x-amz-(?:security|s3session)-token|access_token|api[-_]?key)=)[^&]*/gi

/**
 * Tells how {@link sigv4} would sign a request now, step by step and without any secret, to be
 * compared with what a server or another signer has made of it. With `expiresIn`, it tells the same
 * of the URL that {@link presign} makes. Nothing is sent, and a request that is signed already is
 * signed anew. What it returns has a signature that is good for this request.
 *
 * @param request As a client sends it: the URL exactly as it goes on the wire.
 * @throws {OptionError} if an option is missing or wrong.
 */
export function explain(
  options: Sigv4Options & { expiresIn?: number },
  request: SignableRequest,
): MaybePromise<Sigv4Explanation> {
  const rules = checked(options)
  // A header is known for a secret by its name in lower case.
  const seen = {
    ...request,
    method: request.method.toUpperCase(),
    headers: recordOf(request.headers),
  }
  const lifetime = options.expiresIn === undefined ? undefined : wholeSeconds(options.expiresIn)
  const { credentials } = rules
  const leftOut = rules.unsignedPayload || (lifetime !== undefined && rules.isS3)
  return andThen(typeof credentials === 'function' ? credentials() : credentials, (ready) =>
    andThen(bodyHashOf(seen, leftOut), (hash) => {
      const time = amzTime(rules.now())
      const key = keyring(rules)(ready, time.slice(0, 8))
      const { canonical, url, ...signed } =
        lifetime === undefined
          ? signedHeader(rules, key, time, seen, hash)
          : signedQuery(rules, key, time, seen, hash, lifetime)
      const masked = withoutSecrets(canonical)
      const { method, path, query, covered, values, bodyHash } = masked
      const { names, signedHeaders } = covered
      const headers = Object.fromEntries(names.map((name, at) => [name, values[at] as string]))
      return {
        parts: { method, path, query, headers, signedHeaders, bodyHash },
        canonicalRequest: canonicalText(masked),
        scope: key.scope,
        ...signed,
        headers: maskedHeaders(signed.headers),
        ...(url !== undefined && { url: url.replace(SECRET_IN_QUERY, MASK) }),
      }
    }),
  )
}

function withoutSecrets(canonical: Canonical): Canonical {
  const { query, covered, values } = canonical
  return {
    ...canonical,
    query: query.replace(SECRET_IN_QUERY, MASK),
    values: values.map((value, at) => withoutSecret(covered.names[at] as string, value)),
  }
}

const withoutSecret = (name: string, value: string): string => (SECRET.test(name) ? MASK : value)

function maskedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, withoutSecret(name, value)]),
  )
}
