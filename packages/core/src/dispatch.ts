import { abortable } from './abort.ts'
import type { Payload } from './body.ts'
import { SigningError } from './errors.ts'
import {
  isPromise,
  type MaybePromise,
  type SignableRequest,
  type Signature,
  type Signer,
} from './signer.ts'
import {
  added,
  assertKept,
  followsByHand,
  type Hop,
  isRedirect,
  isRefusal,
  nextHop,
  refusedRedirect,
  signable,
} from './wire.ts'

/** A call as its client has made it ready: the URL final, the body bytes where they are signed. */
export interface Outgoing {
  /** In any case. */
  readonly method: string
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Payload
  readonly signal?: AbortSignal | null | undefined
  /** Whether the caller wants redirects followed. */
  readonly follows: boolean
  /** How many are followed here, as far as the client has a limit of its own. Default 20, as fetch. */
  readonly maxRedirects?: number
  /** Sees each redirect that is followed here, and what came before it, and may change or refuse it. */
  readonly onRedirect?: (next: Hop, count: number, from: Hop, redirect: Redirect) => Hop
}

/** What asked for another request. */
export type Redirect = Pick<Received<unknown>, 'status' | 'headers'>

/** One request for a client to send, exactly as it stands. */
export interface Sendable {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: BodyInit | null | undefined
  /** A redirect has left the body behind. */
  readonly bodiless: boolean
  /** The client must not follow a redirect of this request by itself. */
  readonly manual: boolean
}

/** A client's response, as far as signing goes. */
export interface Received<R> {
  /** The client's own response. */
  readonly response: R
  /** 0 for a redirect that a browser hides. */
  readonly status: number
  readonly headers: Headers
  /** Where it came from, if the client may have followed redirects by itself; else empty. */
  readonly url?: string | undefined
  /** At most 64 KiB of the body, which stays whole for the caller. */
  text(): Promise<string>
  /** Lets go of a body that nobody will read. */
  discard(): void
}

/** A call whose first request has been signed already, and perhaps sent. */
export interface Begun<R> {
  readonly signature: MaybePromise<Signature>
  readonly received?: Received<R> | undefined
}

/** How a client sends a request that needs nothing by hand, and how it goes on with one that does. */
export interface Roads<Call, R> {
  /** Whether it waits for a signature no longer than the request's signal lets it: another patience is {@link otherwise}'s. */
  readonly waits: boolean
  /** Sends it with the headers of its signature; if `manual`, the client must not follow a redirect by itself. */
  send(
    request: SignableRequest,
    call: Call,
    proof: Signature['headers'],
    manual: boolean,
  ): Promise<R>
  /** Goes on by {@link dispatch}: the signature is yet to come or changes the URL, or the answer refuses it or leads elsewhere. */
  otherwise(
    request: SignableRequest,
    call: Call,
    signature: MaybePromise<Signature>,
    answer?: R,
  ): Promise<R>
}

/**
 * What most calls come to, at the cost of little more than their signature: it is accepted, and no
 * redirect would carry it to where it is not good.
 *
 * @param call What the client needs beside the request.
 */
export function straight<Call, R extends { readonly status: number }>(
  signer: Signer,
  request: SignableRequest,
  call: Call,
  roads: Roads<Call, R>,
): Promise<R> {
  const { signal } = request
  signal?.throwIfAborted()
  const signature = signer.sign(request)
  if (!isPromise(signature)) return ahead(signer, request, call, roads, signature)
  if (signal && !roads.waits) return roads.otherwise(request, call, signature)
  const waited = abortable(signature, signal) as Promise<Signature>
  return waited.then((signature) => ahead(signer, request, call, roads, signature))
}

