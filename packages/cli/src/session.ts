import { OptionError } from '@countersign/core'
import type { ServiceOptions, ServiceSigner } from '@countersign/services/kalibrate'
import type { OptimizelyEvents } from '@countersign/services/optimizelyEvents'
import { asUsageError, type Environment, optionsFrom } from './env.ts'
import type { OptionsOf, ServiceName } from './variables.ts'

/** What a command puts into a service, beside the options from the environment. */
export type Seams = Pick<ServiceOptions, 'onEvent' | 'wrapSource'>

/** The services that sign requests by themselves. */
export type SigningService = Exclude<ServiceName, 'optimizely-events'>

type Factory<S extends SigningService> = (options: OptionsOf[S] & Seams) => ServiceSigner

/** Loads the one that is wanted: a command that is run often is to start fast. */
const SIGNERS: { readonly [S in SigningService]: () => Promise<Factory<S>> } = {
  kalibrate: async () => (await import('@countersign/services/kalibrate')).kalibrate,
  amperity: async () => (await import('@countersign/services/amperity')).amperity,
  angus: async () => (await import('@countersign/services/angus')).angus,
  'optimizely-dxp': async () => (await import('@countersign/services/optimizelyDxp')).optimizelyDxp,
}

/**
 * A service's signer, with the credentials from the environment.
 *
 * @throws {UsageError} naming the variable that is missing or wrong.
 */
export async function signerFor<S extends SigningService>(
  service: S,
  env: Environment,
  seams: Seams = {},
): Promise<ServiceSigner> {
  const options = optionsFrom(service, env)
  const factory = await SIGNERS[service]()
  return built(service, () => factory({ ...options, ...seams }))
}

/**
 * The export of Optimizely's events, with the credentials from the environment.
 *
 * @throws {UsageError} naming the variable that is missing or wrong.
 */
export async function eventsFor(env: Environment, seams: Seams = {}): Promise<OptimizelyEvents> {
  const service = 'optimizely-events'
  const options = optionsFrom(service, env)
  const { optimizelyEvents } = await import('@countersign/services/optimizelyEvents')
  return built(service, () => optimizelyEvents({ ...options, ...seams }))
}

function built<T>(service: ServiceName, build: () => T): T {
  try {
    return build()
  } catch (error) {
    throw error instanceof OptionError ? asUsageError(service, error) : error
  }
}
