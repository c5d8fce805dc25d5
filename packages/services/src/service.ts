import {
  type CacheEvent,
  type CacheOptions,
  type ExchangeSettings,
  OptionError,
  type SecretSource,
  type Signer,
  SigningError,
  within,
} from '@countersign/core'

/** What every service takes beside its credentials. One that trades for no token has no use for most of it. */
export interface ServiceOptions extends ExchangeSettings {
  /** Where the API is, instead of the vendor's own address: a sandbox, a proxy, another region. */
  baseUrl?: string | URL
  /** Told of what the token's cache does, never of a secret. */
  onEvent?: (event: CacheEvent) => void
}

/** Signs for one vendor's API, and for no other origin. */
export interface ServiceSigner extends Signer {
  /** Where the API is, without a slash at the end. */
  readonly baseUrl: string
}

/** A signer for these origins alone, with what else a service has. */
export function service<T extends { baseUrl: string }>(
  own: T,
  signer: Signer,
  origins: readonly (string | URL)[] = [own.baseUrl],
): Signer & T {
  return Object.freeze(Object.assign(within(origins, signer), own)) as Signer & T
}

/** The seams of a token request, and those of the cache in front of it. */
export function seams(options: ServiceOptions): { request: ExchangeSettings; cache: CacheOptions } {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object', options)
  const { fetch, timeout, retry, allowInsecure, now, onEvent } = options
  // The request's own error says more than a cache that gives up first.
  const patience = timeout === undefined ? undefined : timeout + 10_000
  return {
    // In core, undefined stands for absent.
    request: { fetch, timeout, retry, allowInsecure, now } as ExchangeSettings,
    cache: { now, onEvent, timeout: patience } as CacheOptions,
  }
}

/** Says what an option takes, and what it was given unless that might be a secret. */
export function wrong(option: string, takes: string, value: unknown): OptionError {
  const kind = typeof value
  const shown =
    kind === 'string'
      ? `${value ? 'this' : 'an empty'} string`
      : value !== null && /^(?:object|function|symbol)$/.test(kind)
        ? `a ${kind}`
        : String(value)
  return new OptionError(option, `takes ${takes}, not ${shown}`)
}

type Check = (option: string, value: unknown) => string

/** Text of any characters, for forms and JSON. */
export const text: Check = (option, value) => {
  if (typeof value === 'string' && value !== '') return value
  throw wrong(option, 'a non-empty string', value)
}

/** Text that a header can carry. */
export const headerText: Check = (option, value) => {
  if (typeof value === 'string' && /^[!-~](?:[ -~]*[!-~])?$/.test(value)) return value
  throw wrong(option, 'visible ASCII without line breaks', value)
}

/** Text of a given form, for a URL: nothing in it can lead out of its place. */
export function matching(option: string, value: unknown, form: RegExp, takes: string): string {
  if (typeof value === 'string' && form.test(value)) return value
  throw wrong(option, takes, value)
}

/** A secret, checked at once if it is a string. The function reads it now, and checks what a source hands out. */
export function secretOf(
  option: string,
  source: SecretSource,
  check: Check = headerText,
): () => Promise<string> {
  if (typeof source !== 'function') check(option, source)
  return async () => {
    if (typeof source === 'string') return source
    const value = await source()
    try {
      return check(option, value)
    } catch (error) {
      throw new SigningError('invalid-secret', (error as Error).message)
    }
  }
}

/** Which one of these options is given. */
export function oneOf<K extends string>(options: object, ...names: K[]): K {
  const given = names.filter((name) => (options as Record<K, unknown>)[name] !== undefined)
  const [first, second] = given
  if (second) throw new OptionError(second, `cannot go together with \`${first}\``)
  if (first) return first
  const [one = '', ...others] = names
  throw new OptionError(one, `${others.map((name) => `or \`${name}\` `).join('')}is missing`)
}

const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** A URL that credentials may be sent to. */
export function secureUrl(option: string, value: unknown, { allowInsecure }: ServiceOptions): URL {
  const url = URL.parse(String(value))
  const { protocol, hostname, username, password } = url ?? {}
  const plain = protocol === 'http:' && (allowInsecure || LOOPBACK.test(hostname ?? ''))
  if (url && (protocol === 'https:' || plain) && !username && !password) return url
  throw wrong(
    option,
    'an absolute https URL without user and password (http on the loopback interface; elsewhere with `allowInsecure`)',
    value,
  )
}

/** Where the API is, without a slash at the end. */
export function baseUrlOf(options: ServiceOptions, standard: string): string {
  const { origin, pathname, search } = secureUrl('baseUrl', options.baseUrl ?? standard, options)
  if (search) throw wrong('baseUrl', 'a URL without a query', options.baseUrl)
  return origin + pathname.replace(/\/+$/, '')
}
