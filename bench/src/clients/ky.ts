import { bearer, type Signer } from '@countersign/core'
import { signed } from '@countersign/ky'
import ky, { type KyInstance } from 'ky'
import { type Call, type Client, ownToken, type World } from './client.ts'
import { holder } from './holder.ts'

const kyOf = ({ fetch }: Pick<World, 'fetch'>): KyInstance => ky.create({ fetch })

export function kySigned(world: World, signer: Signer): Call {
  const api = kyOf(world).extend(signed(signer))
  return (url) => api.get(url)
}

/** The cheapest way: on the Request that ky has made. */
const constant: Client['connect'] = ({ fetch, constant }) => {
  const api = kyOf({
    fetch(request, init) {
      ;(request as Request).headers.set('authorization', constant)
      return fetch(request, init)
    },
  })
  return (url) => api.get(url)
}

export const kyClients: readonly Client[] = [
  {
    name: 'ky',
    role: 'bare',
    connect(world) {
      const api = kyOf(world)
      return (url) => api.get(url)
    },
  },
  { name: 'ky: constant header', role: 'constant', connect: constant },
  {
    name: 'ky: constant header, again',
    role: 'control',
    over: 'ky: constant header',
    connect: constant,
  },
  {
    name: 'ky: least code',
    role: 'floor',
    over: 'ky: constant header',
    connect({ fetch, fetchToken }) {
      const tokens = holder(fetchToken)
      const api = kyOf({
        async fetch(input, init) {
          const request = input as Request
          const held = tokens.peek() ?? (await tokens.renew())
          request.headers.set('authorization', held.header)
          const response = await fetch(request, init)
          if (response.status !== 401) return response
          request.headers.set('authorization', (await tokens.renew(held)).header)
          return fetch(request, init)
        },
      })
      return (url) => api.get(url)
    },
  },
  {
    name: 'ky: hooks, as documented',
    role: 'by hand',
    over: 'ky: constant header',
    connect(world) {
      const tokens = holder(world.fetchToken)
      const api = kyOf(world).extend({
        hooks: {
          beforeRequest: [
            async ({ request }) => {
              const { header } = tokens.peek() ?? (await tokens.renew())
              request.headers.set('authorization', header)
            },
          ],
          afterResponse: [
            async ({ request, response, retryCount }) => {
              if (response.status !== 401 || retryCount > 0) return
              const held = tokens.peek()
              const given = request.headers.get('authorization')
              const { header } = await tokens.renew(given === held?.header ? held : undefined)
              const headers = new Headers(request.headers)
              headers.set('authorization', header)
              return ky.retry({
                request: new Request(request, { headers }),
                code: 'TOKEN_REFRESHED',
              })
            },
          ],
        },
      })
      return (url) => api.get(url)
    },
  },
  {
    name: 'countersign: ky',
    role: 'ours',
    over: 'ky: constant header',
    connect: (world) => kySigned(world, bearer(ownToken(world))),
  },
]
