import { asBytes, asGiven, asNow, atOnce, isStream, type Payload } from './body.ts'
import {
  type Begun,
  dispatch,
  type Outgoing,
  type Received,
  type Roads,
  type Sendable,
  straight,
} from './dispatch.ts'
import { assertSigner, functionOr } from './options.ts'
import { discard, peek } from './read.ts'
import { plainRecord } from './record.ts'
import type { SignableRequest, Signer } from './signer.ts'
import { assertSigned, type SignedOptions, wireHref } from './wire.ts'

export interface SignedFetchOptions extends SignedOptions {
  /** The fetch that sends, and leaves `Authorization` at home on redirects that it follows. Default: the global one at the time of the call. */
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

  const roads: Roads<Call, Response> = {
    waits: true,
    send({ url, headers }, { request, own }, proof, manual) {
      const init: RequestInit = own
        ? { ...own, headers: { ...headers, ...proof } }
        : { headers: { ...proof } }
      if (manual && modeOf(request, own) === 'follow') init.redirect = 'manual'
      return send(request ?? url, init)
    },
    otherwise: (asked, call, signature, answer) =>
      whole(asked, call, { signature, received: answer && received(answer) }),
  }
  /** Nothing but a URL. */
  const bare: Call = { by: signer, request: undefined, own: undefined }

  const signed: SignedFetch = (input, init) => {
    try {
      if (init && !isPlain(init)) {
        // Another Request, or what has its members from a prototype: the platform reads each by its name.
        const { signer } = init
        return signed(new Request(input, init), signer === undefined ? undefined : { signer })
      }
      const request = isRequest(input) ? input : undefined
      let by: Signer | false = signer
      let given: RequestInit = NONE
      if (init) ({ signer: by = signer, ...given } = init)
      if (by === false) return send(input, given)
      assertSigner(by)
      const href = request ? request.url : (input as string | URL)
      const url = wireHref(href, options)
      const headers = headersOf(given.headers ?? request?.headers)
      const { signal = request?.signal, body } = given
      const method = (given.method ?? request?.method ?? 'GET').toUpperCase()
      const asked = signal ? { method, url, headers, signal } : { method, url, headers }
      const payload = by.readsBody ? atOnce(body) : undefined
      /** A signer covers the body, whose bytes are yet to be had. */
      const unread = by.readsBody && !payload
      // As it is now: the caller may use it for another call before there is an answer.
      const now = body && { body: payload?.signed ?? (unread ? body : asNow(body)) }
      const call =
        init || request ? { by, request, own: { ...given, ...now, method, headers } } : bare
      const byHand = unread || isStream(body) || (request && (request.body || href !== url))
      if (byHand) return whole(asked, call)
      return straight(by, payload ? covered(asked, payload) : asked, call, roads)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async function whole(
    { method, url, headers: given, signal }: SignableRequest,
    { by, request, own = NONE }: Call,
    begun?: Begun<Response>,
  ): Promise<Response> {
    const mode = modeOf(request, own)
    /** A Request that brings a body of its own. */
    const whole =
      request?.body && (own.body === undefined || own.body === null) ? request : undefined
    const payload = by.readsBody
      ? await asBytes(whole?.body ?? own.body, options.buffer ?? (whole && REQUEST_BUFFER))
      : asGiven(own.body)
    const headers = typed(given, payload.type)

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
      method,
      url: new URL(url),
      headers,
      payload,
      signal,
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
  return signed
}

/** What a call is beside what its signer sees. */
interface Call {
  readonly by: Signer
  readonly request: Request | undefined
  readonly own: RequestInit | undefined
}

const modeOf = (request: Request | undefined, own: RequestInit | undefined) =>
  own?.redirect ?? request?.redirect ?? 'follow'

/** A request as its signer sees it, with a body. */
function covered(request: SignableRequest, { signed, type }: Payload): SignableRequest {
  if (signed === undefined) return request
  return { ...request, headers: typed(request.headers, type), body: signed }
}

/** Headers, and the type that the body brings unless they name one. */
function typed(headers: SignableRequest['headers'], type: Payload['type']): Record<string, string> {
  return { ...(type && { 'content-type': type }), ...headers }
}

const NONE: SignedRequestInit & Record<string, never> = Object.freeze({})

function isPlain(init: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(init)
  return prototype === Object.prototype || prototype === null
}

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
function headersOf(given: HeadersInit | undefined): Record<string, string> {
  if (given === undefined) return NONE
  const headers =
    plainRecord(given) ?? Object.fromEntries(given instanceof Headers ? given : new Headers(given))
  if (headers.host !== undefined) delete headers.host
  return headers
}

/** What a Request holds beside its URL, method, headers and body. */
function settingsOf(request: Request | undefined): RequestInit {
  if (!request) return {}
  const { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal } = request
  return { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal }
}
