import { UsageError } from './usage-error.ts'
import { type ServiceName, serviceNames } from './variables.ts'

/**
 * The service of this name.
 *
 * @throws {UsageError} if there is none.
 */
export function chosen(name: string): ServiceName {
  return chosenAmong([name])[0] as ServiceName
}

/** @throws {UsageError} naming those that there are not. */
export function chosenAmong(names: readonly string[]): readonly ServiceName[] {
  const unknown = names.filter((name) => !serviceNames.includes(name as ServiceName))
  if (unknown.length === 0) return names as ServiceName[]
  const list = unknown.map((name) => JSON.stringify(name)).join(', ')
  throw new UsageError(`there is no service ${list}: the five are ${serviceNames.join(', ')}`)
}
