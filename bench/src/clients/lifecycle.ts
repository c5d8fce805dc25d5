import { awsCredentials } from '@countersign/aws'
import type { AwsCredentials } from '@countersign/core'
import type { Role } from '../bench.ts'

/** Hands out credentials, or fails. */
export type CredentialsSource = () => Promise<Required<AwsCredentials>>

/** What keeps credentials. */
export interface CredentialsKeeper {
  readonly name: string
  readonly role: Role
  connect(source: CredentialsSource): () => unknown
}

export const credentialsKeepers: readonly CredentialsKeeper[] = [
  {
    name: 'countersign: awsCredentials',
    role: 'ours',
    connect: (source) => awsCredentials(source),
  },
]
