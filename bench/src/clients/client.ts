import { type AccessToken, type CachedProvider, cached, clientCredentials } from '@countersign/core'
import type { Role } from '../bench.ts'
import type { Network } from '../network/network.ts'

/** The surroundings of a client: how it reaches the API, and how it comes to a token. */
export interface World extends Partial<Omit<Network, 'fetch'>> {
  readonly fetch: typeof fetch
  readonly tokenEndpoint: string
  /** For whoever does not ask the token endpoint in a way of its own. */
  fetchToken(): Promise<AccessToken>
  /** What a constant header holds. */
  readonly constant: string
}

/** One call of the API. What it resolves to holds the status; a refusal may reject. */
export type Call = (url: string) => Promise<unknown>

/** A client as its documents say that it is used, and the marks beside it. */
export interface Client {
  readonly name: string
  readonly role: Role
  /** The client with a constant header that its cost is counted over. */
  readonly over?: string
  /** Ready for its first call, which may bring a token. */
  connect(world: World): Call | Promise<Call>
}

/** Our token: one cache, asking the token endpoint. */
export function ownToken({ fetch, tokenEndpoint }: World): CachedProvider<AccessToken> {
  const client = { clientId: 'bench', clientSecret: 'bench-secret' }
  return cached(clientCredentials({ ...client, fetch, tokenEndpoint }))
}
