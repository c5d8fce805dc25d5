import { digester, type Mac } from './digest.ts'
import { SigningError } from './errors.ts'
import type { BodyRule, CheckedScheme } from './hmac-check.ts'
import { keyBytes } from './hmac-key.ts'
import { type Facts, fill, messageOf } from './hmac-message.ts'
import type { TimestampFormat } from './hmac-scheme.ts'
import { isHeaderValue } from './options.ts'
import type { SignableRequest } from './signer.ts'
import { normalized, splitUrl } from './target.ts'

/** A signature, and everything that it was made of. */
export interface Made extends Facts {
  readonly signature: string
  /** All of the scheme's own. */
  readonly headers: Record<string, string>
  /** The target is sent in another form than the request's. */
  readonly rewritten: boolean
}

/**
 * Makes the signatures of a scheme, for the instant that is given. The key of the secret's text is
 * prepared once, until another text comes.
 */
export function maker(
  scheme: CheckedScheme,
): (secret: string, request: SignableRequest, time: number) => Made {
  const { id, secret, secretEncoding, uses } = scheme
  const message = messageOf(scheme.message, scheme.separator)
  const early = scheme.headers.filter(([, { names }]) => !names.includes('signature'))
  const late = scheme.headers.filter(([, { names }]) => names.includes('signature'))
  const nonce = uses('nonce') ? (scheme.nonce ?? randomNonce) : undefined
  let last: { text: string; mac: Mac } | undefined

  function macOf(text: string): Mac {
    if (last?.text !== text) {
      last = { text, mac: digester.hmac(scheme.hash, keyBytes(text, secretEncoding)) }
    }
    return last.mac
  }
  if (typeof secret === 'string') macOf(secret)

  return (text, request, time) => {
    const [origin, sent] = splitUrl(request.url)
    const target = scheme.normalizes ? normalized(sent) : sent
    const headers: Record<string, string> = {}
    const made = {
      id,
      timestamp: timeText(time, scheme.timestamp),
      nonce: nonce ? sendable(nonce()) : '',
      bodyHash: scheme.body ? bodyHash(request.body, scheme.body) : '',
      signature: '',
      request,
      url: origin + target,
      target,
      rewritten: target !== sent,
      headers,
    }
    for (const [name, template] of early) headers[name] = fill(template, made)
    made.signature = macOf(text)(message(made), scheme.encoding)
    for (const [name, template] of late) headers[name] = fill(template, made)
    return made
  }
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
