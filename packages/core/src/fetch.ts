import { asBytes, asGiven, isStream } from './body.ts'
import { type Begun, dispatch, type Outgoing, type Received, type Sendable } from './dispatch.ts'
import { assertSigner, functionOr } from './options.ts'
import { discard, peek } from './read.ts'
import { plainRecord } from './record.ts'
import { isPromise, type Signer } from './signer.ts'
import {
  assertSigned,
  homebound,
  isRefusal,
  type SignedOptions,
  wireHref,
  wireUrl,
} from './wire.ts'

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

  const staysHome = homebound(signer)

  /**
   * What most calls come to, at the cost of little more than their signature: nothing in them has to
   * be read or followed by hand, and the signature is there at once. What turns out to be more goes
   * on from where it is.
   *
   * @param seen What the signer sees. Absent: a GET without any headers.
   * @param own The call's own init.
   */
  function straight(
    target: string | Request,
    url: string,
    seen: Plain | undefined,
    own: RequestInit | undefined,
  ): Promise<Response> {
    const { method, headers, signal } = seen ?? GET
    signal?.throwIfAborted()
    const signature = signer.sign(
      signal ? { method, url, headers, signal } : { method, url, headers },
    )
    if (isPromise(signature) || !staysHome(signature)) return whole(target, own, { signature })
    const sent = own
      ? send(target, { ...own, headers: { ...headers, ...signature.headers } })
      : send(target, { headers: { ...signature.headers } })
    return Promise.resolve(sent).then((response) =>
      isRefusal(signer, signature, response.status)
        ? whole(target, own, { signature, received: received(response) })
        : response,
    )
  }

  function withUrl(input: string | URL, init?: SignedRequestInit): Promise<Response> | undefined {
    const headers = init && plainRecord(init.headers)
    if (init && !headers) return undefined
    const url = wireHref(input, options)
    // As it is now: the caller may use it for another call before there is an answer.
    const own = headers && { ...init, method: (init.method ?? 'GET').toUpperCase(), headers }
    return straight(url, url, own, own)
  }

  function withRequest(
    request: Request,
    init: SignedRequestInit = {},
  ): Promise<Response> | undefined {
    const { url, body } = request
    const headers = plainRecord(init.headers ?? request.headers)
    if (!headers || body || init.body || wireHref(url, options) !== url) return undefined
    const method = (init.method ?? request.method).toUpperCase()
    const signal = init.signal === undefined ? request.signal : init.signal
    // What the Request has already need not be repeated.
    const own = { ...init, ...(method !== request.method && { method }), headers }
    return straight(request, url, { method, headers, signal }, own)
  }

  const call: SignedFetch = (input, init) => {
    try {
      if (isRequest(init)) return call(new Request(input, init))
      const byHand =
        signer.readsBody ||
        signer.readsTarget ||
        (init && (init.signer !== undefined || isStream(init.body)))
      if (byHand) return whole(input, init)
      const plain = isRequest(input) ? withRequest(input, init) : withUrl(input, init)
      return plain ?? whole(input, init)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async function whole(
    input: string | URL | Request,
    init?: SignedRequestInit,
    begun?: Begun<Response>,
  ): Promise<Response> {
    const { signer: chosen = signer, ...own } = init ?? {}
    if (chosen === false) return send(input, own)
    const by: Signer = chosen
    assertSigner(by)
    const request = isRequest(input) ? input : undefined
    const url = wireUrl(request?.url ?? (input as string | URL), options)
    const mode = own.redirect ?? request?.redirect ?? 'follow'
    /** A Request that brings a body of its own. */
    const whole =
      request?.body && (own.body === undefined || own.body === null) ? request : undefined
    const payload = by.readsBody
      ? await asBytes(whole?.body ?? own.body, options.buffer ?? (whole && REQUEST_BUFFER))
      : asGiven(own.body)
    const headers = lowerCase(own.headers ?? request?.headers)
    if (payload.type) headers['content-type'] ??= payload.type

    async function once({ url: href, bodiless, manual, ...sendable }: Sendable): Promise<Response> {
      const itself = request && href === request.url.replace(/#.*/, '') && !bodiless
      const unread = whole && !by.readsBody && !bodiless
      const { body = null } = unread ? { body: itself ? null : whole.clone().body } : sendable
      const sent = {
        ...(!itself && settingsOf(request)),
        ...own,
        ...sendable,
        body,
        redirect: manual ? 'manual' : mode,
        ...(isStream(body) && { duplex: 'half' }),
      } as RequestInit
      if (!itself) return send(href, sent)
      // The caller's Request carries more than can be seen of it: a dispatcher, its body's length.
      // A copy of it goes out, as far as it may have to go out again.
      return send(unread && (by.recover || manual) ? request.clone() : request, sent)
    }

    const outgoing: Outgoing = {
      method: own.method ?? request?.method ?? 'GET',
      url,
      headers,
      payload,
      signal: own.signal === undefined ? request?.signal : own.signal,
      follows: mode === 'follow',
    }
    const { response, hops } = await dispatch(
      by,
      outgoing,
      async (sendable) => received(await once(sendable)),
      begun,
    )
    // Says like a native response that there were others before it.
    return hops ? Object.defineProperty(response, 'redirected', { value: true }) : response
  }
  return call
}

interface Plain {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | null
}

const GET: Plain = Object.freeze({ method: 'GET', headers: Object.freeze({}) })

/** Not by its class, of which another realm or library has its own. */
function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && value !== null && 'headers' in value && 'clone' in value
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

/** By lower-case names, without the one that Fetch keeps to itself: it sends the URL's host, whatever the caller says. */
function lowerCase(given: HeadersInit | undefined): Record<string, string> {
  const { host: _, ...headers } = Object.fromEntries(new Headers(given))
  return headers
}

/** What a Request holds beside its URL, method, headers and body. */
function settingsOf(request: Request | undefined): RequestInit {
  if (!request) return {}
  const { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal } = request
  return { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal }
}
