import { abortable } from './abort.ts'
import { asBytes, asGiven, type Payload, teed } from './body.ts'
import { functionOr, milliseconds, wrong } from './options.ts'
import { discard, readUpTo, textOf } from './read.ts'
import type { MaybePromise, SignableRequest, Signature, Signer } from './signer.ts'
import {
  followsByHand,
  type Hop,
  isRefusal,
  nextHop,
  refusedRedirect,
  type SignedOptions,
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
const PEEK = 64 * 1024

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
  checkSigner(signer)
  milliseconds('buffer', options.buffer, 0)
  const custom = functionOr('fetch', options.fetch, undefined)
  const send: typeof fetch = (input, init) => (custom ?? fetch)(input, init)

  return async (input, init = {}) => {
    const { signer: by = signer, ...rest } = init
    if (by === false) return send(input, rest)
    checkSigner(by)
    const request = input instanceof Object && 'headers' in input ? input : undefined
    const url = wireUrl(request?.url ?? (input as string | URL), options)
    const signal = rest.signal ?? request?.signal
    const mode = rest.redirect ?? request?.redirect ?? 'follow'
    const payload = await payloadOf(by, request, rest.body, options.buffer)
    const headers = lowerCase(rest.headers ?? request?.headers)
    if (payload.type) headers['content-type'] ??= payload.type

    let hop: Hop = { method: (rest.method ?? request?.method ?? 'GET').toUpperCase(), url, headers }
    let byHand = false
    let replayed = false

    function once(signature?: Signature): Promise<Response> {
      const { method, headers } = hop
      const href = signature?.url ?? hop.url.href
      const body = hop.bodiless ? undefined : payload.take()
      const sent = {
        ...rest,
        method,
        headers: { ...headers, ...signature?.headers },
        body,
        redirect: byHand ? 'manual' : mode,
        ...(body instanceof ReadableStream && { duplex: 'half' }),
      } as RequestInit
      // The caller's Request may carry more than can be seen of it, such as a dispatcher.
      return send(href === request?.url ? request : href, { ...settingsOf(request), ...sent })
    }

    async function signed(by: Signer): Promise<Response> {
      const { method, url, headers, bodiless } = hop
      const { signed: body } = payload
      const about: SignableRequest = {
        method,
        url: url.href,
        headers,
        ...(body !== undefined && !bodiless && { body }),
        ...(signal && { signal }),
      }
      const signature = await abortable(by.sign(about), signal)
      byHand ||= mode === 'follow' && followsByHand(by, signature)
      const response = await once(signature)
      const { status } = response
      if (replayed || !isRefusal(by, signature, status)) return response
      replayed = true
      const text = async () => textOf((await readUpTo(response.clone().body, PEEK)).bytes)
      const refusal = { status, headers: response.headers, request: about, signature, text }
      let again: boolean | undefined
      try {
        again = await abortable(by.recover?.(refusal), signal)
      } catch (error) {
        discard(response.body)
        throw error
      }
      if (!again || (payload.once && !bodiless)) return response
      discard(response.body)
      return signed(by)
    }

    let abroad = false
    for (let count = 0; ; count++) {
      const response = await (abroad ? once() : signed(by))
      if (!byHand) return response
      if (response.type === 'opaqueredirect') {
        throw refusedRedirect(
          hop,
          'to where a browser does not tell, so this signature cannot follow',
        )
      }
      const next = nextHop(hop, response, count)
      if (!next) return count ? redirected(response) : response
      if (payload.once && !next.bodiless) {
        throw refusedRedirect(hop, 'a body that cannot be sent again')
      }
      discard(response.body)
      // Once abroad, the chain is in foreign hands: it is not signed again, not even at home.
      abroad ||= next.url.origin !== url.origin
      hop = next
    }
  }
}

function checkSigner(signer: unknown): void {
  if (typeof (signer as Signer | undefined)?.sign !== 'function') {
    throw wrong('signer', 'an object with a `sign` function', signer)
  }
}

function lowerCase(headers: HeadersInit | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(headers))
}

function payloadOf(
  { readsBody }: Signer,
  request: Request | undefined,
  body: BodyInit | null | undefined,
  buffer: number | undefined,
): MaybePromise<Payload> {
  const stream = body === undefined ? request?.body : undefined
  if (readsBody) return stream ? asBytes(stream, buffer ?? REQUEST_BUFFER) : asBytes(body, buffer)
  return stream ? teed(stream) : asGiven(body)
}

/** What a Request holds beside its URL, method, headers and body. */
function settingsOf(request: Request | undefined): RequestInit {
  if (!request) return {}
  const { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal } = request
  return { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal }
}

/** The response to the last hop, saying like a native one that there were others before it. */
function redirected(response: Response): Response {
  return Object.defineProperty(response, 'redirected', { value: true })
}
