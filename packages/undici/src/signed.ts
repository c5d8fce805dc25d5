import { stringify } from 'node:querystring'
import { OptionError, type SignedOptions, type Signer } from '@countersign/core'
import {
  abortable,
  apart,
  assertSigner,
  dispatch as dispatchSigned,
  isRefusal,
  milliseconds,
  secureUrl,
  wireUrl,
} from '@countersign/core/kit'
import type { Dispatcher } from 'undici'
import { payloadOf } from './body.ts'
import { Call } from './call.ts'
import { headersOf, recordOf } from './headers.ts'

export interface SignedDispatcherOptions extends SignedOptions {
  /**
   * Where the credentials belong, such as `https://api.example.com`. A request to any other origin is
   * sent as it is, unsigned: under `fetch` a dispatcher cannot tell a first request from a redirect.
   */
  origins: string | URL | readonly (string | URL)[]
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
const SIGNED = Symbol.for('@countersign/undici')

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
  assertSigner(signer)
  milliseconds('buffer', options?.buffer, 0)
  const own = originsOf(options?.origins)

  return (dispatch) => (opts, handler) => {
    const { signer: by = signer } = opts as SignedCall
    const origin = opts.origin && URL.parse(opts.origin)?.origin
    const foreign = origin !== undefined && !own.has(origin as string)
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
  const given = headersOf(opts.headers)
  const method = opts.method.toUpperCase()
  const url = wireUrl(`${opts.origin && new URL(opts.origin).origin}${targetOf(opts)}`, options)
  const length = given['content-length']
  const payload = await abortable(payloadOf(signer, opts.body, length, options.buffer), call.signal)
  if (payload.type) given['content-type'] ??= payload.type

  const headers = recordOf(given)
  const outgoing = { method, url, headers, payload, signal: call.signal, follows: false }
  const { response } = await dispatchSigned(apart(signer), outgoing, (sendable) => {
    const { origin, pathname, search } = new URL(sendable.url)
    const added = Object.entries(sendable.headers).filter(
      ([name, value]) => headers[name] !== value,
    )
    const request = {
      ...opts,
      origin,
      path: pathname + search,
      query: null as never,
      method,
      headers: { ...given, ...Object.fromEntries(added) },
      body: (sendable.body ?? null) as NonNullable<Dispatcher.DispatchOptions['body']>,
      // A redirect() on the inner side would carry this signature with it.
      maxRedirections: 0,
      [SIGNED]: true,
    }
    return call.request(dispatch, request, (status) => isRefusal(signer, sendable, status))
  })
  response.release()
}

/** The target with the query that undici would put on it itself, further down. */
function targetOf({ path, query }: Dispatcher.DispatchOptions): string {
  const more = query && stringify(query)
  if (more && /[?#]/.test(path)) {
    throw new OptionError('query', 'takes a path that has no query of its own')
  }
  return more ? `${path}?${more}` : path
}

function originsOf(origins: SignedDispatcherOptions['origins']): Set<string> {
  const list = [origins ?? []].flat() as (string | URL)[]
  if (!list.length) throw new OptionError('origins', 'takes at least one origin')
  return new Set(list.map((origin) => secureUrl('origins', origin, true).origin))
}
