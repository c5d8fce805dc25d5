import { awsCredentials } from '@countersign/aws'
import { type AccessToken, type AwsCredentials, cached } from '@countersign/core'
import type { Role } from '../bench.ts'
import { holder } from './holder.ts'

/** What hands out tokens or credentials. */
export interface Source {
  token(): Promise<Required<Pick<AccessToken, 'token' | 'expiresAt'>>>
  credentials(): Promise<Required<AwsCredentials>>
}

/** Something that keeps what a source hands out. What it resolves to holds the token or the key's id. */
export interface Keeper {
  readonly name: string
  readonly role: Role
  readonly over?: string
  /** Ready for its first call, which may ask the source. */
  connect(source: Source): (() => unknown) | Promise<() => unknown>
}

export const READ = 'a property read and Date.now()'

export const keepers: readonly Keeper[] = [
  {
    name: READ,
    role: 'floor',
    async connect({ token }) {
      const held = await token()
      return () => (Date.now() < held.expiresAt ? held.token : undefined)
    },
  },
  {
    name: 'an async function that returns a constant',
    role: 'bare',
    over: READ,
    async connect({ token }) {
      const held = await token()
      return async () => held
    },
  },
  {
    name: 'async, an expiry and one request at a time, by hand',
    role: 'by hand',
    over: READ,
    connect(source) {
      const tokens = holder(source.token)
      return async () => tokens.peek() ?? tokens.renew()
    },
  },
  {
    name: 'countersign: cached',
    role: 'ours',
    over: READ,
    connect: ({ token }) => cached(token),
  },
  {
    name: 'countersign: awsCredentials',
    role: 'ours',
    over: READ,
    connect: ({ credentials }) => awsCredentials(credentials),
  },
]
