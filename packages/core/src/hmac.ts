import { learningClock, type Stamp } from './clock.ts'
import { digester, type Encoding, type HashName, type Mac } from './digest.ts'
import { SigningError } from './errors.ts'
import { type BodyRule, checked } from './hmac-check.ts'
import { keyBytes, secretText } from './hmac-key.ts'
import { fill, messageOf } from './hmac-message.ts'
import type { HmacPart, HmacScheme, SecretEncoding, TimestampFormat } from './hmac-scheme.ts'
import { isHeaderValue, readSecret } from './options.ts'
import {
  andThen,
  type SignableRequest,
  type Signature,
  type Signer,
  TracedSignature,
  UNSIGNED,
} from './signer.ts'
import { normalized, splitUrl } from './target.ts'

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
  const { id, secret, secretEncoding, uses } = scheme
  const clock = learningClock(scheme.now, scheme.maxClockOffset)
  const message = messageOf(scheme.message, scheme.separator)
  const early = scheme.headers.filter(([, { names }]) => !names.includes('signature'))
  const late = scheme.headers.filter(([, { names }]) => names.includes('signature'))
  const authorizes = scheme.headers.some(([name]) => name === 'authorization')
  const nonce = uses('nonce') ? (scheme.nonce ?? randomNonce) : undefined
  const isSecret = secretText(secretEncoding)
  let last: { text: string; mac: Mac } | undefined

  function macOf(text: string): Mac {
    if (last?.text !== text) {
      last = { text, mac: digester.hmac(scheme.hash, keyBytes(text, secretEncoding)) }
    }
    return last.mac
  }
  if (typeof secret === 'string') macOf(secret)

  function signWith(text: string, request: SignableRequest): Signature {
    const stamp = clock.stamp()
    const [origin, sent] = splitUrl(request.url)
    const target = scheme.normalizes ? normalized(sent) : sent
    const values = {
      id,
      timestamp: timeText(stamp.at + stamp.offset, scheme.timestamp),
      nonce: nonce ? sendable(nonce()) : '',
      bodyHash: scheme.body ? bodyHash(request.body, scheme.body) : '',
      signature: '',
    }
    const headers: Record<string, string> = {}
    for (const [name, template] of early) headers[name] = fill(template, values)
    const facts = { ...values, request, url: origin + target, target, headers }
    values.signature = macOf(text)(message(facts), scheme.encoding)
    for (const [name, template] of late) headers[name] = fill(template, values)
    return new TracedSignature(headers, target === sent ? undefined : facts.url, clock, stamp)
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

function timeText(time: number, format: TimestampFormat): string {
  if (format === 'ms') return String(Math.round(time))
  if (format === 's') return String(Math.floor(time / 1000))
  const date = new Date(time)
  return format === 'iso' ? date.toISOString() : date.toUTCString()
}

/** 122 random bits as hex. `randomUUID` costs a twelfth of random bytes; browsers have it in secure contexts only. */
function randomNonce(): string {
  const { crypto } = globalThis
  if ('randomUUID' in crypto) return crypto.randomUUID().replaceAll('-', '')
  const bytes = (crypto as Crypto).getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function sendable(nonce: unknown): string {
  if (isHeaderValue(nonce)) return nonce
  throw new SigningError('invalid-secret', '`nonce` handed out what no header can carry')
}

function bodyHash(
  body: string | Uint8Array | undefined,
  { hash, encoding, empty }: BodyRule,
): string {
  if (empty !== undefined && !body?.length) return empty
  return digester.hash(hash, body ?? '', encoding)
}
