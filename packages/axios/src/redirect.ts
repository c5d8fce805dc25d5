import { type Hop, type Outgoing, recordOf } from '@countersign/core/kit'
import { AxiosError, type InternalAxiosRequestConfig } from 'axios'

type BeforeRedirect = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>

/**
 * Where axios follows a redirect by itself: what it says before that, so that a token stays at home.
 * Its older versions take one along to a host below the first, and from http to https.
 */
export function keptAtHome(
  home: string,
  own: InternalAxiosRequestConfig['beforeRedirect'],
): BeforeRedirect {
  return (options, ...details) => {
    if (new URL(options.href).origin !== new URL(home).origin) {
      const headers = options.headers as Record<string, unknown>
      for (const name in headers) if (/^(?:authorization|cookie)$/i.test(name)) delete headers[name]
    }
    own?.(options, ...details)
  }
}

/** How often the caller wants redirects followed; http's own default leaves the last one to its error. */
export function redirectsOf({ maxRedirects, fetchOptions }: InternalAxiosRequestConfig): number {
  return (fetchOptions?.redirect ?? 'follow') === 'follow' ? (maxRedirects ?? 21) : 0
}

/**
 * No redirect, in the words of each adapter: `maxRedirects` is one of http's, and of fetch's not from
 * the beginning.
 *
 * @throws {AxiosError} for `sensitiveHeaders` that axios refuses where it follows redirects itself.
 */
export function unfollowed(
  config: InternalAxiosRequestConfig,
): Partial<InternalAxiosRequestConfig> {
  const { fetchOptions, sensitiveHeaders: sensitive } = config
  if (
    sensitive &&
    !(Array.isArray(sensitive) && sensitive.every((name) => typeof name === 'string'))
  ) {
    const message = 'sensitiveHeaders must be an array of strings'
    throw new AxiosError(message, AxiosError.ERR_BAD_OPTION_VALUE, config)
  }
  const { redirect = 'follow' } = fetchOptions ?? {}
  const unless = redirect === 'follow' ? 'manual' : redirect
  return { maxRedirects: 0, fetchOptions: { ...fetchOptions, redirect: unless } }
}

/** Redirects as the caller wants them, where they are followed here and not by axios. */
export function onRedirect(
  config: InternalAxiosRequestConfig,
  maxRedirects: number,
): NonNullable<Outgoing['onRedirect']> {
  return (next, count, from, { status, headers }): Hop => {
    if (count > maxRedirects) {
      const message = 'Maximum number of redirects exceeded'
      throw new AxiosError(message, 'ERR_FR_TOO_MANY_REDIRECTS', config)
    }
    const { href, protocol, hostname, port, pathname, search } = next.url
    const own = { ...next.headers }
    const abroad = next.url.origin !== from.url.origin
    for (const name of (abroad && config.sensitiveHeaders) || []) delete own[name.toLowerCase()]
    const path = pathname + search
    config.beforeRedirect?.(
      { href, protocol, hostname, port, path, method: next.method, headers: own },
      { headers: Object.fromEntries(headers), statusCode: status },
      { ...from, url: from.url.href },
    )
    return { ...next, headers: recordOf(own) }
  }
}
