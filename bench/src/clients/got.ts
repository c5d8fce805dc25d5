import { bearer, type Signer } from '@countersign/core'
import { signed } from '@countersign/got'
import got, { type Got } from 'got'
import { type Call, type Client, ownToken, type World } from './client.ts'
import { holder } from './holder.ts'

const gotOf = ({ request }: World): Got => got.extend(request ? { request } : {})

export function gotSigned(world: World, signer: Signer): Call {
  const api = gotOf(world).extend(signed(signer))
  return (url) => api.get(url)
}

const constant: Client['connect'] = (world) => {
  const api = gotOf(world).extend({ headers: { authorization: world.constant } })
  return (url) => api.get(url)
}

export const gotClients: readonly Client[] = [
  {
    name: 'got',
    role: 'bare',
    connect(world) {
      const api = gotOf(world)
      return (url) => api.get(url)
    },
  },
  { name: 'got: constant header', role: 'constant', connect: constant },
  {
    name: 'got: constant header, again',
    role: 'control',
    over: 'got: constant header',
    connect: constant,
  },
  {
    name: 'got: least code',
    role: 'floor',
    over: 'got: constant header',
    connect(world) {
      const tokens = holder(world.fetchToken)
      const api = gotOf(world).extend({
        hooks: {
          beforeRequest: [
            (options) => {
              const held = tokens.peek()
              if (held) {
                options.headers.authorization = held.header
                return
              }
              return tokens.renew().then(({ header }) => {
                options.headers.authorization = header
              })
            },
          ],
        },
      })
      return (url) => api.get(url)
    },
  },
  {
    name: 'got: hooks, as documented',
    role: 'by hand',
    over: 'got: constant header',
    connect(world) {
      const tokens = holder(world.fetchToken)
      const api = gotOf(world).extend({
        hooks: {
          beforeRequest: [
            async (options) => {
              const { header } = tokens.peek() ?? (await tokens.renew())
              options.headers.authorization = header
            },
          ],
          afterResponse: [
            async (response, retryWithMergedOptions) => {
              if (response.statusCode !== 401) return response
              const held = tokens.peek()
              const given = response.request.options.headers.authorization
              const { header } = await tokens.renew(given === held?.header ? held : undefined)
              return retryWithMergedOptions({ headers: { authorization: header } })
            },
          ],
        },
      })
      return (url) => api.get(url)
    },
  },
  {
    name: 'countersign: got',
    role: 'ours',
    over: 'got: constant header',
    connect: (world) => gotSigned(world, bearer(ownToken(world))),
  },
]
