import { type Hop, type Outgoing, recordOf } from '@countersign/core/kit'
import { AxiosError, type InternalAxiosRequestConfig } from 'axios'

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
    const path = pathname + search
    config.beforeRedirect?.(
      { href, protocol, hostname, port, path, method: next.method, headers: own },
      { headers: Object.fromEntries(headers), statusCode: status },
      { ...from, url: from.url.href },
    )
    return { ...next, headers: recordOf(own) }
  }
}
