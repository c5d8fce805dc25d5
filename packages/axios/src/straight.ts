import type { SignedOptions, Signer } from '@countersign/core'
import {
  isRedirect,
  isRefusal,
  type Roads,
  signable,
  straight,
  wireHref,
} from '@countersign/core/kit'
import {
  type AxiosAdapter,
  AxiosHeaders,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
  isAxiosError,
} from 'axios'
import { call, received } from './call.ts'
import { keptAtHome, unfollowed } from './redirect.ts'

/** A call for an adapter, which gets its caller's config with other headers, and the URL in one piece. */
interface Plain {
  readonly send: AxiosAdapter
  readonly config: InternalAxiosRequestConfig
  readonly headers: AxiosHeaders
  /** Only who may lose patience needs one. */
  readonly patience: AbortController | undefined
  /** When a call with a timeout began. */
  readonly began: number
  /** What axios made of a refusal. */
  failure?: unknown
}

/** How calls that need nothing by hand are sent. Any other one is `undefined`. */
export function straightAhead(
  signer: Signer,
  options: SignedOptions,
): (send: AxiosAdapter, config: InternalAxiosRequestConfig) => Promise<AxiosResponse> | undefined {
  const roads: Roads<Plain, AxiosResponse> = {
    // A cancel token or a timeout, too, ends a wait, with axios's own errors.
    waits: false,
    send({ url, headers: seen }, plain, proof, manual) {
      const { send, config, headers } = plain
      for (const name in proof) {
        // The same name in another case would be sent beside this one.
        if (seen[name] === undefined) headers[name] = proof[name] as string
        else headers.set(name, proof[name])
      }
      return send(sentOf(config, url, headers, manual)).then(
        (response) => {
          response.config = config
          return response
        },
        (error) => {
          if (!isAxiosError(error)) throw error
          if (error.config) error.config = config
          const { response } = error
          if (!response) throw error
          response.config = config
          const { status } = response
          const goesOn =
            isRefusal(signer, { headers: proof }, status) || (manual && isRedirect(status))
          if (!goesOn) throw error
          plain.failure = error
          return response
        },
      )
    },
    otherwise: (_, { send, config, patience, began, failure }, signature, answer) =>
      call(
        signer,
        send,
        config,
        options,
        { signature, received: answer && received(answer), failure, began },
        patience,
      ),
  }

  return (send, config) => {
    const url = plainUrl(config)
    const given = plainHeaders(config.headers)
    const body = signer.readsBody ? (config.data ?? undefined) : undefined
    const byHand = (body !== undefined && typeof body !== 'string') || config.auth
    if (byHand || !given || url === undefined || wireHref(url, options) !== url) return undefined
    const { seen: headers, copy } = given
    const method = config.method as string
    const { signal, cancelToken, timeout } = config
    const patience = signal || cancelToken || timeout ? new AbortController() : undefined
    const request = signable({ method, url, headers, body, signal: patience?.signal })
    const began = timeout ? performance.now() : 0
    return straight(signer, request, { send, config, headers: copy, patience, began }, roads)
  }
}

/**
 * What an adapter gets, which is its own: a mock keeps it for its tests, and somebody may send one
 * config twice at a time. A spread takes four times as long, since axios's configs are dictionaries.
 */
function sentOf(
  config: InternalAxiosRequestConfig,
  url: string,
  headers: AxiosHeaders,
  manual: boolean,
): InternalAxiosRequestConfig {
  const given = config as object as Record<string | symbol, unknown>
  const sent: typeof given = {}
  for (const name of Object.keys(given)) sent[name] = given[name]
  for (const name of Object.getOwnPropertySymbols(given)) sent[name] = given[name]
  sent.url = url
  sent.headers = headers
  sent.baseURL = undefined
  sent.beforeRedirect = keptAtHome(url, config.beforeRedirect)
  if (manual) Object.assign(sent, unfollowed(config))
  return sent as object as InternalAxiosRequestConfig
}

/** The whole URL of a config to which axios adds nothing, as axios puts its two parts together. */
function plainUrl({
  url = '',
  baseURL,
  params,
  allowAbsoluteUrls,
}: InternalAxiosRequestConfig): string | undefined {
  // A user in the URL, as in `auth`, goes into a header.
  if (params || url.includes('@') || baseURL?.includes('@')) return undefined
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
