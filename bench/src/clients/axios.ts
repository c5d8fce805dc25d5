import { bearer, type Signer } from '@countersign/core'
import { signed } from '@countersign/axios'
import axios, { type AxiosInstance, getAdapter, isAxiosError } from 'axios'
import { type Call, type Client, ownToken, type World } from './client.ts'
import { holder } from './holder.ts'

function axiosOf({ adapter }: World): AxiosInstance {
  return axios.create(adapter && { adapter })
}

export function axiosSigned(world: World, signer: Signer): Call {
  const instance = signed(axiosOf(world), signer)
  return (url) => instance.get(url)
}

/** The cheapest way: behind the interceptors, and behind axios's own cleaning of headers. */
const constant: Client['connect'] = (world) => {
  const send = getAdapter(world.adapter ?? axios.defaults.adapter)
  const instance = axiosOf(world)
  instance.defaults.adapter = (config) => {
    config.headers.Authorization = world.constant
    return send(config)
  }
  return (url) => instance.get(url)
}

export const axiosClients: readonly Client[] = [
  {
    name: 'axios',
    role: 'bare',
    connect(world) {
      const instance = axiosOf(world)
      return (url) => instance.get(url)
    },
  },
  { name: 'axios: constant header', role: 'constant', connect: constant },
  {
    name: 'axios: constant header, again',
    role: 'control',
    over: 'axios: constant header',
    connect: constant,
  },
  {
    name: 'axios: least code',
    role: 'floor',
    over: 'axios: constant header',
    connect(world) {
      const tokens = holder(world.fetchToken)
      const send = getAdapter(world.adapter ?? axios.defaults.adapter)
      const instance = axiosOf(world)
      instance.defaults.adapter = async (config) => {
        const held = tokens.peek() ?? (await tokens.renew())
        config.headers.Authorization = held.header
        try {
          return await send(config)
        } catch (error) {
          if (!isAxiosError(error) || error.response?.status !== 401) throw error
          config.headers.Authorization = (await tokens.renew(held)).header
          return send(config)
        }
      }
      return (url) => instance.get(url)
    },
  },
  {
    name: 'axios: interceptors, as usually written',
    role: 'by hand',
    over: 'axios: constant header',
    connect(world) {
      const tokens = holder(world.fetchToken)
      const instance = axiosOf(world)
      instance.interceptors.request.use(async (config) => {
        const { header } = tokens.peek() ?? (await tokens.renew())
        config.headers.set('Authorization', header)
        return config
      })
      instance.interceptors.response.use(undefined, async (error) => {
        const { config, response } = error
        if (response?.status !== 401 || config.again) throw error
        const held = tokens.peek()
        const refused = config.headers.get('Authorization') === held?.header ? held : undefined
        await tokens.renew(refused)
        return instance({ ...config, again: true })
      })
      return (url) => instance.get(url)
    },
  },
  {
    name: 'countersign: axios',
    role: 'ours',
    over: 'axios: constant header',
    connect: (world) => axiosSigned(world, bearer(ownToken(world))),
  },
]
