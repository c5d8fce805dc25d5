import { learningClock, type Stamp } from './clock.ts'
import type { AwsCredentials } from './provider.ts'
import {
  isPromise,
  type MaybePromise,
  type SignableRequest,
  type Signature,
  type Signer,
  TracedSignature,
  UNSIGNED,
} from './signer.ts'
import { bodyHashOf } from './sigv4-canonical.ts'
import { checked, triple } from './sigv4-check.ts'
import { signedHeader } from './sigv4-header.ts'
import { amzTime, keyring, type SigningKey } from './sigv4-key.ts'
import type { Sigv4Options } from './sigv4-options.ts'
import { blameOf } from './sigv4-refusal.ts'

export { explain } from './sigv4-explain.ts'
export type { PresignOptions, Sigv4Explanation, Sigv4Options } from './sigv4-options.ts'
export { presign } from './sigv4-presign.ts'

/** How a signature was made. */
interface Trace {
  readonly stamp: Stamp
  /** What the provider handed out, by which it knows them again. */
  readonly credentials: AwsCredentials
  /** What they said then. */
  readonly key: SigningKey
}

/**
 * Signs requests to AWS, and to what speaks its language, with Signature Version 4 in the headers.
 * Synchronous, unless the credentials are promised, or a body of more than half a mebibyte is covered:
 * that is hashed in slices, between which other work gets its turn, and must not change meanwhile.
 *
 * The signature covers method, path, query, body, the host and every header that arrives as it was
 * sent. A query, and a key of S3, are sent in the one form of which there are no two readings: there
 * a `+` of a query is a space, and a `+` of a key is a plus sign. An `x-amz-date` of the caller's is
 * replaced, and an `x-amz-security-token` by that of the credentials; an `x-amz-content-sha256` is
 * believed. A request that has an `Authorization`, or is presigned, is left as it is.
 *
 * Credentials that AWS refuses are handed back to their provider, and the request is sent again if
 * there are others. A refusal for its time, with a `Date`, teaches how far the clock is off.
 *
 * @throws {OptionError} if an option is missing or wrong.
 * @see {@link https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html AWS Signature Version 4}
 */
export function sigv4(options: Sigv4Options): Signer {
  const rules = checked(options)
  const source = rules.credentials
  const clock = learningClock(rules.now, rules.maxClockOffset)
  const keyOf = keyring(rules)
  let last = { second: Number.NaN, text: '' }

  function timeOf({ at, offset }: Stamp): string {
    const second = Math.floor((at + offset) / 1000)
    if (second !== last.second) last = { second, text: amzTime(second * 1000) }
    return last.text
  }

  function signWith(
    request: SignableRequest,
    credentials: AwsCredentials,
    bodyHash: string,
  ): Signature {
    const stamp = clock.stamp()
    const time = timeOf(stamp)
    const key = keyOf(credentials, time.slice(0, 8))
    const { headers, url } = signedHeader(rules, key, time, request, bodyHash)
    const trace: Trace = { stamp, credentials, key }
    return new TracedSignature(headers, url, clock, trace)
  }

  // A closure that shares variables with the common way would slow that down.
  async function signLater(
    request: SignableRequest,
    ...waiting: [MaybePromise<AwsCredentials>, MaybePromise<string>]
  ): Promise<Signature> {
    return signWith(request, ...(await Promise.all(waiting)))
  }

  return {
    readsBody: !rules.unsignedPayload,
    readsTarget: true,
    // S3 says 400 of a token and 403 of a key, other services either; 401 is said of neither.
    refusals: [400, 403],
    sign(request) {
      const { headers, url, signal } = request
      if (headers.authorization !== undefined || /[?&]X-Amz-Signature=/.test(url)) return UNSIGNED
      const ready = typeof source === 'function' ? source(signal && { signal }) : source
      const bodyHash = bodyHashOf(request, rules.unsignedPayload)
      return isPromise(ready) || isPromise(bodyHash)
        ? signLater(request, ready, bodyHash)
        : signWith(request, ready, bodyHash)
    },
    async recover(refusal) {
      const trace = TracedSignature.traceOf<Trace>(clock, refusal.signature)
      if (!trace) return false
      const { signal } = refusal.request
      const { stamp, credentials: refused, key } = trace
      try {
        const blame = await blameOf(refusal, rules, key)
        if (blame.clock && clock.learn(refusal.headers, stamp)) return true
        if (!blame.credentials || typeof source !== 'function') return false
        const next = await source({ refused, signal })
        return !sameTriple(triple('credentials', next), key)
      } catch {
        // The caller gets what AWS has answered; the provider tells of itself by its events.
        return false
      }
    },
  }
}

function sameTriple(one: AwsCredentials, other: AwsCredentials): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken
  )
}
