import { digester } from './digest.ts'
import { SigningError } from './errors.ts'
import type { CompleteScheme, HmacPart } from './hmac-scheme.ts'
import { isHeaderValue } from './options.ts'
import type { SignableRequest } from './signer.ts'

export function timeText(time: number, format: CompleteScheme['timestamp']): string {
  if (format === 'ms') return String(Math.round(time))
  if (format === 's') return String(Math.floor(time / 1000))
  const date = new Date(time)
  return format === 'iso' ? date.toISOString() : date.toUTCString()
}

/** 122 random bits as hex. `randomUUID` is many times cheaper than random bytes, where it exists. */
function randomNonce(): string {
  const { crypto } = globalThis
  // Browsers have it in secure contexts only.
  if ('randomUUID' in crypto) return crypto.randomUUID().replaceAll('-', '')
  return Array.from((crypto as Crypto).getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

export function nonceOf({ nonce }: CompleteScheme): string {
  if (!nonce) return randomNonce()
  const value = nonce()
  if (isHeaderValue(value)) return value
  throw new SigningError(
    'invalid-secret',
    'The `nonce` function handed out a text that no header can carry',
  )
}

export function bodyHash(
  body: string | Uint8Array | undefined,
  { body: rule, uses }: CompleteScheme,
): string {
  if (!rule || !uses('bodyHash')) return ''
  if (rule.empty !== undefined && !body?.length) return rule.empty
  return digester.hash(rule.hash, body ?? '', rule.encoding)
}

export function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}

export function partOf(
  part: HmacPart,
  about: Record<string, string>,
  { headers, body, url }: SignableRequest,
  own: Record<string, string>,
): string | Uint8Array {
  if (typeof part === 'object') {
    if ('text' in part) return part.text
    const name = part.header.toLowerCase()
    return own[name] ?? headers[name] ?? ''
  }
  const [path, query = ''] = split(about.target ?? '')
  switch (part) {
    case 'body':
      return body ?? ''
    case 'path':
      return path
    case 'query':
      return query
    case 'host':
      return new URL(url).host
    default:
      return about[part] ?? ''
  }
}

function split(target: string): [string, string?] {
  const at = target.indexOf('?')
  return at < 0 ? [target] : [target.slice(0, at), target.slice(at + 1)]
}

/** The parts as one message; bytes stay bytes. */
export function joined(
  parts: readonly (string | Uint8Array)[],
  separator: string,
): string | Uint8Array {
  if (parts.every((part) => typeof part === 'string')) return parts.join(separator)
  const encoder = new TextEncoder()
  const between = encoder.encode(separator)
  const chunks = parts.flatMap((part, index) => {
    const chunk = typeof part === 'string' ? encoder.encode(part) : part
    return index > 0 ? [between, chunk] : [chunk]
  })
  const message = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    message.set(chunk, at)
    at += chunk.length
  }
  return message
}
