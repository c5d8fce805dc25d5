import { ENCODINGS, type Encoding, HASHES, type HashName } from './digest.ts'
import { OptionError } from './errors.ts'
import { isPartName, parseTemplate, type Template } from './hmac-message.ts'
import { secretText } from './hmac-secret.ts'
import {
  functionOr,
  headerName,
  headerValue,
  milliseconds,
  secretSource,
  wrong,
} from './options.ts'
import type { SecretSource } from './signer.ts'

/**
 * One part of the message that is authenticated. `target` is path and query as sent, `path` and
 * `query` (without `?`) its halves, `body` the bytes themselves, `bodyHash` their digest.
 */
export type HmacPart =
  | 'id'
  | 'method'
  | 'url'
  | 'host'
  | 'target'
  | 'path'
  | 'query'
  | 'timestamp'
  | 'nonce'
  | 'body'
  | 'bodyHash'
  /** A header of the scheme or of the request; empty if there is none. */
  | { readonly header: string }
  | { readonly text: string }

export interface HmacScheme {
  /** The public name of the key, for the server to find the secret by. */
  id?: string
  /** The shared secret, or where to read it each time. */
  secret: SecretSource
  /** What the secret's text stands for. Default `utf8`: its own bytes. */
  secretEncoding?: 'utf8' | 'base64' | 'hex'
  /** What is authenticated, in this order. */
  message: readonly HmacPart[]
  /** Stands between the parts. Default: nothing. */
  separator?: string
  /** Default `sha256`. */
  hash?: HashName
  /** How the signature is written. Default `base64`. */
  encoding?: Encoding
  /** How `bodyHash` is made. `encoding` defaults to `base64`; `empty` replaces the digest of an empty body. */
  body?: { hash: HashName; encoding?: Encoding; empty?: string }
  /** The headers to send, with `{id}`, `{timestamp}`, `{nonce}`, `{bodyHash}` and `{signature}` filled in. */
  headers: Readonly<Record<string, string>>
  /** Epoch milliseconds or seconds, ISO 8601, or the date format of HTTP. Default `ms`. */
  timestamp?: 'ms' | 's' | 'iso' | 'http'
  /** `normalized`: sign and send the target in the form on which all servers agree. Default `as-sent`. */
  target?: 'as-sent' | 'normalized'
  /** The statuses that mean "this signature was refused". Default `[401]`. */
  refusals?: readonly number[]
  /** A text that is never used twice. Default: 32 random hex digits. */
  nonce?: () => string
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  now?: () => number
  /** By how many milliseconds the clock may be corrected after a refusal that carries a `Date`. Default 86,400,000, a day; 0 never. */
  maxClockOffset?: number
}

export type PartName = Extract<HmacPart, string>

const PLACEHOLDERS = ['id', 'timestamp', 'nonce', 'bodyHash', 'signature'] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]

const SECRET_ENCODINGS = ['utf8', 'base64', 'hex'] as const
export type SecretEncoding = (typeof SECRET_ENCODINGS)[number]

const TIMESTAMPS = ['ms', 's', 'iso', 'http'] as const
export type TimestampFormat = (typeof TIMESTAMPS)[number]

export interface BodyRule {
  readonly hash: HashName
  readonly encoding: Encoding
  readonly empty: string | undefined
}

/** A scheme in which nothing is left to be defaulted or checked. */
export interface CompleteScheme {
  readonly id: string
  readonly secret: SecretSource
  readonly secretEncoding: SecretEncoding
  readonly message: readonly HmacPart[]
  readonly separator: string
  readonly hash: HashName
  readonly encoding: Encoding
  /** Absent where no digest of the body is in use. */
  readonly body: BodyRule | undefined
  readonly headers: readonly (readonly [name: string, template: Template])[]
  readonly timestamp: TimestampFormat
  readonly normalizes: boolean
  readonly refusals: readonly number[]
  /** Absent where no nonce is in use. */
  readonly nonce: (() => string) | undefined
  readonly now: () => number
  readonly maxClockOffset: number
  readonly readsBody: boolean
  readonly readsTarget: boolean
}

const DAY = 86_400_000

