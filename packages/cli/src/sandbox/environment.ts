import type { ListeningOptions } from '@countersign/testing/server'
import { type OptionsOf, type ServiceName, serviceNames, variables } from '../variables.ts'

/** What leads the commands for one service to the sandbox. */
export interface ServiceEnvironment {
  readonly service: ServiceName
  readonly variables: Readonly<Record<string, string>>
  /** Variables that the service has beside these, and that would lead elsewhere. */
  readonly others: readonly string[]
}

/** The variables of each service, with what the options of a sandbox that listens have. */
export function environmentOf(
  options: ListeningOptions,
  s3Endpoint: string,
): readonly ServiceEnvironment[] {
  const given: OptionsOf = {
    'optimizely-events': options.optimizelyEvents,
    kalibrate: options.kalibrate,
    amperity: options.amperityOAuth,
    angus: options.angus,
    'optimizely-dxp': options.optimizelyDxp,
  }
  return serviceNames.map((service) => {
    const own: Record<string, string> = {}
    const others: string[] = []
    for (const { name, option } of variables[service]) {
      const value = memberOf(given[service], option)
      if (value !== undefined) own[name] = value
      else others.push(name)
    }
    if (service === 'optimizely-events') own.AWS_ENDPOINT_URL_S3 = s3Endpoint
    return { service, variables: own, others }
  })
}

/** The text that a path such as `issuer.token` leads to. */
function memberOf(options: object, path: string): string | undefined {
  let value: unknown = options
  for (const name of path.split('.')) value = Object(value)[name]
  return typeof value === 'string' ? value : undefined
}

/** Lines for any POSIX shell, and for `node --env-file`; an empty one between two services. */
export function shellText(services: readonly ServiceEnvironment[]): string {
  const blocks = services.map(({ variables: own, others }) => [
    ...(others.length > 0 ? [`unset ${others.join(' ')}`] : []),
    ...Object.entries(own).map(([name, value]) => `export ${name}=${quoted(value)}`),
  ])
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
