import type { Data } from './digest.ts'
import { checked } from './hmac-check.ts'
import { secretText } from './hmac-key.ts'
import { bodyHash, maker } from './hmac-make.ts'
import { messageOf, readerOf } from './hmac-message.ts'
import type { HmacPart, HmacScheme } from './hmac-scheme.ts'
import { readSecret } from './options.ts'
import { andThen, type MaybePromise, type SignableRequest } from './signer.ts'

/** Why a signature is what it is. Bytes stand where the body itself is signed, and was given as bytes. */
export interface HmacExplanation {
  /** What is signed, in order: each part as the scheme declares it, and what it is for this request. */
  readonly parts: readonly { readonly part: HmacPart; readonly value: string | Uint8Array }[]
  /** The parts with the separator between them: what is hashed with the key. */
  readonly message: string | Uint8Array
  /** Absent where the scheme makes none. */
  readonly bodyHash?: string
  readonly signature: string
  /** What the signature adds to the request; lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Where the request goes, with the target in the form that was signed. */
  readonly url: string
}

/**
 * Signs one request as {@link hmac} does, by the same code, and tells what went into it: for who must
 * find out why a server computes another signature. A promise if the secret's source hands one
 * out, or for a large body. The request's own `Authorization` does not keep it from signing.
 *
 * What it returns holds no secret, but a signature that is good for this request.
 *
 * @throws {OptionError} if the declaration is wrong, as {@link hmac} does.
 */
export function explain(
  declaration: HmacScheme,
  request: SignableRequest,
): MaybePromise<HmacExplanation> {
  const scheme = checked(declaration)
  const make = maker(scheme)
  const secret = readSecret('secret', scheme.secret, secretText(scheme.secretEncoding))
  const made = andThen(secret, (text) =>
    andThen(bodyHash(scheme, request), (hash) => make(text, request, hash, scheme.now())),
  )
  return andThen(made, (facts) => {
    const { bodyHash, signature, headers, url } = facts
    return {
      parts: scheme.message.map((part) => ({ part, value: readerOf(part)(facts) })),
      message: joined(messageOf(scheme.message, scheme.separator)(facts)),
      ...(scheme.body && { bodyHash }),
      signature,
      headers,
      url,
    }
  })
}

function joined(message: string | readonly Data[]): Data {
  if (typeof message === 'string') return message
  const encoder = new TextEncoder()
  return Uint8Array.from(
    message.flatMap((piece) => [...(typeof piece === 'string' ? encoder.encode(piece) : piece)]),
  )
}
