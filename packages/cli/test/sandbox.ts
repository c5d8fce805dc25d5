import { createSandbox, type Sandbox, type SandboxOptions } from '@countersign/testing'
import { type ListeningOptions, listen } from '@countersign/testing/server'
import { onTestFinished } from 'vitest'
import { type ServiceName, variables } from '../src/variables.ts'

/** A sandbox that stands for the real hosts, and what leads to it. */
export async function open(settings?: SandboxOptions): Promise<{
  sandbox: Sandbox
  options: ListeningOptions
  /** Where the bucket is. */
  s3: string
}> {
  const sandbox = createSandbox(settings)
  const { options, origins, close } = await listen(sandbox)
  onTestFinished(close)
  return { sandbox, options, s3: origins['s3.us-east-1.amazonaws.com'] ?? '' }
}

/** The variables of a service, with the values that its options have. */
export function variablesFor(service: ServiceName, options: object): Record<string, string> {
  return Object.fromEntries(
    variables[service].flatMap(({ name, option }) => {
      const value = option
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], options)
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}

/** Every service, Amperity in each of its ways. */
export const WAYS: readonly [
  title: string,
  service: ServiceName,
  pick: (all: ListeningOptions) => object,
][] = [
  ['optimizely-events', 'optimizely-events', (all) => all.optimizelyEvents],
  ['kalibrate', 'kalibrate', (all) => all.kalibrate],
  ['amperity by a token', 'amperity', (all) => all.amperityToken],
  ['amperity by an issuer', 'amperity', (all) => all.amperity],
  ['amperity by OAuth 2', 'amperity', (all) => all.amperityOAuth],
  ['angus', 'angus', (all) => all.angus],
  ['optimizely-dxp', 'optimizely-dxp', (all) => all.optimizelyDxp],
]
