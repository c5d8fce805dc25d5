import { OptionError } from '@countersign/core'
import { createSandbox } from '@countersign/testing'
import { listen } from '@countersign/testing/server'
import { asUsageError, type Environment } from '../env.ts'
import { UsageError } from '../usage-error.ts'
import type { ServiceName } from '../variables.ts'
import { certificate } from './certificate.ts'
import type { Client } from './clients.ts'
import { clock } from './clock.ts'
import { rounds } from './rounds.ts'
import type { Act } from './run.ts'
import { type House, stage } from './stage.ts'
import type { Demo } from './step.ts'

/** The sandbox, listening on loopback until it is closed. */
export async function openHouse(
  demos: readonly Demo[],
): Promise<House & { close(): Promise<void> }> {
  const time = clock()
  // Making a key takes longer than all the rest.
  const own = demos.some(({ service }) => service === 'kalibrate') ? certificate() : undefined
  const sandbox = createSandbox({
    now: time.now,
    ...(own && { kalibrate: { certificate: own.registered } }),
  })
  const { options, origins, close } = await listen(sandbox)
  return { sandbox, options, origins, clock: time, close, ...(own && { certificate: own }) }
}

/**
 * Builds every service, in the sandbox or for the real hosts. Nothing is sent yet.
 *
 * @throws {UsageError} with a line for each service whose variables are not in order.
 */
export function acts(
  demos: readonly Demo[],
  house: House | undefined,
  env: Environment,
): readonly Act[] {
  const problems: string[] = []
  const ready = demos.flatMap((demo) => {
    const { service } = demo
    const own = stage(service, house, env)
    try {
      return [{ service, stage: own, steps: demo.steps(own) }]
    } catch (error) {
      const cause = error instanceof OptionError && !house ? asUsageError(service, error) : error
      if (!(cause instanceof UsageError)) throw error
      problems.push(cause.message)
      return []
    }
  })
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return ready
}

/** Each of these services through each client, in a sandbox where nobody was before. */
export function cells(
  services: readonly ServiceName[],
  clients: readonly Client[],
  house: House,
): readonly (Act & { readonly client: string })[] {
  return services.flatMap((service) =>
    clients.map((client) => {
      const own = stage(service, house, {})
      return {
        service,
        client: client.name,
        stage: own,
        steps: rounds[service](client, own, house),
      }
    }),
  )
}
