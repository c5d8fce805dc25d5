import type { Environment } from '../env.ts'
import { signerFor } from '../session.ts'
import type { ServiceName } from '../variables.ts'
import { explainBearer } from './bearer/explain.ts'
import { type Arguments, callOf, signedAtHome } from './call.ts'
import { credentialFrom } from './epi/credential.ts'
import { explainEpi } from './epi/explain.ts'
import type { Explained } from './explanation.ts'
import { explainEvents } from './sigv4/events.ts'

/**
 * Why a service's headers are what they are for a request. Contacts nobody.
 *
 * @param given The text of a header to compare with.
 */
export async function explain(
  service: ServiceName,
  args: Arguments,
  env: Environment,
  given?: string,
): Promise<Explained> {
  if (service === 'optimizely-events') return explainEvents(args, env, given)
  if (service !== 'optimizely-dxp') return explainBearer(service, args, env, given)
  const credential = await credentialFrom(env)
  const signer = await signerFor(service, env, { cache: false })
  const call = callOf(args, signer.baseUrl)
  await signedAtHome(service, signer, call)
  const { pathname } = new URL(signer.baseUrl)
  return explainEpi(credential, call, pathname.replace(/\/$/, ''), given)
}
