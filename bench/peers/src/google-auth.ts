import { gaxios, OAuth2Client, type OAuth2ClientOptions } from 'google-auth-library'
import type { Client, World } from '../../src/clients/client.ts'
import { type Keeper, READ } from '../../src/clients/provider.ts'

function clientOf({ fetch, tokenEndpoint }: World, options: OAuth2ClientOptions = {}) {
  return new OAuth2Client({
    clientId: 'bench',
    clientSecret: 'bench-secret',
    credentials: { refresh_token: 'bench-refresh' },
    endpoints: { oauth2TokenUrl: tokenEndpoint },
    transporterOptions: { fetchImplementation: fetch },
    ...options,
  })
}

const OVER = 'gaxios: constant header'

export const clients: readonly Client[] = [
  {
    name: 'google-auth-library: getRequestHeaders',
    role: 'peer',
    over: 'fetch: constant header',
    connect(world) {
      const client = clientOf(world)
      return async (url) => world.fetch(url, { headers: await client.getRequestHeaders(url) })
    },
  },
  {
    name: 'google-auth-library: getRequestHeaders, refreshHandler',
    role: 'peer',
    over: 'fetch: constant header',
    connect(world) {
      const client = clientOf(world, { credentials: {} })
      client.refreshHandler = async () => {
        const { token, expiresAt = 0 } = await world.fetchToken()
        return { access_token: token, expiry_date: expiresAt }
      }
      return async (url) => world.fetch(url, { headers: await client.getRequestHeaders(url) })
    },
  },
  {
    name: 'gaxios',
    role: 'bare',
    connect({ fetch }) {
      const client = new gaxios.Gaxios({ fetchImplementation: fetch })
      return (url) => client.request({ url })
    },
  },
  {
    name: OVER,
    role: 'constant',
    connect({ fetch, constant }) {
      const client = new gaxios.Gaxios({ fetchImplementation: fetch })
      return (url) => client.request({ url, headers: { authorization: constant } })
    },
  },
  {
    name: 'google-auth-library: request',
    role: 'peer',
    over: OVER,
    connect(world) {
      const client = clientOf(world)
      return (url) => client.request({ url })
    },
  },
  {
    name: 'google-auth-library: request, forceRefreshOnFailure',
    role: 'peer',
    over: OVER,
    connect(world) {
      const client = clientOf(world, { forceRefreshOnFailure: true })
      return (url) => client.request({ url })
    },
  },
]

/** With a token that `source` has handed out. */
function handed(source: () => Promise<{ token: string; expiresAt: number }>): OAuth2Client {
  const client = new OAuth2Client()
  client.refreshHandler = async () => {
    const { token, expiresAt } = await source()
    return { access_token: token, expiry_date: expiresAt }
  }
  return client
}

export const keepers: readonly Keeper[] = [
  {
    name: 'google-auth-library: getAccessToken',
    role: 'peer',
    over: READ,
    connect({ token }) {
      const client = handed(token)
      return () => client.getAccessToken()
    },
  },
  {
    name: 'google-auth-library: getRequestHeaders',
    role: 'peer',
    over: READ,
    connect({ token }) {
      const client = handed(token)
      return async () => {
        const headers = await client.getRequestHeaders()
        return headers.get('authorization')
      }
    },
  },
]
