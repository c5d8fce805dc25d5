import { limitedText } from './answer.ts'
import { asBytes, asGiven, type Payload, teed } from './body.ts'
import { OptionError, SigningError } from './errors.ts'
import { abortable } from './flight.ts'
import { functionOr, kind, milliseconds } from './options.ts'
import {
  isPromise,
  type MaybePromise,
  type Refusal,
  type SignableRequest,
  type Signature,
  type Signer,
} from './signer.ts'
import { followsByHand, type Hop, isRefusal, nextHop, type SignedOptions, wireUrl } from './wire.ts'

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
 * Redirects keep to the rules of Fetch; a signature that a client would carry abroad, or that
 * covers the target, is followed hop by hop: made anew at home, and never sent to another origin.
 *
 * @throws {OptionError} if the signer or an option is wrong.
 * @throws {SigningError} from a call, before anything is sent, if the request cannot be signed.
 */
export function signedFetch(signer: Signer, options: SignedFetchOptions = {}): SignedFetch {
  signerOf(signer)
  milliseconds('buffer', options.buffer, 0)
  const custom = functionOr('fetch', options.fetch, undefined)
  const send: typeof fetch = (input, init) => (custom ?? fetch)(input, init)

  return async (input, init = {}) => {
    const { signer: own = signer, ...rest } = init
    if (own === false) return send(input, rest)
    signerOf(own)
    const request = input instanceof Object && 'headers' in input ? input : undefined
    const url = wireUrl(request ? request.url : (input as string | URL), options)
    const signal = rest.signal ?? request?.signal ?? undefined
    const given = lowerCase(rest.headers ?? request?.headers)
    const payload = await payloadOf(own, request, rest.body, options)
    if (payload.type) given['content-type'] ??= payload.type

    const mode = rest.redirect ?? request?.redirect ?? 'follow'
    let hop: Hop = {
      method: (rest.method ?? request?.method ?? 'GET').toUpperCase(),
      url,
      headers: given,
      keepsBody: true,
    }
    let replayed = false
    let byHand = false

    async function once(signature: Signature | undefined): Promise<Response> {
      const { method, headers, keepsBody } = hop
      const href = signature?.url ?? hop.url.href
      const body = keepsBody ? payload.take() : undefined
      const sent = {
        ...rest,
        method,
        headers: signature ? { ...headers, ...signature.headers } : headers,
        body,
        redirect: byHand ? 'manual' : mode,
        ...(body instanceof ReadableStream && { duplex: 'half' }),
      } as RequestInit
      if (!request) return send(href, sent)
      // The caller's Request may carry more than its init shows, such as a dispatcher.
      const same = href === request.url && method === request.method
      return same ? send(request, sent) : send(href, { ...settingsOf(request), ...sent })
    }

    async function signed(by: Signer): Promise<Response> {
      const about: SignableRequest = {
        method: hop.method,
        url: hop.url.href,
        headers: hop.headers,
        ...(by.readsBody &&
          hop.keepsBody &&
          payload.signed !== undefined && { body: payload.signed }),
        ...(signal && { signal }),
      }
      const proof = by.sign(about)
      const signature = isPromise(proof) ? await abortable(proof, signal) : proof
      signal?.throwIfAborted()
      byHand = mode === 'follow' && (byHand || followsByHand(by, signature))
      const response = await once(signature)
      if (replayed || !isRefusal(by, signature, response.status)) return response
      replayed = true
      const refusal = refusalOf(response, about, signature)
      const answer = by.recover?.(refusal) ?? false
      let again: boolean
      try {
        again = isPromise(answer) ? await abortable(answer, signal) : answer
      } catch (error) {
        await response.body?.cancel()
        throw error
      }
      if (!again || !(payload.replayable || !hop.keepsBody)) return response
      await response.body?.cancel()
      return signed(by)
    }

    let atHome = true
    for (let count = 0; ; count++) {
      const response = await (atHome ? signed(own) : once(undefined))
      if (!byHand) return response
      if (response.type === 'opaqueredirect') {
        throw new SigningError(
          'redirect-refused',
          `${hop.url.origin} redirects. A browser does not show where to, so this signature cannot follow.`,
        )
      }
      const next = nextHop(hop, response.status, response.headers.get('location'), count)
      if (!next) return count === 0 ? response : asRedirected(response)
      if (next.keepsBody && !payload.replayable) {
        throw new SigningError(
          'redirect-refused',
          `${hop.url.origin} redirects a body that cannot be sent again`,
        )
      }
      await response.body?.cancel()
      // Once abroad, the chain is in foreign hands: it is not signed again, not even at home.
      atHome &&= next.url.origin === url.origin
      hop = next
    }
  }
}

function signerOf(signer: unknown): asserts signer is Signer {
  if (typeof (signer as Signer | undefined)?.sign !== 'function') {
    throw new OptionError('signer', `takes a signer, an object with \`sign\`, not ${kind(signer)}`)
  }
}

function lowerCase(headers: HeadersInit | undefined): Record<string, string> {
  if (!headers) return {}
  if (headers instanceof Headers || Symbol.iterator in headers) {
    return Object.fromEntries(new Headers(headers as Headers))
  }
  const record: Record<string, string> = {}
  for (const name of Object.keys(headers)) {
    const key = name.toLowerCase()
    const value = String(headers[name])
    record[key] = key in record ? `${record[key]}, ${value}` : value
  }
  return record
}

function payloadOf(
  signer: Signer,
  request: Request | undefined,
  body: BodyInit | null | undefined,
  { buffer }: SignedFetchOptions,
): MaybePromise<Payload> {
  const stream = body === undefined ? request?.body : undefined
  if (!signer.readsBody) return stream ? teed(stream) : asGiven(body)
  return stream ? asBytes(stream, buffer ?? REQUEST_BUFFER) : asBytes(body, buffer)
}

/** What a Request holds beside its URL, method, headers and body. */
function settingsOf(request: Request): RequestInit {
  const { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal } = request
  return { cache, credentials, integrity, keepalive, referrer, referrerPolicy, signal }
}

function refusalOf(response: Response, request: SignableRequest, signature: Signature): Refusal {
  return {
    status: response.status,
    headers: response.headers,
    request,
    signature,
    text: async () => (await limitedText(response.clone(), PEEK)).text,
  }
}

/** The response to the last hop, saying like a native one that there were others before it. */
function asRedirected(response: Response): Response {
  return Object.defineProperty(response, 'redirected', { value: true })
}
