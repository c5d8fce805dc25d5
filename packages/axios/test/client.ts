import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { signed } from '@countersign/axios'
import type { Call, Client, Setup } from '@countersign/testing/contract'
import axios, {
  type AxiosInstance,
  type AxiosRequestConfig,
  type AxiosResponse,
  getAdapter,
} from 'axios'

type Adapter = 'http' | 'fetch'

/** A call as axios takes it. */
function configOf({
  json,
  transforms,
  stream,
  query,
  redirect,
  tolerant,
  streamed,
  ...call
}: Call): AxiosRequestConfig {
  const { body = json, params, auth, signer, signal, timeout, headers, url, method } = call
  return {
    url,
    ...(method && { method }),
    ...(headers && { headers: headers as Record<string, string> }),
    data: stream ? Readable.from(stream) : body,
    ...(transforms && {
      transformRequest: [axios.defaults.transformRequest, transforms].flat() as never,
    }),
    ...(params && { params: new URLSearchParams(params as [string, string][]) }),
    ...(query && { params: {}, paramsSerializer: () => query }),
    ...(auth && { auth }),
    ...(signer !== undefined && { signer }),
    ...(signal && { signal }),
    ...(timeout !== undefined && { timeout }),
    ...(redirect === 'manual' && { maxRedirects: 0 }),
    ...(tolerant && { validateStatus: () => true }),
    responseType: streamed ? 'stream' : 'text',
  }
}

/** A retry as `axios-retry` has it: what has no config is no answer of a server. */
function retrying(instance: AxiosInstance, times: number): void {
  let left = times
  instance.interceptors.response.use(undefined, (error) => {
    const { config, response } = error
    if (!config || response?.status === 401 || left-- <= 0) throw error
    return instance.request(config)
  })
}

async function answer({ status, data }: AxiosResponse, error?: unknown) {
  const content =
    data instanceof ReadableStream || data instanceof Readable ? await text(data) : data
  return { status, text: String(content ?? ''), ...(error !== undefined && { error }) }
}

const CANNOT = {
  '42': 'axios has no stream of its own: `responseType` is answered like any call',
}

export const client = (adapter: Adapter, version = '', more: Client['cannot'] = {}): Client => ({
  name: `axios${version}/${adapter}`,
  readme: new URL('../README.md', import.meta.url),
  cannot: {
    ...CANNOT,
    ...(adapter === 'fetch' && {
      '30w': 'axios’s fetch adapter does not tell which server an answer is from',
    }),
    ...more,
  },
  isStatusError: (error) => axios.isAxiosError(error) && error.response !== undefined,
  isAbort: (error) => axios.isCancel(error),
  isTimeout: (error) => axios.isAxiosError(error) && error.code === 'ECONNABORTED',
  make(signer, { twice, derived, transport, allowInsecure = false, buffer }: Setup) {
    const options = { allowInsecure, ...(buffer !== undefined && { buffer }) }
    const own: AxiosRequestConfig = {
      adapter: transport
        ? (config) => {
            transport()
            return getAdapter(adapter, config)(config)
          }
        : adapter,
    }
    let instance = signed(axios.create(own), signer, options)
    if (twice) signed(instance, signer, options)
    if (derived)
      instance = signed(instance.create({ headers: { 'x-derived': '1' } }), signer, options)
    return {
      async send({ retries = 0, onResponse, ...call }) {
        if (retries) retrying(instance, retries)
        if (onResponse) {
          instance.interceptors.response.use((response) => {
            onResponse(response.status)
            return response
          })
        }
        try {
          return await answer(await instance.request(configOf(call)))
        } catch (error) {
          if (axios.isAxiosError(error) && error.response) return answer(error.response, error)
          throw error
        }
      },
    }
  },
})
