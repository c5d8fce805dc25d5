import {
  type AccessToken,
  type AwsCredentials,
  type CachedProvider,
  type CacheEvent,
  type CacheOptions,
  cached,
  type ExchangeSettings,
  OptionError,
  type Provider,
  type SecretSource,
  type Signer,
  within,
} from '@countersign/core'
import {
  assertOptions,
  type Check,
  functionOr,
  headerValue,
  milliseconds,
  readSecret,
  secretSource,
  secureUrl,
  wrong,
} from '@countersign/core/kit'

/** What every service takes beside its credentials. One that trades for no token has no use for most of it. */
export interface ServiceOptions extends ExchangeSettings {
  /** Where the API is, instead of the vendor's own address: a sandbox, a proxy, another region. */
  baseUrl?: string | URL | undefined
  /** Told of what the token's cache does, never of a secret. */
  onEvent?: (event: CacheEvent) => void
  /**
   * Comes between the cache and what hands out new tokens or credentials, to keep them where other
   * processes find them too. Called once, when the service is built; what it returns is asked
   * instead. Not called for what nothing hands out anew.
   */
  wrapSource?: SourceWrapper
}

/** Takes what obtains tokens or credentials, and returns what obtains them in its place. */
export type SourceWrapper = <T extends AccessToken | AwsCredentials>(
  source: Provider<T>,
) => Provider<T>

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

/** The seams of a token request, those of a cache, and the cache in front of what can be obtained anew. */
export function seams(options: ServiceOptions): {
  request: ExchangeSettings
  cache: CacheOptions
  keep<T extends AccessToken | AwsCredentials>(
    source: Provider<T>,
    own?: CacheOptions,
  ): CachedProvider<T>
} {
  assertOptions(options)
  const { fetch, timeout, retry, allowInsecure, now, onEvent } = options
  const wrap = functionOr<SourceWrapper>('wrapSource', options.wrapSource, (source) => source)
  // The request's own error says more than a cache that gives up first.
  const patience = timeout === undefined ? undefined : milliseconds('timeout', timeout, 0) + 10_000
  const cache = { now, onEvent, timeout: patience } as CacheOptions
  return {
    // In core, undefined stands for absent.
    request: { fetch, timeout, retry, allowInsecure, now } as ExchangeSettings,
    cache,
    keep(source, own) {
      const wrapped = wrap(source)
      if (typeof wrapped !== 'function') {
        throw wrong('wrapSource', 'a function that returns a provider', wrapped)
      }
      return cached(wrapped, { ...cache, ...own })
    },
  }
}

/** Where the API is, without a slash at the end. */
export function baseUrlOf(options: ServiceOptions, standard: string): string {
  const { baseUrl = standard, allowInsecure } = options
  const { origin, pathname, search } = secureUrl('baseUrl', baseUrl, allowInsecure)
  if (search) throw wrong('baseUrl', 'a URL without a query', baseUrl)
  return origin + pathname.replace(/(?<!\/)\/+$/, '')
}

/** Where tokens come from. */
export function tokenEndpointOf(
  options: ServiceOptions & { tokenEndpoint?: string | URL | undefined },
  standard: string,
): URL {
  return secureUrl('tokenEndpoint', options.tokenEndpoint ?? standard, options.allowInsecure)
}

/** A text of a given form, for a URL: nothing in it can lead out of its place. */
export function matching(option: string, value: unknown, form: RegExp, takes: string): string {
  if (typeof value === 'string' && form.test(value)) return value
  throw wrong(option, takes, value)
}

/** A secret as a function that reads it, checked at once if it is a string. */
export function secretOf(
  option: string,
  value: SecretSource,
  check: Check = headerValue,
): () => Promise<string> {
  const source = secretSource(option, value, check)
  return async () => readSecret(option, source, check)
}

/** Which one of these options is given. */
export function oneOf<K extends string>(options: object, ...names: [K, ...K[]]): K {
  const given = names.filter((name) => (options as Record<K, unknown>)[name] !== undefined)
  const [first, second] = given
  if (second) throw new OptionError(second, `cannot go together with \`${first}\``)
  if (first) return first
  const [one, ...others] = names
  throw new OptionError(one, `${others.map((name) => `or \`${name}\` `).join('')}is missing`)
}
