import { OptionError } from '@countersign/core'
import type { ServiceOptions, ServiceSigner } from '@countersign/services/kalibrate'
import type { OptimizelyEvents } from '@countersign/services/optimizelyEvents'
import { asUsageError, type Environment, optionsFrom } from './env.ts'
import { say } from './exit.ts'
import { UsageError } from './usage-error.ts'
import type { OptionsOf, ServiceName } from './variables.ts'

/** How a command uses a service, beside the options from the environment. */
export interface Session extends Pick<ServiceOptions, 'fetch' | 'onEvent'> {
  /** Keeps tokens and temporary credentials for the next run, and takes those of the last. Default `true`. */
  cache?: boolean
}

/** The services that sign requests by themselves. */
export type SigningService = Exclude<ServiceName, 'optimizely-events'>

type Seams = Pick<ServiceOptions, 'fetch' | 'onEvent' | 'wrapSource'>
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
  session: Session = {},
): Promise<ServiceSigner> {
  const options = optionsFrom(service, env)
  const factory = await SIGNERS[service]()
  const seams = await seamsOf(service, options, env, session)
  return built(service, () => factory({ ...options, ...seams }))
}

/**
 * The export of Optimizely's events, with the credentials from the environment.
 *
 * @param duration In place of the variable's.
 * @throws {UsageError} naming the variable that is missing or wrong.
 */
export async function eventsFor(
  env: Environment,
  session: Session = {},
  duration?: string,
): Promise<OptimizelyEvents> {
  const service = 'optimizely-events'
  const given = duration === undefined ? undefined : { duration }
  const options = { ...optionsFrom(service, env), ...given }
  const { optimizelyEvents } = await import('@countersign/services/optimizelyEvents')
  const seams = await seamsOf(service, options, env, session)
  return built(service, () => optimizelyEvents({ ...options, ...seams }), given && 'duration')
}

/** Of all that is given, the options alone say whose value it is. */
async function seamsOf(
  service: ServiceName,
  options: object,
  env: Environment,
  { cache = true, ...seams }: Session,
): Promise<Seams> {
  if (!cache) return seams
  const [{ stored }, { cacheFolder }] = await Promise.all([
    import('./cache/stored.ts'),
    import('./cache/place.ts'),
  ])
  const folder = () => cacheFolder(env)
  return { ...seams, wrapSource: stored({ folder, identity: [service, options], say }) }
}

/** @param flag The option that was given on the command line, and not by its variable. */
function built<T>(service: ServiceName, build: () => T, flag?: string): T {
  try {
    return build()
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw error.option === flag
      ? new UsageError(`--${error.message}`)
      : asUsageError(service, error)
  }
}
