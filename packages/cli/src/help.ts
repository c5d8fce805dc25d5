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

/** What a command says that obtains something temporary. */
export const cacheHelp = `What is temporary is kept in the user's cache folder until shortly before it
ends, for later runs and those at the same time; the secret it is obtained with
never is. COUNTERSIGN_CACHE_DIR names another folder.`

export const exitHelp = `Exit codes:
  0    done
  1    the service refused, or could not be reached
  2    wrong usage: a service, option or variable that is missing or wrong
  130  interrupted by Ctrl-C`
