import type { Environment } from '../env.ts'
import { withSecret } from '../secret.ts'
import { UsageError } from '../usage-error.ts'
import type { ServiceName } from '../variables.ts'
import { type Data, dataOf, isStdin } from './data.ts'
import { headersOf } from './headers.ts'

export interface Flags {
  readonly header?: readonly string[]
  readonly data?: string
  readonly include?: boolean
  readonly output?: string
  readonly json?: boolean
  /** In seconds. */
  readonly timeout: number
  readonly cache: boolean
  readonly secretStdin?: boolean
}

/** One request, as it was asked for. */
export interface Order {
  readonly service: ServiceName
  readonly method: string
  /** A path or a URL. */
  readonly target: string
  readonly flags: Flags
}

/** What of a process a request needs. */
export type Host = Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'stderr'>

/** What is sent, but for where to. */
export interface Message {
  readonly method: string
  readonly headers: Headers
  readonly data: Data | undefined
}

/**
 * @param agent The user agent, where neither the service nor `-H` names one.
 * @throws {UsageError} if it cannot be sent.
 */
export async function messageOf(
  { service, method, flags }: Order,
  host: Host,
  agent: string,
): Promise<Message> {
  const given = flags.data !== undefined
  const type = given && service !== 'optimizely-events' ? 'application/json' : undefined
  return {
    method: methodOf(method, given),
    headers: headersOf(flags.header ?? [], { 'user-agent': agent, 'content-type': type }),
    data: given ? await dataOf(flags.data, host) : undefined,
  }
}

/** In upper case, if fetch can send it. */
function methodOf(given: string, data: boolean): string {
  const method = given.toUpperCase()
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(method) || /^(?:CONNECT|TRACE|TRACK)$/.test(method)) {
    throw new UsageError(
      `${JSON.stringify(given)} is no method to send: GET, POST, PUT and others are`,
    )
  }
  if (data && /^(?:GET|HEAD)$/.test(method)) throw new UsageError(`-d does not go with ${method}`)
  return method
}

/**
 * The variables, with the secret from the standard input where that is wanted.
 *
 * @throws {UsageError} if the body comes from there, too, or there is none.
 */
export async function environmentFor(
  { service, flags }: Order,
  host: Host,
  signal: AbortSignal,
): Promise<Environment> {
  if (!flags.secretStdin) return host.env
  if (isStdin(flags.data)) {
    throw new UsageError('--secret-stdin and -d - both read the standard input')
  }
  return withSecret(service, host.env, signal, host.stdin)
}
