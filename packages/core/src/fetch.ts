import { asBytes, asGiven } from './body.ts'
import { dispatch, type Received } from './dispatch.ts'
import { assertSigner, functionOr } from './options.ts'
import { discard, peek } from './read.ts'
import type { Signer } from './signer.ts'
import { assertSigned, type SignedOptions, wireUrl } from './wire.ts'

export interface SignedFetchOptions extends SignedOptions {
  /** The fetch that sends. Default: the global one at the time of the call. */
  fetch?: typeof fetch
}

export interface SignedRequestInit extends RequestInit {
  /** `false` sends this request unsigned; another signer signs it instead. */
  signer?: Signer | false
}

/** Usable wherever a `fetch` is, with one more key in its init. */
export type SignedFetch = (
  input: string | URL | Request,
  init?: SignedRequestInit,
) => Promise<Response>

/** A Request gives its body as a stream; this much of it is held for a signature. */
const REQUEST_BUFFER = 64 * 1024 * 1024

/**
 * A `fetch` that signs: give it to whatever takes a fetch.
 *
 * Every call is signed for the URL and the bytes that are really sent. A response that refuses the
 * signature is answered once, with a new token, nonce or clock, if the body can be sent again.
 * Redirects keep to the rules of Fetch; with a signature that a client would carry abroad, or that
 * covers the target, they are followed hop by hop: signed anew at home, and not at all elsewhere.
 *
 * @throws {OptionError} if the signer or an option is wrong.
 * @throws {SigningError} from a call, before anything is sent, if the request cannot be signed.
 */
export function signedFetch(signer: Signer, options: SignedFetchOptions = {}): SignedFetch {
  assertSigned(signer, options)
  const custom = functionOr('fetch', options.fetch, undefined)
  const send: typeof fetch = (input, init) => (custom ?? fetch)(input, init)

  return async (input, init = {}) => {
    const { signer: by = signer, ...rest } = init
    if (by === false) return send(input, rest)
    assertSigner(by)
    const request = input instanceof Object && 'headers' in input ? input : undefined
    const url = wireUrl(request?.url ?? (input as string | URL), options)
    const mode = rest.redirect ?? request?.redirect ?? 'follow'
    const whole = rest.body === undefined && request?.body ? request : undefined
    // A copy keeps what a stream of its body would not: that it can go where a redirect leads.
    let copy: Request | undefined
    const payload = !by.readsBody
      ? whole
        ? { take: () => (copy = whole.clone()).body }
        : asGiven(rest.body)
      : await asBytes(whole?.body ?? rest.body, options.buffer ?? (whole && REQUEST_BUFFER))
    const headers = lowerCase(rest.headers ?? request?.headers)
    if (payload.type) headers['content-type'] ??= payload.type

    const outgoing = {
      method: (rest.method ?? request?.method ?? 'GET').toUpperCase(),
      url,
      headers,
      payload,
      signal: rest.signal ?? request?.signal,
      follows: mode === 'follow',
    }
    const { response, hops } = await dispatch(
      by,
      outgoing,
      async ({ url, manual, ...sendable }) => {
        const sent = {
          ...settingsOf(request),
          ...rest,
          ...sendable,
          redirect: manual ? 'manual' : mode,
          ...(sendable.body instanceof ReadableStream && { duplex: 'half' }),
        } as RequestInit
        // The caller's Request may carry more than can be seen of it, such as a dispatcher.
        if (url !== request?.url) return received(await send(url, sent))
        if (!copy || sent.body !== copy.body) return received(await send(request, sent))
        delete sent.body
        return received(await send(copy, sent))
      },
    )
    // Says like a native response that there were others before it.
    return hops ? Object.defineProperty(response, 'redirected', { value: true }) : response
  }
}

function received(response: Response): Received<Response> {
  const { status, headers, url } = response
  return {
    response,
    status,
    headers,
    url,
    text: () => peek(response.clone().body),
    discard: () => discard(response.body),
  }
}

function lowerCase(headers: HeadersInit | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(headers))
}

/** What a Request holds beside its URL, method, headers and body. */
function settingsOf(request: Request | undefined): RequestInit {
  if (!request) return {}
  const { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal } = request
  return { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal }
}
