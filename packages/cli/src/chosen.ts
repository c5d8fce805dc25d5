import { UsageError } from './usage-error.ts'
import { type ServiceName, serviceNames } from './variables.ts'

/** @throws {UsageError} for a name that is none. */
export function chosen(names: readonly string[]): readonly ServiceName[] {
  const unknown = names.filter((name) => !serviceNames.includes(name as ServiceName))
  if (unknown.length === 0) return names as ServiceName[]
  const list = unknown.map((name) => JSON.stringify(name)).join(', ')
  throw new UsageError(`there is no service ${list}: the five are ${serviceNames.join(', ')}`)
}
