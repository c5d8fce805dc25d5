import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { type ClientMetadata, Provider } from 'oidc-provider'

export const API = 'urn:example:api'

/** An OpenID provider that others have written, on loopback. */
export interface OpenIdProvider {
  readonly issuer: string
  readonly tokenEndpoint: string
  /** How many requests the token endpoint got. */
  readonly posts: number
  /** The claims of an access token for the API, if the provider has really signed it. */
  verify(token: string): Promise<JWTPayload>
  /** A first refresh token, as a user's consent brings it. */
  consent(clientId: string): Promise<string>
  close(): Promise<void>
}

export async function openIdProvider(clients: ClientMetadata[]): Promise<OpenIdProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

  const provider = new Provider(issuer, {
    clients: clients.map((client) => ({ redirect_uris: [], response_types: [], ...client })),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['of no interest'] },
    scopes: ['openid', 'offline_access'],
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    rotateRefreshToken: true,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'read write',
          audience: API,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })
  const state = { posts: 0 }
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (request.method === 'POST' && request.url === '/token') state.posts++
    return answer(request, response)
  })
  const keys = createRemoteJWKSet(new URL('/jwks', issuer))

  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    get posts() {
      return state.posts
    },
    async verify(token) {
      const { payload } = await jwtVerify(token, keys, { issuer, audience: API, typ: 'at+jwt' })
      return payload
    },
    async consent(clientId) {
      const accountId = 'the user'
      const grant = new provider.Grant({ accountId, clientId })
      grant.addOIDCScope('openid offline_access')
      grant.addResourceScope(API, 'read write')
      const grantId = await grant.save()
      const client = await provider.Client.find(clientId)
      if (!client) throw new Error(`No client ${clientId}`)
      const scope = 'openid offline_access read write'
      const gty = 'authorization_code'
      const issued = { client, accountId, grantId, scope, resource: API, gty }
      return new provider.RefreshToken(issued as never).save()
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
