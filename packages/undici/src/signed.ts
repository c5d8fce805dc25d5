import { stringify } from 'node:querystring'
import type { SignedOptions, Signer } from '@countersign/core'
import {
  abortable,
  apart,
  assertSigned,
  assertSigner,
  dispatch as dispatchSigned,
  isRefusal,
  type Origins,
  originsOf,
  recordOf,
  rewritten,
  wireUrl,
} from '@countersign/core/kit'
import type { Dispatcher } from 'undici'
import { payloadOf } from './body.ts'
import { Call } from './call.ts'
import { headersOf } from './headers.ts'

export interface SignedDispatcherOptions extends SignedOptions {
  /**
   * Where the credentials belong, such as `https://api.example.com`. A request to any other origin is
   * sent as it is, unsigned: under `fetch` a dispatcher cannot tell a first request from a redirect.
   */
  origins: Origins
}

/**
 * For one call: `request(url, { dispatcher, ...mine })`, where `mine` is a `SignedCall`. `fetch`
 * hands none of it to its dispatcher.
 */
export interface SignedCall {
  /** `false` sends this request unsigned; another signer signs it instead. */
  signer?: Signer | false
}

/** On the options of a request that is signed, so that installed twice is installed once. */
const SIGNED: unique symbol = Symbol.for('@countersign/undici')
interface Marks {
  maxRedirections: number
  [SIGNED]: boolean
}

/**
 * An interceptor that signs what a dispatcher sends: for `compose` of an `Agent`, a `Client` or a
 * `Pool`, and with it for undici's `request`, `stream`, `pipeline` and `fetch` and for Node's own `fetch`.
 *
 * Give it to `compose` before `retry()` and `redirect()`: they then go through it again, and each
 * attempt and each hop is signed anew. A response that refuses the signature is answered once, if the
 * body can be sent again. As its answer may have to wait for a token, `dispatch` always returns `true`.
 *
 * @throws {OptionError} if the signer or an option is wrong.
 */
export function signed(
  signer: Signer,
  options: SignedDispatcherOptions,
): Dispatcher.DispatcherComposeInterceptor {
  assertSigned(signer, options)
  const own = originsOf(options.origins)

  return (dispatch) => (opts, handler) => {
    const { signer: by = signer } = opts as SignedCall
    const foreign = opts.origin && !own.has(new URL(opts.origin).origin)
    // `CONNECT`, and what is meant for a proxy, have no path of their own. A handler of another
    // undici's is for this one to refuse, before a wait turns that into an uncaught exception.
    const strange =
      !String(opts.path).startsWith('/') || typeof handler.onRequestStart !== 'function'
    if (by === false || foreign || strange || SIGNED in opts) return dispatch(opts, handler)
    const call = new Call(handler)
    call.start(() => send(call, dispatch, opts, by, options))
    return true
  }
}

async function send(
  call: Call,
  dispatch: Dispatcher['dispatch'],
  opts: Dispatcher.DispatchOptions,
  signer: Signer,
  options: SignedOptions,
): Promise<void> {
  assertSigner(signer)
  const { signal } = call
  const given = headersOf(opts.headers)
  const query = opts.query && stringify(opts.query)
  // undici says itself that it does not take two queries.
  const clash = query && /[?#]/.test(opts.path)
  const path = query && !clash ? `${opts.path}?${query}` : opts.path
  const url = wireUrl(`${opts.origin && new URL(opts.origin).origin}${path}`, options)
  const body = payloadOf(signer, opts.body, given['content-length'], options)
  const payload = await abortable(body, signal)
  if (payload.type) given['content-type'] ??= payload.type

  const method = opts.method.toUpperCase()
  const outgoing = { method, url, headers: recordOf(given), payload, signal, follows: false }
  const { response: release } = await dispatchSigned(apart(signer), outgoing, (sendable) => {
    const { origin, pathname, search } = new URL(sendable.url)
    const request: Dispatcher.DispatchOptions & Marks = {
      ...opts,
      origin,
      path: pathname + search,
      query: (clash ? opts.query : undefined) as never,
      method,
      headers: rewritten(given, sendable.headers),
      body: sendable.body as NonNullable<Dispatcher.DispatchOptions['body']>,
      // A redirect() on the inner side would carry this signature with it.
      maxRedirections: 0,
      [SIGNED]: true,
    }
    return call.request(dispatch, request, (status) => isRefusal(signer, sendable, status))
  })
  release()
}
