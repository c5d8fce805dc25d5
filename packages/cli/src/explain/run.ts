import type { Readable } from 'node:stream'
import { styleText } from 'node:util'
import { mask } from '../demo/secrets.ts'
import { type Environment, valueOf, withoutFiles } from '../env.ts'
import { exitCodes } from '../exit.ts'
import { interruption } from '../interrupted.ts'
import { withSecret } from '../secret.ts'
import { UsageError } from '../usage-error.ts'
import { type ServiceName, variables } from '../variables.ts'
import { bytesOf } from './call.ts'
import { explain } from './explain.ts'
import { report } from './report.ts'

export interface Flags {
  readonly header?: readonly string[]
  readonly data?: string
  readonly compare?: string
  readonly json?: boolean
  readonly secretStdin?: boolean
}

/** What there is of the process. */
export type Host = Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout'>

/** @returns The exit code. */
export async function run(
  service: ServiceName,
  method: string,
  place: string,
  flags: Flags,
  host: Host = process,
): Promise<number> {
  const { header: headers = [], data, compare, json, secretStdin } = flags
  const { stdin, stdout } = host
  const readers = Object.entries({ '-d': data, '--compare': compare }).filter(([, given]) =>
    /^@?-$/.test(given ?? ''),
  )
  const names = [...readers.map(([option]) => option), ...(secretStdin ? ['--secret-stdin'] : [])]
  if (names.length > 1) {
    throw new UsageError(`${names.join(' and ')} cannot both read the standard input`)
  }
  if (headers.some((header) => /^authorization\s*:/i.test(header))) {
    throw new UsageError(
      '-H takes no Authorization: what that would be is explained, and --compare takes another one',
    )
  }
  const given = secretStdin ? await withSecret(service, host.env, interruption(), stdin) : host.env
  const env = withoutFiles(service, given)
  const body = data === undefined ? undefined : await bytesOf('-d', data, stdin)
  const other = compare === undefined ? undefined : await headerText(compare, stdin)
  const args = { method, place, headers, body }
  const explained = without(secretsOf(service, env), await explain(service, args, env, other))
  if (json) {
    const { explanation, comparison } = explained
    stdout.write(
      `${JSON.stringify({ ...explanation, ...(comparison && { comparison }) }, null, 2)}\n`,
    )
  } else {
    report(explained, {
      write: (text) => void stdout.write(text),
      width: stdout.columns ?? 100,
      paint: (style, text) => styleText(style, text, { stream: stdout }),
    })
  }
  return ['different', 'unknown'].includes(explained.comparison?.verdict ?? '')
    ? exitCodes.failed
    : exitCodes.ok
}

/** A header as it was given; a file ends in a line break, and curl shows one of HTTP's. */
async function headerText(compare: string, stdin: Readable): Promise<string> {
  const text = (await bytesOf('--compare', compare, stdin)).toString()
  return /^(?:@|-$)/.test(compare) ? text.replace(/\r?\n$/, '') : text
}

function secretsOf(service: ServiceName, env: Environment): string[] {
  const own = variables[service].filter(({ secret }) => secret)
  const aws = [env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN]
  return [...own.map(({ name }) => valueOf(name, env)), ...aws].filter(
    (value) => value !== undefined,
  )
}

/** The same with the secrets masked: somebody may have written one where it does not belong. */
function without<T>(secrets: readonly string[], value: T): T {
  return JSON.parse(JSON.stringify(value), (_, inner) =>
    typeof inner === 'string' ? mask(inner, secrets) : inner,
  )
}
