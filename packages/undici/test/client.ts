import { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Signer } from '@countersign/core'
import type { Answer, Call, Client, Setup } from '@countersign/testing/contract'
import { signed } from '@countersign/undici'
import type * as undici from 'undici'

export type Undici = typeof undici
type Interceptor = undici.Dispatcher.DispatcherComposeInterceptor

const named = (name: string) => (error: unknown) => (error as Error).name === name

/** Says which statuses come, as a hook of the caller's own would. */
const hearing =
  (onResponse: (status: number) => void): Interceptor =>
  (dispatch) =>
  (opts, handler) => {
    const hears: undici.Dispatcher.DispatchHandler = {
      onRequestStart: (...args) => handler.onRequestStart?.(...args),
      onResponseStart(...args) {
        onResponse(args[1])
        handler.onResponseStart?.(...args)
      },
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    }
    return dispatch(opts, hears)
  }

/** Everything that a call goes through, the signer innermost but for a transport of the caller's own. */
function dispatcherOf(
  { interceptors }: Undici,
  agent: undici.Agent,
  signer: Signer | false,
  { twice, derived, transport, origins, allowInsecure = false, buffer }: Setup,
  { url, retries = 0, onResponse, redirect }: Call,
): undici.Dispatcher {
  const options = { origins, allowInsecure, ...(buffer !== undefined && { buffer }) }
  const auth = signer
    ? signed(signer, options)
    : (dispatch: undici.Dispatcher['dispatch']) => dispatch
  const observed: Interceptor = (dispatch) => (opts, handler) => {
    transport?.()
    return dispatch(opts, handler)
  }
  let dispatcher: undici.Dispatcher = agent.compose(observed, auth)
  if (twice) dispatcher = dispatcher.compose(auth)
  if (derived)
    dispatcher = dispatcher.compose((dispatch) => (opts, handler) => dispatch(opts, handler))
  if (retries) {
    dispatcher = dispatcher.compose(
      interceptors.retry({ maxRetries: retries, minTimeout: 0, statusCodes: [503] }),
    )
  }
  if (onResponse) dispatcher = dispatcher.compose(hearing(onResponse))
  // redirect() takes a path that begins with two slashes for another host.
  if (redirect === 'manual' || new URL(url).pathname.startsWith('//')) return dispatcher
  return dispatcher.compose(interceptors.redirect({ maxRedirections: 20 }))
}

/** What a call has beside its URL and dispatcher, in the words that all of undici shares. */
function optionsOf({ json, transforms = [], stream, auth, ...call }: Call) {
  const headers = { ...(json && { 'content-type': 'application/json' }) } as Record<string, string>
  if (auth) headers.authorization = `Basic ${btoa(`${auth.username}:${auth.password}`)}`
  const content = json && transforms.reduce((text, next) => next(text), JSON.stringify(json))
  const timeout = call.timeout === undefined ? undefined : AbortSignal.timeout(call.timeout)
  return {
    ...(call.method && { method: call.method }),
    headers: auth || json || call.headers === undefined ? headers : call.headers,
    signal: call.signal ?? timeout ?? null,
    body: call.body ?? content,
    stream: stream && Readable.from(stream),
  }
}

function queryOf(params: NonNullable<Call['params']>): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null)
  for (const [name, value] of params) query[name] = [...(query[name] ?? []), value]
  return query
}

/** undici takes no form but its own. */
function formOf({ FormData: Own }: Undici, body: FormData): undici.FormData {
  const form = new Own()
  for (const [name, value] of body) form.append(name, value as string)
  return form
}

/** `undici.request`, and `undici.stream` beside it. */
export const request = (library: Undici, cannot: Client['cannot']): Client => ({
  name: 'request',
  readme: new URL('../README.md', import.meta.url),
  cannot: cannot ?? {},
  isAbort: named('AbortError'),
  isTimeout: named('TimeoutError'),
  make(signer, setup) {
    const agent = new library.Agent()
    const prepare = ({ url, params, query, ...call }: Call) => {
      const { stream, body, ...options } = optionsOf({ url, ...call })
      return [
        query === undefined ? url : `${url}?${query}`,
        {
          ...options,
          body: stream ?? (body instanceof FormData ? formOf(library, body) : body),
          ...(params && (url.includes('?') ? {} : { query: queryOf(params) })),
          ...(call.signer !== undefined && { signer: call.signer }),
          throwOnMaxRedirect: true,
          dispatcher: dispatcherOf(library, agent, signer, setup, { url, ...call }),
        } as Parameters<Undici['request']>[1] & object,
      ] as const
    }
    return {
      async send(call) {
        const [url, options] = prepare(call)
        try {
          const { statusCode, body } = await library.request(url, options)
          return { status: statusCode, text: await body.text() }
        } catch (error) {
          // How retry() says that it has given up.
          const { code, statusCode } = error as { code?: string; statusCode: number }
          if (code === 'UND_ERR_REQ_RETRY') return { status: statusCode, text: '', error }
          throw error
        }
      },
      async stream(call) {
        const chunks: Buffer[] = []
        let status = 0
        const [url, options] = prepare(call)
        const into = ({ statusCode }: { statusCode: number }) => {
          status = statusCode
          return new Writable({
            write(chunk, _, done) {
              chunks.push(chunk)
              done()
            },
          })
        }
        await library.stream(url, { method: 'GET', ...options } as never, into)
        return { status, text: Buffer.concat(chunks).toString() }
      },
    }
  },
})

/** A `fetch` with a dispatcher: undici's, or Node's own. */
export const fetching = (
  name: string,
  library: Undici,
  cannot: Client['cannot'],
  foreign?: { fetch: typeof fetch; adapt(dispatcher: undici.Dispatcher): undici.Dispatcher },
): Client => ({
  name,
  readme: new URL('../README.md', import.meta.url),
  cannot: cannot ?? {},
  isAbort: named('AbortError'),
  isTimeout: named('TimeoutError'),
  make(signer, setup) {
    const agent = new library.Agent()
    return {
      async send({ url, params, query, ...call }): Promise<Answer> {
        const search = query ?? (params && String(new URLSearchParams(params as [])))
        const { stream, body, ...options } = optionsOf({ url, ...call })
        const form = !foreign && body instanceof FormData ? formOf(library, body) : body
        // fetch follows redirects itself, and gives its dispatcher nothing but the request: who wants
        // another signer takes another dispatcher.
        const dispatched = { ...call, url, redirect: 'manual' } as const
        const dispatcher = dispatcherOf(library, agent, call.signer ?? signer, setup, dispatched)
        const init = {
          ...options,
          body: stream ? Readable.toWeb(stream) : form,
          ...(stream && { duplex: 'half' }),
          redirect: call.redirect ?? 'follow',
          dispatcher: foreign?.adapt(dispatcher) ?? dispatcher,
        }
        const send = foreign?.fetch ?? (library.fetch as unknown as typeof fetch)
        const response = await send(
          search === undefined ? url : `${url}${url.includes('?') ? '&' : '?'}${search}`,
          init as RequestInit,
        )
        const content =
          call.streamed && response.body ? text(response.body as never) : response.text()
        return { status: response.status, text: await content }
      },
    }
  },
})
