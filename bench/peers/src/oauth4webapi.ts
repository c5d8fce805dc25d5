import * as oauth from 'oauth4webapi'
import type { Client } from '../../src/clients/client.ts'

export const clients: readonly Client[] = [
  {
    // It keeps no token: the holder of one is what its users write.
    name: 'oauth4webapi: protectedResourceRequest',
    role: 'peer',
    over: 'fetch: constant header',
    connect({ fetch, fetchToken }) {
      let held: Awaited<ReturnType<typeof fetchToken>> | undefined
      return async (url) => {
        held ??= await fetchToken()
        return oauth.protectedResourceRequest(
          held.token,
          'GET',
          new URL(url),
          undefined,
          undefined,
          { [oauth.customFetch]: (input, init) => fetch(input, init as RequestInit) },
        )
      }
    },
  },
]
