import { OptionError } from '@countersign/core'
import { amperity } from '@countersign/services/amperity'
import { angus } from '@countersign/services/angus'
import { kalibrate, type ServiceOptions, type ServiceSigner } from '@countersign/services/kalibrate'
import { optimizelyDxp } from '@countersign/services/optimizelyDxp'
import { optimizelyEvents, type OptimizelyEvents } from '@countersign/services/optimizelyEvents'
import { asUsageError, type Environment, optionsFrom } from './env.ts'
import type { OptionsOf, ServiceName } from './variables.ts'

/** What a command puts into a service, beside the options from the environment. */
export type Seams = Pick<ServiceOptions, 'onEvent' | 'wrapSource'>

/** The services that sign requests by themselves. */
export type SigningService = Exclude<ServiceName, 'optimizely-events'>

const SIGNERS: {
  readonly [S in SigningService]: (options: OptionsOf[S] & Seams) => ServiceSigner
} = { kalibrate, amperity, angus, 'optimizely-dxp': optimizelyDxp }

/**
 * A service's signer, with the credentials from the environment.
 *
 * @throws {UsageError} naming the variable that is missing or wrong.
 */
export function signerFor<S extends SigningService>(
  service: S,
  env: Environment,
  seams: Seams = {},
): ServiceSigner {
  return built(service, () => SIGNERS[service]({ ...optionsFrom(service, env), ...seams }))
}

/**
 * The export of Optimizely's events, with the credentials from the environment.
 *
 * @throws {UsageError} naming the variable that is missing or wrong.
 */
export function eventsFor(env: Environment, seams: Seams = {}): OptimizelyEvents {
  const service = 'optimizely-events'
  return built(service, () => optimizelyEvents({ ...optionsFrom(service, env), ...seams }))
}

function built<T>(service: ServiceName, build: () => T): T {
  try {
    return build()
  } catch (error) {
    throw error instanceof OptionError ? asUsageError(service, error) : error
  }
}
