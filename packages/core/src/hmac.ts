import { learningClock, type Stamp } from './clock.ts'
import type { Encoding, HashName } from './digest.ts'
import { checked } from './hmac-check.ts'
import { secretText } from './hmac-key.ts'
import { maker } from './hmac-make.ts'
import type { HmacPart, HmacScheme, SecretEncoding, TimestampFormat } from './hmac-scheme.ts'
import { readSecret } from './options.ts'
import {
  andThen,
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
 * schemes is data for it. Synchronous everywhere, unless the secret comes from an asynchronous source.
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

  function signWith(text: string, request: SignableRequest): Signature {
    const stamp = clock.stamp()
    const { headers, url, rewritten } = make(text, request, stamp.at + stamp.offset)
    return new TracedSignature(headers, rewritten ? url : undefined, clock, stamp)
  }

  return {
    // The body brings its content type with it.
    readsBody: uses('body') || uses('bodyHash') || scheme.message.some(isContentType),
    // A signature over what differs from hop to hop is good for one hop only.
    readsTarget: (['url', 'target', 'path', 'query', 'method', 'nonce'] as const).some(uses),
    refusals: scheme.refusals,
    sign(request) {
      if (authorizes && request.headers.authorization !== undefined) return UNSIGNED
      return andThen(readSecret('secret', secret, isSecret), (text) => signWith(text, request))
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
