import { bearer, type Signer, signedFetch } from '@countersign/core'
import { type Call, type Client, ownToken, type World } from './client.ts'
import { holder } from './holder.ts'

export function fetchSigned({ fetch }: World, signer: Signer): Call {
  return signedFetch(signer, { fetch })
}

const constant: Client['connect'] =
  ({ fetch, constant }) =>
  (url) =>
    fetch(url, { headers: { authorization: constant } })

export const fetchClients: readonly Client[] = [
  {
    name: 'fetch',
    role: 'bare',
    connect:
      ({ fetch }) =>
      (url) =>
        fetch(url),
  },
  { name: 'fetch: constant header', role: 'constant', connect: constant },
  {
    name: 'fetch: constant header, again',
    role: 'control',
    over: 'fetch: constant header',
    connect: constant,
  },
  {
    name: 'fetch: least code',
    role: 'floor',
    over: 'fetch: constant header',
    connect({ fetch, fetchToken }) {
      const tokens = holder(fetchToken)
      return async (url, init?: RequestInit) => {
        const held = tokens.peek() ?? (await tokens.renew())
        const response = await fetch(url, {
          ...init,
          headers: { ...init?.headers, authorization: held.header },
        })
        if (response.status !== 401) return response
        const { header } = await tokens.renew(held)
        return fetch(url, { ...init, headers: { ...init?.headers, authorization: header } })
      }
    },
  },
  {
    name: 'fetch: as usually written',
    role: 'by hand',
    over: 'fetch: constant header',
    connect({ fetch, fetchToken }) {
      const tokens = holder(fetchToken)
      const token = async () => tokens.peek() ?? tokens.renew()
      return async (url, init?: RequestInit) => {
        const headers = new Headers(init?.headers)
        const held = await token()
        headers.set('authorization', held.header)
        const response = await fetch(url, { ...init, headers })
        if (response.status !== 401) return response
        headers.set('authorization', (await tokens.renew(held)).header)
        return fetch(url, { ...init, headers })
      }
    },
  },
  {
    name: 'countersign: signedFetch',
    role: 'ours',
    over: 'fetch: constant header',
    connect: (world) => fetchSigned(world, bearer(ownToken(world))),
  },
]
