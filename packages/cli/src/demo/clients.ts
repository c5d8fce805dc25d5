import { signed as signedAxios } from '@countersign/axios'
import { type Signer, signedFetch } from '@countersign/core'
import { signed as signedGot } from '@countersign/got'
import { signed as signedKy } from '@countersign/ky'
import { signed as signedUndici } from '@countersign/undici'
import axios from 'axios'
import got, { type Method } from 'got'
import ky from 'ky'
import { Agent, request, fetch as undiciFetch } from 'undici'

/** A client in the words of fetch: one call, of which every status is an answer. */
type Send = (url: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface Client {
  /** Behind a slash, what of the client it is that sends. */
  readonly name: string
  /** Signs with this signer, whose credentials belong to that origin. */
  open(signer: Signer, origin: string): Send
}

/** Every client that there is an adapter for, each in its own idiom. */
export const clients: readonly Client[] = [
  { name: 'fetch', open: (signer) => signedFetch(signer) },
  { name: 'axios/http', open: (signer) => byAxios('http', signer) },
  { name: 'axios/fetch', open: (signer) => byAxios('fetch', signer) },
  {
    name: 'ky',
    open(signer) {
      const api = ky.extend(signedKy(signer)).extend({ throwHttpErrors: false, retry: 0 })
      return (url, init) => api(String(url), partsOf(init))
    },
  },
  {
    name: 'got',
    open(signer) {
      const api = got.extend(signedGot(signer), { throwHttpErrors: false, retry: { limit: 0 } })
      return async (url, init) => {
        const { method, ...parts } = partsOf(init)
        const answer = await api(String(url), { ...parts, method: method as Method })
        return responseOf(answer.body, answer.statusCode, answer.headers)
      }
    },
  },
  {
    name: 'undici/request',
    open(signer, origin) {
      const dispatcher = new Agent().compose(signedUndici(signer, { origins: origin }))
      return async (url, init) => {
        const answer = await request(String(url), { ...partsOf(init), dispatcher })
        return responseOf(await answer.body.text(), answer.statusCode, answer.headers)
      }
    },
  },
  {
    name: 'undici/fetch',
    open(signer, origin) {
      const dispatcher = new Agent().compose(signedUndici(signer, { origins: origin }))
      return async (url, init) => {
        const answer = await undiciFetch(String(url), { ...partsOf(init), dispatcher })
        return responseOf(await answer.text(), answer.status, Object.fromEntries(answer.headers))
      }
    },
  },
]

function byAxios(adapter: 'http' | 'fetch', signer: Signer): Send {
  const api = signedAxios(
    axios.create({ adapter, responseType: 'text', validateStatus: () => true }),
    signer,
  )
  return async (url, init) => {
    const { body: data, ...parts } = partsOf(init)
    const answer = await api.request({ url: String(url), ...parts, ...(data && { data }) })
    return responseOf(answer.data, answer.status, answer.headers)
  }
}

/** What all of them take, in what is the same for all. */
function partsOf({ method = 'GET', headers, body, signal }: RequestInit = {}) {
  return {
    method,
    headers: Object.fromEntries(new Headers(headers)),
    ...(typeof body === 'string' && { body }),
    ...(signal && { signal }),
  }
}

function responseOf(body: string, status: number, headers: object): Response {
  const pairs = Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, String(value)]),
  )
  return new Response(body, { status, headers: pairs })
}
