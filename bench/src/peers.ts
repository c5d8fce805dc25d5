import type { Client } from './clients/client.ts'
import type { CredentialsKeeper } from './clients/lifecycle.ts'
import type { Keeper } from './clients/provider.ts'
import type { Signing } from './signers/signer.ts'

/** What a file in `peers/src` may hold. */
export interface Peer {
  readonly clients?: readonly Client[]
  readonly keepers?: readonly Keeper[]
  readonly credentialsKeepers?: readonly CredentialsKeeper[]
  readonly epiHmac?: readonly Signing[]
  readonly sigv4?: readonly Signing[]
}

/** Loads peers. They have an installation of their own, so the compiler knows them only in there. */
export async function peers(...names: string[]): Promise<Peer[]> {
  const load = (name: string) => import(new URL(`../peers/src/${name}.ts`, import.meta.url).href)
  return Promise.all(names.map(load))
}

export async function peerClients(...names: string[]): Promise<readonly Client[]> {
  return (await peers(...names)).flatMap(({ clients = [] }) => clients)
}
