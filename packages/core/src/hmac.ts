import { type Clock, learningClock, type Stamp } from './clock.ts'
import { digester, type Encoding, type HashName } from './digest.ts'
import { OptionError } from './errors.ts'
import { bodyHash, fill, joined, nonceOf, partOf, timeText } from './hmac-message.ts'
import {
  type CompleteScheme,
  completeScheme,
  type HmacPart,
  type HmacScheme,
} from './hmac-scheme.ts'
import { nonEmpty, readSecret } from './options.ts'
import {
  SealedSignature,
  type SignableRequest,
  type Signature,
  type Signer,
  andThen,
  UNSIGNED,
} from './signer.ts'
import { normalized, targetOf } from './target.ts'

export type { Encoding, HashName, HmacPart, HmacScheme }

/** A signature that remembers by which clock it was made. */
class StampedSignature extends SealedSignature {
  readonly #stamp: Stamp

  constructor(headers: Record<string, string>, url: string | undefined, stamp: Stamp) {
    super(headers, url)
    this.#stamp = stamp
  }

  static stampOf(signature: Signature): Stamp | undefined {
    return #stamp in signature ? signature.#stamp : undefined
  }
}

type Mac = (data: string | Uint8Array, encoding: Encoding) => string

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
  const scheme = completeScheme(declaration)
  const { readsBody, readsTarget, refusals, templates } = scheme
  const clock: Clock = learningClock(scheme.now, scheme.maxClockOffset)
  const authorizes = templates.some(([name]) => name === 'authorization')
  let last: { secret: string; mac: Mac } | undefined

  function macOf(secret: string): Mac {
    if (last?.secret !== secret) {
      last = { secret, mac: digester.hmac(scheme.hash, keyBytes(secret, scheme.secretEncoding)) }
    }
    return last.mac
  }
  if (typeof scheme.secret === 'string') macOf(scheme.secret)

  function signWith(secret: string, request: SignableRequest): Signature {
    const stamp = clock.stamp()
    const sentTarget = targetOf(request.url)
    const target = scheme.normalizes ? normalized(sentTarget) : sentTarget
    const url =
      target === sentTarget ? undefined : request.url.slice(0, -sentTarget.length) + target
    const values: Record<string, string> = {
      id: scheme.id,
      timestamp: timeText(stamp.at + stamp.offset, scheme.timestamp),
      nonce: scheme.uses('nonce') ? nonceOf(scheme) : '',
      bodyHash: bodyHash(request.body, scheme),
    }
    const headers: Record<string, string> = {}
    for (const [name, template] of templates) {
      if (!template.includes('{signature}')) headers[name] = fill(template, values)
    }
    const about = { ...values, target, url: url ?? request.url, method: request.method }
    const parts = scheme.message.map((part) => partOf(part, about, request, headers))
    values.signature = macOf(secret)(joined(parts, scheme.separator), scheme.encoding)
    for (const [name, template] of templates) headers[name] ??= fill(template, values)
    return new StampedSignature(headers, url, stamp)
  }

  return {
    readsBody,
    readsTarget,
    refusals,
    sign(request) {
      if (authorizes && request.headers.authorization !== undefined) return UNSIGNED
      return andThen(readSecret('secret', scheme.secret, nonEmpty), (secret) =>
        signWith(secret, request),
      )
    },
    recover({ headers, signature }) {
      const stamp = StampedSignature.stampOf(signature)
      return stamp !== undefined && clock.learn(headers, stamp)
    },
  }
}

const BASE64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/

function keyBytes(secret: string, encoding: CompleteScheme['secretEncoding']): Uint8Array {
  if (encoding === 'utf8') return new TextEncoder().encode(secret)
  if (encoding === 'hex') {
    if (!/^(?:[\da-f]{2})+$/i.test(secret))
      throw new OptionError('secret', 'takes pairs of hex digits')
    return Uint8Array.from(secret.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  }
  if (!BASE64.test(secret) || secret.includes('_')) {
    throw new OptionError('secret', 'takes base64 of the standard alphabet, padded, without spaces')
  }
  return Uint8Array.from(atob(secret), (character) => character.charCodeAt(0))
}
