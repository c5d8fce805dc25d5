import { digester, ENCODINGS, type Encoding, HASHES, type HashName } from './digest.ts'
import { OptionError } from './errors.ts'
import { secretText } from './hmac-key.ts'
import { isPartName, parseTemplate, type Template } from './hmac-message.ts'
import type {
  HmacPart,
  HmacScheme,
  PartName,
  Placeholder,
  SecretEncoding,
  TimestampFormat,
} from './hmac-scheme.ts'
import {
  type Check,
  functionOr,
  headerName,
  headerValue,
  milliseconds,
  secretSource,
  wrong,
} from './options.ts'
import type { SecretSource } from './signer.ts'

/** A scheme in which nothing is left to be checked or defaulted. */
export interface CheckedScheme {
  readonly id: string
  readonly secret: SecretSource
  readonly secretEncoding: SecretEncoding
  readonly message: readonly HmacPart[]
  readonly separator: string
  readonly hash: HashName
  readonly encoding: Encoding
  readonly body: BodyRule | undefined
  readonly headers: readonly (readonly [name: string, template: Template])[]
  readonly timestamp: TimestampFormat
  readonly normalizes: boolean
  readonly refusals: readonly number[]
  /** Of the caller's own. */
  readonly nonce: (() => string) | undefined
  readonly now: () => number
  readonly maxClockOffset: number
  /** Whether the message or a header holds it. */
  uses(name: PartName): boolean
}

interface BodyRule {
  readonly hash: HashName
  readonly encoding: Encoding
  /** What stands for the digest of an empty body. */
  readonly empty: string
}

const DAY = 86_400_000
const PLACEHOLDERS: readonly Placeholder[] = ['id', 'timestamp', 'nonce', 'bodyHash', 'signature']

/** The scheme with its defaults. A declaration that no server could verify is refused. */
export function checked(scheme: HmacScheme): CheckedScheme {
  const options: Partial<HmacScheme> = scheme ?? {}
  const { body } = options
  const message = partsOf(options.message)
  const headers = templatesOf(options.headers)
  const covers = (name: PartName) => message.includes(name)
  const sends = (name: Placeholder) => headers.some(([, { names }]) => names.includes(name))
  const uses = (name: PartName) => covers(name) || sends(name as Placeholder)

  if (!sends('signature')) throw new OptionError('headers', 'must hold {signature}')
  for (const name of ['timestamp', 'nonce'] as const) {
    if (!covers(name) || sends(name)) continue
    const why = 'which the message covers: no server could verify it'
    throw new OptionError('headers', `must hold {${name}}, ${why}`)
  }
  for (const [name, { names }] of headers) {
    const covered = message.some((part) => typeof part === 'object' && part.header === name)
    if (!covered || !names.includes('signature')) continue
    throw new OptionError('message', `cannot cover ${name}, which holds the signature`)
  }
  if (uses('bodyHash') && !body) {
    throw new OptionError('body', 'is missing: the scheme uses `bodyHash`')
  }
  if (body && !uses('bodyHash')) {
    throw new OptionError('body', 'is the rule for `bodyHash`, which nothing uses')
  }
  const secretEncoding = oneOf(
    'secretEncoding',
    options.secretEncoding,
    ['utf8', 'base64', 'hex'],
    'utf8',
  )

  return {
    id: uses('id') ? headerValue('id', options.id) : '',
    secret: secretSource('secret', options.secret, secretText(secretEncoding)),
    secretEncoding,
    message,
    separator: optional('separator', options.separator, anyText) ?? '',
    hash: oneOf('hash', options.hash, HASHES, 'sha256'),
    encoding: oneOf('encoding', options.encoding, ENCODINGS, 'base64'),
    body: body && bodyRule(body),
    headers,
    timestamp: oneOf('timestamp', options.timestamp, ['ms', 's', 'iso', 'http'], 'ms'),
    normalizes:
      oneOf('target', options.target, ['as-sent', 'normalized'], 'as-sent') === 'normalized',
    refusals: statusesOr('refusals', options.refusals, [401]),
    nonce: functionOr('nonce', options.nonce, undefined),
    now: functionOr('now', options.now, Date.now),
    maxClockOffset: milliseconds('maxClockOffset', options.maxClockOffset, DAY),
    uses,
  }
}

function bodyRule(rule: NonNullable<HmacScheme['body']>): BodyRule {
  const hash = oneOf('body.hash', rule.hash, HASHES)
  const encoding = oneOf('body.encoding', rule.encoding, ENCODINGS, 'base64')
  const { empty = digester.hash(hash, '', encoding) } = rule
  return { hash, encoding, empty: empty === '' ? '' : headerValue('body.empty', empty) }
}

function partsOf(message: unknown): readonly HmacPart[] {
  if (!Array.isArray(message) || message.length === 0) {
    throw new OptionError('message', 'takes at least one part')
  }
  return message.map((part: unknown): HmacPart => {
    if (typeof part === 'string' && isPartName(part)) return part
    const { header, text } = (typeof part === 'object' && part ? part : {}) as Partial<
      Record<string, unknown>
    >
    if (typeof text === 'string' && header === undefined) return { text }
    if (typeof header === 'string' && text === undefined) {
      return { header: headerName('message', header) }
    }
    const name = typeof part === 'string' ? ` ${JSON.stringify(part)}` : ' of this kind'
    throw new OptionError('message', `has no part${name}`)
  })
}

function templatesOf(headers: unknown): CheckedScheme['headers'] {
  if (typeof headers !== 'object' || !headers) {
    throw wrong('headers', 'an object of names and templates', headers)
  }
  const templates = new Map<string, Template>()
  for (const [name, text] of Object.entries(headers)) {
    const key = headerName('headers', name)
    if (templates.has(key)) throw new OptionError('headers', `holds ${key} twice`)
    const template = parseTemplate(headerValue(`headers.${name}`, text))
    const unknown = template.names.find((known) => !PLACEHOLDERS.includes(known as Placeholder))
    if (unknown !== undefined) {
      const all = PLACEHOLDERS.map((known) => `{${known}}`).join(', ')
      throw new OptionError('headers', `takes ${all}, not {${unknown}}`)
    }
    templates.set(key, template)
  }
  return [...templates]
}

function oneOf<T extends string>(
  option: string,
  value: T | undefined,
  known: readonly T[],
  fallback?: T,
): T {
  const chosen = value === undefined ? fallback : value
  if (chosen !== undefined && known.includes(chosen)) return chosen
  throw wrong(option, `one of ${known.join(', ')}`, value)
}

function optional(option: string, value: unknown, check: Check): string | undefined {
  return value === undefined ? undefined : check(option, value)
}

const anyText: Check = (option, value) => {
  if (typeof value === 'string') return value
  throw wrong(option, 'a string', value)
}

function statusesOr(
  option: string,
  value: unknown,
  fallback: readonly number[],
): readonly number[] {
  if (value === undefined) return fallback
  const isError = (status: unknown) => Number.isInteger(status) && Number(status) >= 400
  if (Array.isArray(value) && value.length > 0 && value.every(isError)) return [...value]
  throw wrong(option, 'a list of HTTP error statuses', value)
}
