import { addAbortSignal } from 'node:stream'
import { type Environment, LONGEST } from './env.ts'
import { UsageError } from './usage-error.ts'
import { type OptionVariable, type ServiceName, variables } from './variables.ts'

/** `--secret-stdin`, in every command that takes a service. */
export const secretOption = {
  flags: '--secret-stdin',
  about: "read the service's secret from standard input",
}

/**
 * The environment, with the service's secret from standard input, less its last line break.
 *
 * @throws {UsageError} if it is given otherwise already, or is not there.
 */
export async function withSecret(
  service: ServiceName,
  env: Environment,
  signal: AbortSignal,
  input: NodeJS.ReadStream = process.stdin,
): Promise<Environment> {
  const { name } = secretOf(service, env)
  const twice = [name, `${name}_FILE`].find((one) => env[one] !== undefined)
  if (twice) throw new UsageError(`${twice} is set, and --secret-stdin is given: one is enough`)
  if (input.isTTY) {
    throw new UsageError(
      '--secret-stdin takes a pipe or a file: what is typed into a terminal can be seen',
    )
  }
  const secret = (await textOf(input, signal)).replace(/\r?\n$/, '')
  if (secret === '') throw new UsageError('--secret-stdin: standard input is empty')
  return { ...env, [name]: secret }
}

async function textOf(input: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  let text = ''
  try {
    for await (const piece of addAbortSignal(signal, input.setEncoding('utf8'))) {
      text += piece
      if (text.length > LONGEST) throw new UsageError('--secret-stdin: standard input is too long')
    }
    return text
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UsageError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`--secret-stdin: standard input cannot be read (${code})`)
  }
}

/** The variable that holds the secret. Of several ways to authenticate, what else is set says which. */
function secretOf(service: ServiceName, env: Environment): OptionVariable {
  const all = variables[service]
  const secrets = all.filter(({ secret }) => secret)
  const isSet = ({ name }: OptionVariable) => (env[name] ?? env[`${name}_FILE`]) !== undefined
  const begun = secrets.find(({ way }) =>
    all.some((one) => way && one.way === way && !one.secret && isSet(one)),
  )
  return (begun ?? secrets[0]) as OptionVariable
}
