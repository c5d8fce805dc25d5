import type { SignedOptions, Signer } from '@countersign/core'
import {
  absolute,
  assertSigner,
  base64,
  type Begun,
  discard,
  dispatch,
  isStream,
  patiently,
  type Received,
  type Sendable,
  recordOf,
  rewritten,
  wireUrl,
} from '@countersign/core/kit'
import {
  Axios,
  type AxiosAdapter,
  AxiosError,
  AxiosHeaders,
  type AxiosResponse,
  CanceledError,
  isAxiosError,
  type InternalAxiosRequestConfig,
} from 'axios'
import { payloadOf } from './payload.ts'
import { keptAtHome, onRedirect, redirectsOf, unfollowed } from './redirect.ts'
import { beginning } from './refusal.ts'

/** A call of which the first request has been signed, perhaps sent, and perhaps refused. */
interface BegunCall extends Begun<AxiosResponse> {
  /** What axios makes of a refusal. */
  readonly failure?: unknown
  /** When the call began, by `performance.now()`. */
  readonly began: number
}

/** One call, by however many requests of the adapter's. What the caller learns is about its own config. */
export async function call(
  signer: Signer,
  send: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  options: SignedOptions,
  begun?: BegunCall,
  controller?: AbortController,
): Promise<AxiosResponse> {
  assertSigner(signer)
  const began = begun?.began ?? performance.now()
  const maxRedirects = redirectsOf(config)
  const follows = maxRedirects > 0
  const given = new AxiosHeaders(config.headers)
  const url = wireUrl(targetOf(config, given), options)
  let failure = begun?.failure

  const work = async (signal: AbortSignal) => {
    const payload = await payloadOf(signer, config.data, given, options)
    const outgoing = {
      method: config.method as string,
      url,
      headers: recordOf(given),
      payload,
      signal,
      follows,
      maxRedirects: Infinity,
      onRedirect: onRedirect(config, maxRedirects),
    }
    const once = async ({ body, manual, method, url, headers }: Sendable) => {
      const request = {
        ...config,
        method,
        url,
        headers: new AxiosHeaders(rewritten(given, headers)),
        // Bytes in the one form that every adapter takes.
        data: (payload.signed && (body as Uint8Array | undefined)?.buffer) || body,
        baseURL: undefined,
        params: undefined,
        auth: undefined,
        beforeRedirect: keptAtHome(url, config.beforeRedirect),
        ...((manual || !follows) && unfollowed(config)),
        ...patienceOf(config, began),
      } as object as InternalAxiosRequestConfig
      failure = undefined
      const response = await send(request).catch((error: unknown) => {
        if (!isAxiosError(error)) throw error
        if (error.config) error.config = config
        if (!error.response) throw error
        failure = error
        return error.response
      })
      return received(response)
    }
    return dispatch(signer, outgoing, once, begun)
  }
  const { response } = await waiting(config, began, work, controller)
  response.config = config
  if (failure) throw failure
  return response
}

/** A response of an adapter's, as far as signing goes. */
export function received(response: AxiosResponse): Received<AxiosResponse> {
  return {
    response,
    status: response.status,
    headers: new Headers(recordOf(response.headers)),
    // Of the http adapter, which follows by itself; fetch's does not tell.
    url: response.request?.res?.responseUrl,
    text: () => beginning(response),
    discard() {
      discard(response.data)
      // A stream that axios has wrapped, and that nobody has begun to read, would leave its own open.
      if (isStream(response.data)) response.request?.res?.destroy?.()
    },
  }
}

/** The whole URL. The caller's own user and password, which axios takes from two places, go into a header. */
function targetOf(config: InternalAxiosRequestConfig, headers: AxiosHeaders): URL {
  const url = absolute(new Axios({}).getUri(config))
  const { auth } = config
  const { username, password } = auth ?? url
  const pair = `${username}:${password}`
  if (auth || pair !== ':') {
    headers.set('authorization', `Basic ${base64(auth ? pair : decodeURIComponent(pair))}`)
  }
  url.username = url.password = ''
  return url
}

/** What is left of a timeout, which is for all requests of a call together. */
function patienceOf(
  { timeout, timeoutErrorMessage }: InternalAxiosRequestConfig,
  began: number,
): Pick<InternalAxiosRequestConfig, 'timeout' | 'timeoutErrorMessage'> {
  // As axios reads it, which may be a text from a configuration; what is no number is for axios to refuse.
  const whole = Number.parseInt(String(timeout), 10)
  if (!(whole > 0)) return {}
  return {
    timeout: Math.max(1, Math.ceil(began + whole - performance.now())),
    timeoutErrorMessage: timeoutErrorMessage ?? `timeout of ${timeout}ms exceeded`,
  }
}

/** Ends a wait for a token with the caller's signal, cancel token or timeout, as axios's own error. */
function waiting<T>(
  config: InternalAxiosRequestConfig,
  began: number,
  work: (signal: AbortSignal) => Promise<T>,
  controller?: AbortController,
): Promise<T> {
  const { signal, cancelToken, transitional } = config
  const { timeout, timeoutErrorMessage } = patienceOf(config, began)
  const aborted = () => new CanceledError(undefined, config)
  const late = () =>
    new AxiosError(
      timeoutErrorMessage,
      transitional?.clarifyTimeoutError ? 'ETIMEDOUT' : 'ECONNABORTED',
      config,
    )
  const wait = async (controller: AbortController) => {
    const cancel = (reason: unknown) => controller.abort(reason)
    cancelToken?.subscribe(cancel)
    try {
      return await work(controller.signal)
    } finally {
      cancelToken?.unsubscribe(cancel)
    }
  }
  return patiently({ signal, aborted, timeout, late }, wait, controller)
}
