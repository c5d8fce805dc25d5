import { learningClock, type Stamp } from './clock.ts'
import type { Encoding, HashName } from './digest.ts'
import { checked } from './hmac-check.ts'
import { secretText } from './hmac-key.ts'
import { bodyHash, type Made, maker } from './hmac-make.ts'
import type { HmacPart, HmacScheme, SecretEncoding, TimestampFormat } from './hmac-scheme.ts'
import { readSecret } from './options.ts'
import {
  isPromise,
  type MaybePromise,
  type SignableRequest,
  type Signature,
  type Signer,
  TracedSignature,
  UNSIGNED,
} from './signer.ts'

export { explain, type HmacExplanation } from './hmac-explain.ts'
export type { Encoding, HashName, HmacPart, HmacScheme, SecretEncoding, TimestampFormat }

/**
 * Signs with a keyed hash over parts of the request, as the scheme declares: any of the many HMAC
 * schemes is data for it. Synchronous everywhere, unless the secret comes from an asynchronous source,
 * or a body of more than half a mebibyte is covered: that is hashed in slices, between which other
 * work gets its turn, and must not change meanwhile.
 *
 * Each signature has a timestamp and a nonce of its own. A refusal with a `Date` teaches it how far
 * its clock is off. An `Authorization` of the caller's own is kept, where the scheme sends one.
 *
 * @throws {OptionError} if the declaration is wrong, or such that no server could verify it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc2104 RFC 2104}
 */
export function hmac(declaration: HmacScheme): Signer {
  const scheme = checked(declaration)
  const { secret, uses } = scheme
  const make = maker(scheme)
  const clock = learningClock(scheme.now, scheme.maxClockOffset)
  const authorizes = scheme.headers.some(([name]) => name === 'authorization')
  const isSecret = secretText(scheme.secretEncoding)

  function signWith(request: SignableRequest, text: string, hash: string): MaybePromise<Signature> {
    const stamp = clock.stamp()
    const made = make(text, request, hash, stamp.at + stamp.offset)
    return isPromise(made) ? tracedLater(made, stamp) : traced(made, stamp)
  }

  function traced({ headers, url, rewritten }: Made, stamp: Stamp): Signature {
    return new TracedSignature(headers, rewritten ? url : undefined, clock, stamp)
  }

  // Closures that share variables with the common way would slow that down.
  async function signLater(
    request: SignableRequest,
    ...waiting: [MaybePromise<string>, MaybePromise<string>]
  ): Promise<Signature> {
    return signWith(request, ...(await Promise.all(waiting)))
  }
  const tracedLater = async (made: Promise<Made>, stamp: Stamp) => traced(await made, stamp)

  return {
    // The body brings its content type with it.
    readsBody: uses('body') || uses('bodyHash') || scheme.message.some(isContentType),
    // A signature over what differs from hop to hop is good for one hop only.
    readsTarget: (['url', 'target', 'path', 'query', 'method', 'nonce'] as const).some(uses),
    refusals: scheme.refusals,
    sign(request) {
      if (authorizes && request.headers.authorization !== undefined) return UNSIGNED
      const text = readSecret('secret', secret, isSecret)
      const hash = bodyHash(scheme, request)
      return isPromise(text) || isPromise(hash)
        ? signLater(request, text, hash)
        : signWith(request, text, hash)
    },
    recover({ headers, signature }) {
      const stamp = TracedSignature.traceOf<Stamp>(clock, signature)
      return stamp !== undefined && clock.learn(headers, stamp)
    },
  }
}

function isContentType(part: HmacPart): boolean {
  return typeof part === 'object' && part.header === 'content-type'
}
