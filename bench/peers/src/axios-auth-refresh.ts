import axios, { type AxiosInstance } from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import type { Client, World } from '../../src/clients/client.ts'

/** As its README has it: the refresh logic puts the new token where the request interceptor finds it. */
async function instanceOf(
  { adapter, fetchToken }: World,
  options?: Parameters<typeof createAuthRefresh>[2],
): Promise<AxiosInstance> {
  const instance = axios.create(adapter && { adapter })
  // Of a login before.
  let { token } = await fetchToken()
  const refresh = async () => {
    token = (await fetchToken()).token
  }
  instance.interceptors.request.use((request) => {
    request.headers.Authorization = `Bearer ${token}`
    return request
  })
  createAuthRefresh(instance, refresh, options)
  return instance
}

export const clients: readonly Client[] = [
  {
    name: 'axios-auth-refresh',
    role: 'peer',
    over: 'axios: constant header',
    async connect(world) {
      const instance = await instanceOf(world)
      return (url) => instance.get(url)
    },
  },
  {
    name: 'axios-auth-refresh: deduplicateRefresh false',
    role: 'peer',
    over: 'axios: constant header',
    async connect(world) {
      const instance = await instanceOf(world, { deduplicateRefresh: false })
      return (url) => instance.get(url)
    },
  },
]
