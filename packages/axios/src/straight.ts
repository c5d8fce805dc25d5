import type { SignedOptions, Signer } from '@countersign/core'
import { homebound, isPromise, isRefusal, wireHref } from '@countersign/core/kit'
import {
  type AxiosAdapter,
  AxiosHeaders,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
  isAxiosError,
} from 'axios'
import { call, received } from './call.ts'

/** Sends one call, signed. */
export type Call = (
  send: AxiosAdapter,
  config: InternalAxiosRequestConfig,
) => Promise<AxiosResponse>

/**
 * What most calls come to, at the cost of little more than their signature: nothing in them has to be
 * read or followed by hand, and the signature is there at once. What turns out to be more goes on
 * from where it is.
 */
export function straight(signer: Signer, options: SignedOptions): Call {
  const staysHome = homebound(signer)

  function attempt(send: AxiosAdapter, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const url = plainUrl(config)
    const given = plainHeaders(config.headers)
    const byHand = signer.readsBody || signer.readsTarget || config.auth
    if (byHand || !given || url === undefined || wireHref(url, options) !== url) {
      return call(signer, send, config, options)
    }
    const { seen, copy } = given
    const method = (config.method ?? 'get').toUpperCase()
    const { signal, cancelToken, timeout } = config
    // Only who may lose patience needs a signal.
    const patience = signal || cancelToken || timeout ? new AbortController() : undefined
    const request = { method, url, headers: seen }
    const signature = signer.sign(patience ? { ...request, signal: patience.signal } : request)
    if (isPromise(signature) || !staysHome(signature)) {
      return call(signer, send, config, options, { signature }, patience)
    }
    for (const name in signature.headers) {
      const value = signature.headers[name] as string
      if (seen[name] === undefined) copy[name] = value
      else copy.set(name, value)
    }
    const takeBack = lend(config, url, copy)
    const finish = (response: AxiosResponse, failure?: unknown) => {
      if (isRefusal(signer, signature, response.status)) {
        const begun = { signature, received: received(response), failure }
        return call(signer, send, config, options, begun)
      }
      if (failure) throw failure
      response.config = config
      return response
    }
    return send(config).then(
      (response) => {
        takeBack()
        return finish(response)
      },
      (error) => {
        takeBack()
        if (!isAxiosError(error)) throw error
        if (error.config) error.config = config
        if (!error.response) throw error
        return finish(error.response, error)
      },
    )
  }

  return (send, config) => {
    try {
      return attempt(send, config)
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/**
 * Gives a config another URL and other headers until they are taken back, before anybody is told of an
 * answer. Not a copy: axios's configs are so slow to be copied that it would cost more than all the rest.
 */
function lend(config: InternalAxiosRequestConfig, url: string, headers: AxiosHeaders): () => void {
  const { url: ownUrl, baseURL, headers: ownHeaders } = config
  config.headers = headers
  // What has been looked at is what is sent.
  if (baseURL) Object.assign(config, { url, baseURL: undefined })
  return () => {
    config.headers = ownHeaders
    if (baseURL) Object.assign(config, { url: ownUrl, baseURL })
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
