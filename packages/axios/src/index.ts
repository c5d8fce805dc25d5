import type { SignedOptions, Signer } from '@countersign/core'
import {
  asBytes,
  asGiven,
  assertSigned,
  assertSigner,
  base64,
  dispatch,
  fromEvents,
  type Hop,
  type Payload,
  peek,
  type Redirect,
  recordOf,
  wireUrl,
} from '@countersign/core/kit'
import {
  Axios,
  type AxiosAdapter,
  AxiosError,
  AxiosHeaders,
  type AxiosInstance,
  type AxiosResponse,
  CanceledError,
  getAdapter,
  isAxiosError,
  type InternalAxiosRequestConfig,
} from 'axios'

declare module 'axios' {
  interface AxiosRequestConfig<D, P> {
    /** `false` sends this request unsigned; another signer signs it instead. */
    signer?: Signer | false
  }
}

/** What axios made of an answer: a response, and an error if its status is not accepted. */
interface Outcome {
  readonly response: AxiosResponse
  readonly error?: AxiosError
}

/** Where follow-redirects, and so axios, gives up. */
const MAX_REDIRECTS = 21
/** On an adapter that signs, so that installed twice is installed once. */
const SIGNS = Symbol.for('@countersign/axios')

/**
 * Makes an axios instance sign its requests, whichever adapter sends them.
 *
 * Every attempt is signed for the URL and the bytes that are really sent. A 401 is answered once,
 * with a new token, nonce or clock, if the body can be sent again. A redirect that would carry a
 * signature abroad, or to a target that it does not cover, is followed hop by hop.
 *
 * What `instance.create` makes has, as always in axios, none of the instance's interceptors: sign it too.
 *
 * @returns The same instance.
 * @throws {OptionError} if the signer or an option is wrong.
 */
export function signed(
  instance: AxiosInstance,
  signer: Signer,
  options: SignedOptions = {},
): AxiosInstance {
  assertSigned(signer, options)
  // Only an adapter sees the data after `transformRequest`; only an interceptor sees each adapter.
  instance.interceptors.request.use(
    (config) => {
      const adapter = config.adapter ?? instance.defaults.adapter
      if (adapter instanceof Function && SIGNS in adapter) return config
      const signing: AxiosAdapter = (config) => {
        const { signer: by = signer } = config
        const inner = getAdapter(adapter, config)
        return by === false ? inner(config) : call(by, inner, config, options)
      }
      config.adapter = Object.assign(signing, { [SIGNS]: true })
      // axios would send all of the buffer that a view shows a part of.
      if (ArrayBuffer.isView(config.data) && !('readUInt8' in config.data)) {
        const { buffer, byteOffset, byteLength } = config.data
        config.data = buffer.slice(byteOffset, byteOffset + byteLength)
      }
      return config
    },
    undefined,
    { synchronous: true },
  )
  return instance
}

async function call(
  signer: Signer,
  inner: AxiosAdapter,
  config: InternalAxiosRequestConfig,
  options: SignedOptions,
): Promise<AxiosResponse> {
  assertSigner(signer)
  const { url, auth } = targetOf(config)
  const given = new AxiosHeaders(config.headers)
  if (auth) given.set('authorization', `Basic ${base64(`${auth.username}:${auth.password}`)}`)

  const send = async (request: InternalAxiosRequestConfig): Promise<Outcome> => {
    try {
      return { response: await inner(request) }
    } catch (error) {
      if (!isAxiosError(error)) throw error
      // What the caller learns is about the request that it made.
      if (error.config) error.config = config
      if (!error.response) throw error
      return { response: error.response, error }
    }
  }

  const waiting = patience(config)
  try {
    const payload = await payloadOf(signer, config.data, given, options)
    const outgoing = {
      method: (config.method ?? 'get').toUpperCase(),
      url: wireUrl(url, options),
      headers: recordOf(given.toJSON()),
      payload,
      signal: waiting.signal,
      ...redirectsOf(config),
    }
    const { response: outcome } = await dispatch(signer, outgoing, async (sendable) => {
      const { method, url, headers, body, manual } = sendable
      const outcome = await send({
        ...config,
        method,
        url,
        headers: rewritten(given, headers),
        // Bytes in the one form that every adapter takes.
        data: body instanceof Uint8Array && body === payload.signed ? body.buffer : body,
        baseURL: undefined,
        params: undefined,
        auth: undefined,
        ...((manual || !outgoing.follows) && unfollowed(config)),
      } as object as InternalAxiosRequestConfig)
      const { status, data } = outcome.response
      return {
        response: outcome,
        status,
        headers: new Headers(recordOf(outcome.response.headers)),
        text: () => peek(data),
        discard() {
          data?.destroy?.()
          data?.cancel?.().catch(() => {})
        },
      }
    })
    outcome.response.config = config
    if (outcome.error) throw outcome.error
    return outcome.response
  } finally {
    waiting.end()
  }
}

