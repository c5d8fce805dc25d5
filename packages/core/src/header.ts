import { base64 } from './encoding.ts'
import { OptionError } from './errors.ts'
import { headerName, headerValue, nonEmpty, readSecret, secretSource, wrong } from './options.ts'
import {
  SealedSignature,
  type SecretSource,
  type Signature,
  type Signer,
  andThen,
  UNSIGNED,
} from './signer.ts'

const frozen = (headers: Record<string, string>): Signature =>
  Object.freeze(new SealedSignature(Object.freeze(headers)))

/**
 * Puts one header on each request. A header of that name that the caller set is kept.
 *
 * @param name Of any case.
 * @param value Visible ASCII, or a function that reads it each time.
 * @throws {OptionError} if the name or the value cannot stand in a header.
 */
export function header(name: string, value: SecretSource): Signer {
  return constant(headerName('name', name), 'value', value, (text) => text)
}

/**
 * Names the program that calls, with precedence over the client's own `User-Agent`.
 *
 * @param value Such as `acme-pricing/2.1 (ops@acme.example)`.
 * @throws {OptionError} if it cannot stand in a header.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5 RFC 9110 §10.1.5}
 */
export function userAgent(value: string): Signer {
  const signature = frozen({ 'user-agent': headerValue('userAgent', value) })
  return { sign: () => signature }
}

/**
 * Signs with `Authorization: Basic …`, in UTF-8. An `Authorization` of the caller's own is kept.
 *
 * @throws {OptionError} if the user name is empty or holds a colon, or a control character is in either.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617#section-2 RFC 7617 §2}
 */
export function basic(credentials: { username: string; password: SecretSource }): Signer {
  const username = credential('username', credentials?.username)
  if (username.includes(':')) throw new OptionError('username', 'takes no colon, RFC 7617 §2')
  return constant(
    'authorization',
    'password',
    credentials.password,
    (password) => `Basic ${base64(`${username}:${password}`)}`,
    credential,
  )
}

export interface ApiKeyOptions {
  in: 'header' | 'query'
  /** The name of the header or of the query parameter. */
  name: string
  key: SecretSource
}

/**
 * Sends an API key in a header or in the query. One that the caller set is kept.
 *
 * @throws {OptionError} if an option is missing or of the wrong kind.
 */
export function apiKey(options: ApiKeyOptions): Signer {
  const { in: where, name, key } = options ?? {}
  if (where === 'header') return constant(headerName('name', name), 'key', key, (text) => text)
  if (where !== 'query') {
    throw wrong('in', "'header' or 'query'", where)
  }
  const parameter = encodeURIComponent(wellFormed('name', name))
  const source = secretSource('key', key, wellFormed)
  return {
    readsTarget: true,
    sign({ url }) {
      const { searchParams, search } = new URL(url)
      if (searchParams.has(name)) return UNSIGNED
      return andThen(
        readSecret('key', source, wellFormed),
        (text) =>
          new SealedSignature(
            {},
            `${url}${search ? '&' : '?'}${parameter}=${encodeURIComponent(text)}`,
          ),
      )
    },
  }
}

/** A header whose value changes only with its secret. */
function constant(
  name: string,
  option: string,
  secret: SecretSource,
  format: (text: string) => string,
  check: (option: string, value: unknown) => string = headerValue,
): Signer {
  const source = secretSource(option, secret, check)
  let last: { text: string; signature: Signature } | undefined
  return {
    sign({ headers }) {
      if (headers[name] !== undefined) return UNSIGNED
      return andThen(readSecret(option, source, check), (text) => {
        if (last?.text !== text) last = { text, signature: frozen({ [name]: format(text) }) }
        return last.signature
      })
    },
  }
}

/** A text for a URL, whose escapes are of UTF-8: half a surrogate pair has none. */
function wellFormed(option: string, value: unknown): string {
  const text = nonEmpty(option, value)
  if (!/\p{Cs}/u.test(text)) return text
  throw new OptionError(option, 'takes no half of a surrogate pair')
}

/** A part of Basic credentials: RFC 7617 §2 forbids control characters. */
function credential(option: string, value: unknown): string {
  const text = nonEmpty(option, value)
  if (!/\p{Cc}/u.test(text)) return text
  throw new OptionError(option, 'takes no control characters, RFC 7617 §2')
}