function ahead<Call, R extends { readonly status: number }>(
  signer: Signer,
  request: SignableRequest,
  call: Call,
  { send, otherwise }: Roads<Call, R>,
  signature: Signature,
): Promise<R> {
  if (signature.url) return otherwise(request, call, signature)
  const manual = followsByHand(signer, signature)
  return Promise.resolve(send(request, call, signature.headers, manual)).then((response) => {
    const { status } = response
    // Asked again, for the few that redirect, rather than kept for every call.
    const goesOn =
      isRefusal(signer, signature, status) ||
      (isRedirect(status) && followsByHand(signer, signature))
    return goesOn ? otherwise(request, call, signature, response) : response
  })
}

/**
 * Signs and sends one call of any client: a fresh signature for each attempt and each hop of a
 * redirect, one replay after a refusal, nothing signed outside of the first origin.
 *
 * @param send Sends one request. Its errors reach the caller as they are.
 * @param begun What has been done already.
 * @returns What the last `send` brought, and after how many redirects that were followed here.
 */
export async function dispatch<R>(
  signer: Signer,
  { method, url, headers, payload, signal, follows, maxRedirects = 20, onRedirect }: Outgoing,
  send: (request: Sendable) => Promise<Received<R>>,
  begun?: Begun<R>,
): Promise<{ response: R; hops: number }> {
  let hop: Hop = { method: method.toUpperCase(), url, headers }
  let manual = false
  let replayed = false
  const secrets: ReturnType<typeof added> = []

  function once(signature?: Signature): Promise<Received<R>> {
    const { method, url, headers, bodiless = false } = hop
    const href = signature?.url ?? url.href
    if (href !== url.href) {
      if (URL.parse(href)?.origin !== url.origin) {
        throw new SigningError('foreign-origin', `The signer leads away from ${url.origin}`)
      }
      secrets.push(...added(url, href))
    }
    return send({
      method,
      url: href,
      headers: { ...headers, ...signature?.headers },
      body: bodiless ? undefined : payload.take(),
      bodiless,
      manual,
    })
  }

  async function signed(begun?: Begun<R>): Promise<Received<R>> {
    const { url, bodiless } = hop
    const body = bodiless ? undefined : payload.signed
    const request = signable({ ...hop, url: url.href, body, signal })
    if (!begun) signal?.throwIfAborted()
    const signature = await abortable(begun ? begun.signature : signer.sign(request), signal)
    manual ||= follows && followsByHand(signer, signature)
    const received = begun?.received ?? (await once(signature))
    const { status, text } = received
    if (replayed || !isRefusal(signer, signature, status)) return received
    // A foreign server has not seen the signature: it refuses nothing.
    if (received.url && URL.parse(received.url)?.origin !== url.origin) return received
    replayed = true
    const refusal = { status, headers: received.headers, request, signature, text }
    let again: boolean | undefined
    try {
      again = await abortable(signer.recover?.(refusal), signal)
    } catch (error) {
      received.discard()
      throw error
    }
    if (!again || (payload.once && !bodiless)) return received
    received.discard()
    return signed()
  }

  /** The request that a redirect leads to. Its own body is let go, also when that is refused. */
  function following(received: Received<R>, hops: number): Hop | undefined {
    let next: Hop | undefined
    try {
      next = nextHop(hop, received)
      if (!next) return undefined
      assertKept(secrets, hop, next.url)
      if (payload.once && !next.bodiless) {
        throw refusedRedirect(hop, 'a body that cannot be sent again')
      }
      if (hops >= maxRedirects) throw refusedRedirect(hop, 'too often')
      next = onRedirect?.(next, hops + 1, hop, received) ?? next
    } catch (error) {
      received.discard()
      throw error
    }
    received.discard()
    return next
  }

  let abroad = false
  for (let hops = 0; ; hops++) {
    const received: Received<R> = await (abroad ? once() : signed(hops ? undefined : begun))
    const next: Hop | undefined = manual ? following(received, hops) : undefined
    if (!next) return { response: received.response, hops }
    // Once abroad, the chain is in foreign hands: it is not signed again, not even at home.
    abroad ||= next.url.origin !== url.origin
    hop = next
  }
}
