export type { Fault } from './fault.ts'
export type { RequestFilter, SandboxRequest } from './log.ts'
export { ConnectionError } from './receive.ts'
export {
  createSandbox,
  type ExpiringService,
  type Sandbox,
  type SandboxCredentials,
  type SandboxOptions,
} from './sandbox.ts'
export type { Arrival, Endpoint, Revocable, Service } from './site.ts'
export type { AmperityCredentials, AmperitySandboxOptions } from './vendors/amperity.ts'
export type { StreamedRecord } from './vendors/amperity-api.ts'
export type { AmperityAnswer } from './vendors/amperity-tokens.ts'
export type { AngusCredentials, AngusSandboxOptions } from './vendors/angus.ts'
export type { IssuedAwsCredentials } from './vendors/aws-keys.ts'
export type { AssertionKey } from './vendors/entra-assertion.ts'
export type { ExportedObjects } from './vendors/events-objects.ts'
export type { KalibrateCredentials, KalibrateSandboxOptions } from './vendors/kalibrate.ts'
export type {
  OptimizelyDxpCredentials,
  OptimizelyDxpSandboxOptions,
} from './vendors/optimizely-dxp.ts'
export type {
  OptimizelyEventsCredentials,
  OptimizelyEventsSandboxOptions,
} from './vendors/optimizely-events.ts'
