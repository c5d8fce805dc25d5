import { ENCODINGS, type Encoding, HASHES, type HashName } from './digest.ts'
import { OptionError } from './errors.ts'
import {
  functionOr,
  headerName,
  headerValue,
  milliseconds,
  nonEmpty,
  secretSource,
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
  /** A header of the request, or of the scheme; empty if there is none. */
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
  /** How `bodyHash` is made. `empty` replaces the digest of an empty body. */
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

const PARTS: readonly string[] = [
  'id',
  'method',
  'url',
  'host',
  'target',
  'path',
  'query',
  'timestamp',
  'nonce',
  'body',
  'bodyHash',
] satisfies PartName[]
const PLACEHOLDERS = ['id', 'timestamp', 'nonce', 'bodyHash', 'signature']
const DAY = 86_400_000

function oneOf<T>(option: string, value: T | undefined, values: readonly T[], fallback: T): T {
  if (value === undefined) return fallback
  if (values.includes(value)) return value
  throw new OptionError(option, `takes one of ${values.join(', ')}, not ${JSON.stringify(value)}`)
}

/** Whether a part or a placeholder of this name is in use. */
type Uses = (name: string) => boolean

export interface CompleteScheme {
  readonly id: string
  readonly secret: SecretSource
  readonly secretEncoding: 'utf8' | 'base64' | 'hex'
  readonly message: readonly HmacPart[]
  readonly separator: string
  readonly hash: HashName
  readonly encoding: Encoding
  readonly body: { hash: HashName; encoding: Encoding; empty: string | undefined } | undefined
  readonly templates: readonly (readonly [name: string, template: string])[]
  readonly timestamp: 'ms' | 's' | 'iso' | 'http'
  readonly normalizes: boolean
  readonly refusals: readonly number[]
  readonly nonce: (() => string) | undefined
  readonly now: () => number
  readonly maxClockOffset: number
  readonly readsBody: boolean
  readonly readsTarget: boolean
  readonly uses: Uses
}

/** The scheme with its defaults; a declaration that no server could verify is refused. */
export function completeScheme(scheme: HmacScheme): CompleteScheme {
  const { message, body, refusals } = scheme
  if (!Array.isArray(message) || message.length === 0) {
    throw new OptionError('message', 'takes at least one part')
  }
  for (const part of message as readonly HmacPart[]) {
    const known =
      typeof part === 'string'
        ? PARTS.includes(part)
        : 'text' in part
          ? typeof part.text === 'string'
          : headerName('message', part?.header)
    if (!known) throw new OptionError('message', `has no part ${JSON.stringify(part)}`)
  }
  const templates = Object.entries(scheme.headers ?? {}).map(([name, template]) => {
    return [headerName('headers', name), headerValue(`headers.${name}`, template)] as const
  })
  const named = templates.flatMap(([, text]) =>
    Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name as string),
  )
  const unknown = named.find((name) => !PLACEHOLDERS.includes(name))
  if (unknown) {
    throw new OptionError(
      'headers',
      `takes ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}, not {${unknown}}`,
    )
  }
  if (!named.includes('signature')) throw new OptionError('headers', 'must hold {signature}')
  const signs: Uses = (name) => message.includes(name as PartName)
  const uses: Uses = (name) => signs(name) || named.includes(name)
  for (const name of ['timestamp', 'nonce']) {
    if (signs(name) && !named.includes(name)) {
      throw new OptionError(
        'headers',
        `must hold {${name}}, which the message covers: no server could verify it`,
      )
    }
  }
  if (uses('id')) headerValue('id', scheme.id)
  if (uses('bodyHash') && !body)
    throw new OptionError('body', 'is missing: the scheme uses `bodyHash`')

  return {
    id: scheme.id ?? '',
    secret: secretSource('secret', scheme.secret, nonEmpty),
    secretEncoding: oneOf(
      'secretEncoding',
      scheme.secretEncoding,
      ['utf8', 'base64', 'hex'],
      'utf8',
    ),
    message: message as readonly HmacPart[],
    separator: scheme.separator ?? '',
    hash: oneOf('hash', scheme.hash, HASHES, 'sha256'),
    encoding: oneOf('encoding', scheme.encoding, ENCODINGS, 'base64'),
    body: body && {
      hash: oneOf('body.hash', body.hash, HASHES, body.hash),
      encoding: oneOf('body.encoding', body.encoding, ENCODINGS, 'base64'),
      empty: body.empty,
    },
    templates,
    timestamp: oneOf('timestamp', scheme.timestamp, ['ms', 's', 'iso', 'http'], 'ms'),
    normalizes:
      oneOf('target', scheme.target, ['as-sent', 'normalized'], 'as-sent') === 'normalized',
    refusals: refusals ?? [401],
    nonce: functionOr('nonce', scheme.nonce, undefined),
    now: functionOr('now', scheme.now, Date.now),
    maxClockOffset: milliseconds('maxClockOffset', scheme.maxClockOffset, DAY),
    readsBody: signs('body') || uses('bodyHash'),
    readsTarget: ['target', 'path', 'query', 'url'].some(signs),
    uses,
  }
}