/** The scheme with its defaults. A declaration that no server could verify is refused. */
export function completeScheme(scheme: HmacScheme, randomNonce: () => string): CompleteScheme {
  const { secretEncoding, message, separator, hash, encoding, body, timestamp, target } =
    scheme ?? {}
  const parts = partsOf(message)
  const headers = templatesOf(scheme?.headers)
  const covers = (name: PartName) => parts.includes(name)
  const sends = (name: string) => headers.some(([, { names }]) => names.includes(name))
  const uses = (name: PartName) => covers(name) || sends(name)

  if (!sends('signature')) throw new OptionError('headers', 'must hold {signature}')
  for (const name of ['timestamp', 'nonce'] as const) {
    if (!covers(name) || sends(name)) continue
    throw new OptionError(
      'headers',
      `must hold {${name}}, which the message covers: no server could verify it`,
    )
  }
  for (const part of parts) {
    const covered = typeof part === 'object' && 'header' in part && part.header.toLowerCase()
    const own = headers.find(([name]) => name === covered)
    if (!own?.[1].names.includes('signature')) continue
    throw new OptionError('message', `cannot cover ${covered}, which holds the signature`)
  }
  if (uses('bodyHash') !== (body !== undefined)) {
    throw new OptionError(
      'body',
      body ? 'is for `bodyHash`, which nothing uses' : 'is missing: the scheme uses `bodyHash`',
    )
  }
  const decoding = oneOf('secretEncoding', secretEncoding, SECRET_ENCODINGS, 'utf8')

  return {
    id: uses('id') ? headerValue('id', scheme.id) : '',
    secret: secretSource('secret', scheme.secret, secretText(decoding)),
    secretEncoding: decoding,
    message: parts,
    separator: textOr('separator', separator, ''),
    hash: oneOf('hash', hash, HASHES, 'sha256'),
    encoding: oneOf('encoding', encoding, ENCODINGS, 'base64'),
    body: body && {
      hash: oneOf('body.hash', body.hash, HASHES),
      encoding: oneOf('body.encoding', body.encoding, ENCODINGS, 'base64'),
      empty: textOr('body.empty', body.empty, undefined),
    },
    headers,
    timestamp: oneOf('timestamp', timestamp, TIMESTAMPS, 'ms'),
    normalizes: oneOf('target', target, ['as-sent', 'normalized'], 'as-sent') === 'normalized',
    refusals: statuses(scheme.refusals),
    nonce: functionOr('nonce', scheme.nonce, uses('nonce') ? randomNonce : undefined),
    now: functionOr('now', scheme.now, Date.now),
    maxClockOffset: milliseconds('maxClockOffset', scheme.maxClockOffset, DAY),
    readsBody: uses('body') || uses('bodyHash'),
    // Whatever differs from hop to hop makes a signature good for one hop only.
    readsTarget: (['url', 'target', 'path', 'query', 'method', 'nonce'] as const).some(uses),
  }
}

function partsOf(message: unknown): readonly HmacPart[] {
  if (!Array.isArray(message) || message.length === 0) {
    throw new OptionError('message', 'takes at least one part')
  }
  return message.map((part: unknown) => {
    if (typeof part === 'string' && isPartName(part)) return part
    const { text, header } = (typeof part === 'object' && part) || ({} as Record<string, unknown>)
    if (typeof text === 'string') return { text }
    if (header !== undefined) return { header: headerName('message', header) }
    throw wrong('message', 'names of parts, { header } and { text }', part)
  })
}

function templatesOf(headers: unknown): CompleteScheme['headers'] {
  if (typeof headers !== 'object' || !headers) {
    throw wrong('headers', 'an object of names and templates', headers)
  }
  const templates = Object.entries(headers).map(([name, text]) => {
    return [headerName('headers', name), parseTemplate(headerValue('headers', text))] as const
  })
  for (const [, { names }] of templates) {
    const unknown = names.find((name) => !PLACEHOLDERS.some((known) => known === name))
    if (unknown === undefined) continue
    const all = PLACEHOLDERS.map((name) => `{${name}}`).join(', ')
    throw new OptionError('headers', `takes ${all}, not {${unknown}}`)
  }
  const twice = templates.find(([name], i) => templates.findIndex(([n]) => n === name) < i)
  if (twice) throw new OptionError('headers', `holds ${twice[0]} twice`)
  return templates
}

function oneOf<T extends string>(
  option: string,
  value: T | undefined,
  known: readonly T[],
  fallback?: T,
): T {
  const chosen = value ?? fallback
  if (chosen !== undefined && known.includes(chosen)) return chosen
  throw wrong(option, `one of ${known.join(', ')}`, value)
}

function textOr<T>(option: string, value: unknown, fallback: T): string | T {
  if (value === undefined) return fallback
  if (typeof value === 'string') return value
  throw wrong(option, 'a string', value)
}

function statuses(value: unknown): readonly number[] {
  if (value === undefined) return [401]
  const ok = (status: unknown) => Number.isInteger(status) && Number(status) >= 400
  if (Array.isArray(value) && value.length > 0 && value.every(ok)) return [...value]
  throw wrong('refusals', 'a list of HTTP error statuses', value)
}
