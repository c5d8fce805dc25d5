import { ConnectionError } from './receive.ts'
import type { Arrival } from './site.ts'

/** What arrives of a web-standard request. Its URL is all there is of the target: not the wire's. */
export async function arrivalOf(request: Request): Promise<Arrival> {
  const { origin, host, pathname, search } = new URL(request.url)
  return {
    host,
    origin,
    method: request.method,
    target: pathname + search,
    headers: new Headers(request.headers),
    body: new Uint8Array(await request.arrayBuffer()),
    signal: request.signal,
  }
}

const MOST_REDIRECTS = 20

/** A fetch that ends in `receive` and not on the network; it fails and redirects as the real one. */
export function fetchFrom(receive: (arrival: Arrival) => Promise<Response>): typeof fetch {
  return async (input, init) => {
    let request = new Request(input, init)
    for (let redirects = 0; ; redirects++) {
      request.signal.throwIfAborted()
      const arrival = await arrivalOf(request)
      let response: Response
      try {
        // A plain http origin is no vendor's.
        const host = arrival.origin.startsWith('https:') ? arrival.host : arrival.origin
        response = await receive({ ...arrival, host })
      } catch (error) {
        if (error instanceof ConnectionError) throw new TypeError('fetch failed', { cause: error })
        throw error
      }
      request.signal.throwIfAborted()

      const location = response.headers.get('location')
      const redirected = [301, 302, 303, 307, 308].includes(response.status) && location !== null
      if (!redirected || request.redirect === 'manual') {
        Object.defineProperty(response, 'url', { value: request.url })
        Object.defineProperty(response, 'redirected', { value: redirects > 0 })
        return response
      }
      if (request.redirect === 'error' || redirects === MOST_REDIRECTS)
        throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') })
      request = next(request, arrival, response.status, new URL(location, request.url))
    }
  }
}

/** The request after a redirect. @see https://fetch.spec.whatwg.org/#http-redirect-fetch */
function next(request: Request, arrival: Arrival, status: number, url: URL): Request {
  const { method, signal, redirect } = request
  const headers = new Headers(arrival.headers)
  const asGet =
    status === 303 ? !['GET', 'HEAD'].includes(method) : status < 303 && method === 'POST'
  const dropped = asGet ? ['content-type', 'content-length', 'content-encoding'] : []
  if (url.origin !== arrival.origin) dropped.push('authorization', 'cookie', 'proxy-authorization')
  for (const name of dropped) headers.delete(name)
  const body = asGet || ['GET', 'HEAD'].includes(method) ? null : arrival.body
  return new Request(url, { method: asGet ? 'GET' : method, headers, body, signal, redirect })
}
