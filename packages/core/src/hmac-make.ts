import { digester, type Mac } from './digest.ts'
import { SigningError } from './errors.ts'
import type { CheckedScheme } from './hmac-check.ts'
import { keyBytes } from './hmac-key.ts'
import { type Facts, fill, messageOf, settledIn } from './hmac-message.ts'
import { randomNonces } from './hmac-nonce.ts'
import type { TimestampFormat } from './hmac-scheme.ts'
import { isHeaderValue } from './options.ts'
import type { MaybePromise, SignableRequest } from './signer.ts'
import { inSlices, isLarge } from './slices.ts'
import { targeted } from './target.ts'

/** A signature, and everything that it was made of. */
export interface Made extends Facts {
  /** Empty until it is made. */
  signature: string
  /** All of the scheme's own. */
  readonly headers: Record<string, string>
  /** The target is sent in another form than the request's. */
  readonly rewritten: boolean
}

/** The digest of a body, where the scheme has one; a promise for a large one. */
export function bodyHash(
  { body: rule }: CheckedScheme,
  { body = '', signal }: SignableRequest,
): MaybePromise<string> {
  if (!rule) return ''
  const { hash, encoding, empty } = rule
  if (isLarge(body)) return inSlices(digester.hashing(hash), [body], encoding, signal)
  return body.length ? digester.hash(hash, body, encoding) : empty
}

/** Makes the signature of one request, for the instant that is given. */
export type Maker = (
  secret: string,
  request: SignableRequest,
  bodyHash: string,
  time: number,
) => MaybePromise<Made>

/**
 * Makes the signatures of a scheme. The key of the secret's text is prepared once, until another
 * text comes.
 */
export function maker(scheme: CheckedScheme): Maker {
  const { id, secret, secretEncoding, encoding } = scheme
  const message = messageOf(scheme.message, scheme.separator)
  const templates = scheme.headers.map(
    ([name, template]) => [name, settledIn(template, 'id', id)] as const,
  )
  const isLate = ([, { names }]: (typeof templates)[0]) => names.includes('signature')
  const early = templates.filter((header) => !isLate(header))
  const late = templates.filter(isLate)
  const nonce = scheme.uses('nonce') ? (checkedNonce(scheme) ?? randomNonces()) : undefined
  let last: { text: string; mac: Mac } | undefined

  function macOf(text: string): Mac {
    if (last?.text !== text) {
      last = { text, mac: digester.hmac(scheme.hash, keyBytes(text, secretEncoding)) }
    }
    return last.mac
  }
  if (typeof secret === 'string') macOf(secret)

  function finished(made: Made, signature: string): Made {
    made.signature = signature
    for (const [name, template] of late) made.headers[name] = fill(template, made)
    return made
  }

  // A closure that shares variables with the common way would slow that down.
  const finishedLater = async (made: Made, signature: Promise<string>) =>
    finished(made, await signature)

  return (text, request, bodyHash, time) => {
    const { given, target, url } = targeted(request.url, scheme.normalizes)
    const headers: Record<string, string> = {}
    const made: Made = {
      id,
      timestamp: timeText(time, scheme.timestamp),
      nonce: nonce?.() ?? '',
      bodyHash,
      signature: '',
      request,
      url,
      target,
      rewritten: target !== given,
      headers,
    }
    for (const [name, template] of early) headers[name] = fill(template, made)
    const signed = message(made)
    const mac = macOf(text)
    if (typeof signed === 'string' && !isLarge(signed)) {
      return finished(made, mac.sign(signed, encoding))
    }
    const pieces = [signed].flat()
    const hashing = mac.hashing()
    if (pieces.some(isLarge)) {
      return finishedLater(made, inSlices(hashing, pieces, encoding, request.signal))
    }
    for (const piece of pieces) hashing.update(piece)
    return finished(made, hashing.digest(encoding))
  }
}

function timeText(time: number, format: TimestampFormat): string {
  if (format === 'ms') return String(Math.round(time))
  if (format === 's') return String(Math.floor(time / 1000))
  const date = new Date(time)
  return format === 'iso' ? date.toISOString() : date.toUTCString()
}

/** The caller's own nonce, which a header must carry. */
function checkedNonce({ nonce }: CheckedScheme): (() => string) | undefined {
  return (
    nonce &&
    (() => {
      const text: unknown = nonce()
      if (isHeaderValue(text)) return text
      throw new SigningError('invalid-secret', '`nonce` handed out what no header can carry')
    })
  )
}