/** The whole URL, and the caller's own user and password, which axios takes from two places. */
function targetOf(config: InternalAxiosRequestConfig) {
  const uri = new Axios({}).getUri(config)
  // The error of `new URL` would repeat what may hold a secret.
  const url = URL.parse(uri, globalThis.location?.href) ?? wireUrl(uri, {})
  const { username, password } = url
  url.username = url.password = ''
  const inUrl = { username: decodeURIComponent(username), password: decodeURIComponent(password) }
  return { url, auth: config.auth ?? (username || password ? inUrl : undefined) }
}

/** The data as it goes on the wire; what names its own content type overrules axios's guess. */
async function payloadOf(
  { readsBody }: Signer,
  data: unknown,
  headers: AxiosHeaders,
  { buffer }: SignedOptions,
): Promise<Payload> {
  if (!isForm(data)) {
    if (!readsBody) return asGiven(data as BodyInit)
    const payload = await asBytes(data as BodyInit, buffer)
    const type = data instanceof Blob ? data.type || 'application/octet-stream' : payload.type
    if (type && typeof data !== 'string') headers.setContentType(type)
    return payload
  }
  if (!readsBody) return { once: true, take: () => data as never }
  headers.set(data.getHeaders())
  return asBytes(fromEvents(data), data.hasKnownLength() ? Infinity : buffer)
}

/** A form of the `form-data` package: an old stream, which holds all of its parts or some to be read. */
interface Form {
  getHeaders(): Record<string, string>
  hasKnownLength(): boolean
  on(event: string, listener: (value: never) => void): void
  resume(): void
}

function isForm(data: unknown): data is Form {
  return (
    typeof (data as Form | undefined)?.getHeaders === 'function' &&
    'hasKnownLength' in (data as Form)
  )
}

/** Redirects as the caller wants them, where they are followed here and not by axios. */
function redirectsOf(config: InternalAxiosRequestConfig) {
  const { maxRedirects = MAX_REDIRECTS, beforeRedirect, fetchOptions } = config
  return {
    follows: maxRedirects > 0 && (fetchOptions?.redirect ?? 'follow') === 'follow',
    maxRedirects: Infinity,
    onRedirect(next: Hop, count: number, from: Hop, { status, headers }: Redirect): Hop {
      if (count > maxRedirects) {
        const code = 'ERR_FR_TOO_MANY_REDIRECTS'
        throw new AxiosError('Maximum number of redirects exceeded', code, config)
      }
      if (!beforeRedirect) return next
      const { href, protocol, hostname, port, pathname, search } = next.url
      const path = pathname + search
      const options = {
        href,
        protocol,
        hostname,
        port,
        path,
        ...next,
        headers: { ...next.headers },
      }
      beforeRedirect(
        options,
        { headers: Object.fromEntries(headers), statusCode: status },
        { headers: { ...from.headers }, url: from.url.href, method: from.method },
      )
      return { ...next, headers: recordOf(options.headers) }
    },
  }
}

/** In the words of each adapter: `maxRedirects` is one of http's, and of fetch's not from the beginning. */
function unfollowed({ fetchOptions }: InternalAxiosRequestConfig) {
  return {
    maxRedirects: 0,
    fetchOptions: {
      ...fetchOptions,
      redirect: fetchOptions?.redirect === 'error' ? 'error' : 'manual',
    },
  }
}

/** What ends a wait for a token: the caller's signal, its cancel token, or its timeout, as axios's own error. */
function patience(config: InternalAxiosRequestConfig) {
  const { signal, cancelToken, timeout, timeoutErrorMessage, transitional } = config
  const controller = new AbortController()
  const cancel = () => controller.abort(cancelToken?.reason ?? new CanceledError(undefined, config))
  const expire = () => {
    const message = timeoutErrorMessage ?? `timeout of ${timeout}ms exceeded`
    const { ETIMEDOUT, ECONNABORTED } = AxiosError
    const code = transitional?.clarifyTimeoutError ? ETIMEDOUT : ECONNABORTED
    controller.abort(new AxiosError(message, code, config))
  }
  if (signal?.aborted) cancel()
  signal?.addEventListener?.('abort', cancel)
  cancelToken?.subscribe(cancel)
  const timer = timeout ? setTimeout(expire, timeout) : undefined
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer)
      signal?.removeEventListener?.('abort', cancel)
      cancelToken?.unsubscribe(cancel)
    },
  }
}

/** The caller's headers with these values: what was a list, or `false`, stays one. */
function rewritten(given: AxiosHeaders, wanted: Readonly<Record<string, string>>): AxiosHeaders {
  const headers = new AxiosHeaders(given)
  const before = recordOf(given.toJSON())
  headers.delete(Object.keys(before).filter((name) => !(name in wanted)))
  for (const [name, value] of Object.entries(wanted)) {
    if (before[name] !== value) headers.set(name, value)
  }
  return headers
}
