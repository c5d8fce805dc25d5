import { type ServiceName, serviceNames, type Variable, variables } from './variables.ts'

/** The width of a column that fits the longest variable. */
const COLUMN = 30

/** The variables of these services, and more of them for some, as `--help` shows them. */
export function variableList(
  services: readonly ServiceName[] = serviceNames,
  more: Readonly<Partial<Record<ServiceName, readonly Variable[]>>> = {},
): string {
  const list = services.flatMap((service) => [
    `  ${service}`,
    ...[...variables[service], ...(more[service] ?? [])].map(
      ({ name, about, optional }) =>
        `    ${name.padEnd(COLUMN)}${about}${optional ? ' (optional)' : ''}`,
    ),
  ])
  return list.join('\n')
}
