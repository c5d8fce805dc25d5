import type { SignedOptions, Signer } from '@countersign/core'
import { isRefusal, type Roads, straight, wireHref } from '@countersign/core/kit'
import {
  type AxiosAdapter,
  AxiosHeaders,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
  isAxiosError,
} from 'axios'
import { call, received } from './call.ts'
import { keptAtHome } from './redirect.ts'

/** A call for an adapter, which gets its caller's config with other headers, and the URL in one piece. */
interface Plain {
  readonly send: AxiosAdapter
  readonly config: InternalAxiosRequestConfig
  readonly headers: AxiosHeaders
  /** Only who may lose patience needs one. */
  readonly patience: AbortController | undefined
  /** What axios made of a refusal. */
  failure?: unknown
}

/** How calls that need nothing by hand are sent. Any other one is `undefined`. */
export function straightAhead(
  signer: Signer,
  options: SignedOptions,
): (send: AxiosAdapter, config: InternalAxiosRequestConfig) => Promise<AxiosResponse> | undefined {
  /** What is on its way, with the headers of its caller. */
  const flying = new WeakMap<InternalAxiosRequestConfig, AxiosHeaders>()
  const roads: Roads<Plain, AxiosResponse> = {
    send({ url, headers: seen }, plain, proof) {
      const { send, config, headers } = plain
      const { url: ownUrl, baseURL, headers: ownHeaders, beforeRedirect } = config
      for (const name in proof) {
        // The same name in another case would be sent beside this one.
        if (seen[name] === undefined) headers[name] = proof[name] as string
        else headers.set(name, proof[name])
      }
      // Until there is an answer, and not on a copy: axios's configs are so slow to be copied that it
      // would cost more than all the rest.
      const takeBack = () => {
        flying.delete(config)
        Object.assign(config, { headers: ownHeaders, beforeRedirect })
        if (baseURL) Object.assign(config, { url: ownUrl, baseURL })
      }
      flying.set(config, ownHeaders)
      config.headers = headers
      config.beforeRedirect = keptAtHome(url, beforeRedirect)
      if (baseURL) Object.assign(config, { url, baseURL: undefined })
      try {
        return send(config).then(
          (response) => {
            takeBack()
            response.config = config
            return response
          },
          (error) => {
            takeBack()
            if (!isAxiosError(error)) throw error
            if (error.config) error.config = config
            const { response } = error
            if (!response) throw error
            response.config = config
            if (!isRefusal(signer, { headers: proof }, response.status)) throw error
            plain.failure = error
            return response
          },
        )
      } catch (error) {
        takeBack()
        throw error
      }
    },
    otherwise: (_, { send, config, patience, failure }, signature, refusal) =>
      call(
        signer,
        send,
        config,
        options,
        { signature, received: refusal && received(refusal), failure },
        patience,
      ),
  }

  return (send, config) => {
    const own = flying.get(config)
    // Who sends one config twice at a time, to take the faster answer, gets two signatures.
    if (own) return call(signer, send, { ...config, headers: own }, options)
    const url = plainUrl(config)
    const given = plainHeaders(config.headers)
    const byHand = signer.readsBody || config.auth
    if (byHand || !given || url === undefined || wireHref(url, options) !== url) return undefined
    const { seen: headers, copy } = given
    const method = (config.method as string).toUpperCase()
    const { signal, cancelToken, timeout } = config
    const patience = signal || cancelToken || timeout ? new AbortController() : undefined
    const request = patience
      ? { method, url, headers, signal: patience.signal }
      : { method, url, headers }
    return straight(signer, request, { send, config, headers: copy, patience }, roads)
  }
}

/** The whole URL of a config to which axios adds nothing, as axios puts its two parts together. */
function plainUrl({
  url = '',
  baseURL,
  params,
  allowAbsoluteUrls,
}: InternalAxiosRequestConfig): string | undefined {
  // A user in the URL, as in `auth`, goes into a header.
  if (params || `${baseURL}${url}`.includes('@')) return undefined
  if (!baseURL) return url
  if (/^(?:[a-z][a-z\d+.-]*:)?\/\//i.test(url)) {
    return allowAbsoluteUrls === false ? undefined : url
  }
  // Of more slashes, not every axios takes all off.
  if (!url || baseURL.endsWith('//')) return undefined
  return `${baseURL.replace(/\/$/, '')}/${url.replace(/^\/+/, '')}`
}

/** Headers as a signer sees them, and a copy to sign; unless there is a list, which goes in one line. */
function plainHeaders(
  headers: AxiosHeaders,
): { seen: Record<string, string>; copy: AxiosHeaders } | undefined {
  const seen: Record<string, string> = {}
  const copy = new AxiosHeaders()
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (Array.isArray(value)) return undefined
    copy[name] = value
    if (value !== undefined && value !== null && value !== false) {
      seen[name.toLowerCase()] = String(value)
    }
  }
  return { seen, copy }
}
