import { type Hop, isStream, type Outgoing, recordOf } from '@countersign/core/kit'
import axios, {
  type AxiosAdapter,
  AxiosError,
  type AxiosResponse,
  getAdapter,
  type InternalAxiosRequestConfig,
} from 'axios'

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

/**
 * The adapter of Node.js, which leaves redirects to another library. Nobody's where there is none, and
 * before axios 1.16: without that library, a timeout did not end a connect there, axios pull 10819.
 */
const http =
  Number(axios.VERSION.split('.')[1]) >= 16 && getAdapter(['http', () => Promise.reject()])

/**
 * Whether each redirect is followed here, also with a signature that axios leaves at home by itself:
 * a call costs less without that library. Not where the caller reaches into it, nor with a stream, of
 * which it keeps a copy.
 */
export function isOurs(send: AxiosAdapter, config: InternalAxiosRequestConfig): boolean {
  return send === http && !config.beforeRedirect && !config.transport && !isStream(config.data)
}

/** An answer that tells where it is from, as that library has it tell. */
export function located(response: AxiosResponse, url: string): AxiosResponse {
  const { res } = response.request ?? {}
  if (res) res.responseUrl ??= url
  return response
}

/** How often the caller wants redirects followed; http's own default leaves the last one to its error. */
export function redirectsOf({
  maxRedirects = 21,
  fetchOptions,
}: InternalAxiosRequestConfig): number {
  return (fetchOptions?.redirect ?? 'follow') === 'follow' ? maxRedirects : 0
}

/** No redirect, in the words of each adapter: `maxRedirects` is one of http's, and of fetch's not from the beginning. */
export function unfollowed({
  fetchOptions,
}: InternalAxiosRequestConfig): Partial<InternalAxiosRequestConfig> {
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
