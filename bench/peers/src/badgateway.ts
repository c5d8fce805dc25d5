import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import type { Client } from '../../src/clients/client.ts'
import { type Keeper, READ } from '../../src/clients/provider.ts'

export const clients: readonly Client[] = [
  {
    name: '@badgateway/oauth2-client: OAuth2Fetch',
    role: 'peer',
    over: 'fetch: constant header',
    connect({ fetch, tokenEndpoint }) {
      const client = new OAuth2Client({
        clientId: 'bench',
        clientSecret: 'bench-secret',
        tokenEndpoint,
        fetch,
      })
      const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() })
      return (url) => wrapper.fetch(url)
    },
  },
]

export const keepers: readonly Keeper[] = [
  {
    name: '@badgateway/oauth2-client: getAccessToken',
    role: 'peer',
    over: READ,
    connect({ token }) {
      const client = new OAuth2Client({
        clientId: 'bench',
        tokenEndpoint: 'https://id.example.com',
      })
      const wrapper = new OAuth2Fetch({
        client,
        async getNewToken() {
          const { token: accessToken, expiresAt } = await token()
          return { accessToken, expiresAt, refreshToken: null }
        },
      })
      return () => wrapper.getAccessToken()
    },
  },
]
