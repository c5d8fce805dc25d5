export {
  type AwsClientCredentials,
  type AwsIdentity,
  awsCredentials,
} from './awsCredentials.ts'
export { credentialProcess } from './credentialProcess.ts'
export type {
  AwsAccountCredentials,
  AwsCredentialSource,
  GivenCredentials,
  Instant,
} from './given.ts'
export {
  type RefreshableCredentials,
  type RefreshableCredentialsOptions,
  refreshableCredentials,
} from './refreshableCredentials.ts'
export type { ClientStack } from './recovery.ts'
