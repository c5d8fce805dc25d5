import { closeSync, openSync, readSync } from 'node:fs'
import type { OptionError } from '@countersign/core'
import { UsageError } from './usage-error.ts'
import { type OptionsOf, type ServiceName, type OptionVariable, variables } from './variables.ts'

/** In bytes. A longer value is none. */
export const LONGEST = 65_536

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the options of a service from its environment variables.
 *
 * @throws {UsageError} naming everything that is missing, empty, doubled or unreadable, in one line.
 */
export function optionsFrom<S extends ServiceName>(service: S, env: Environment): OptionsOf[S] {
  const problems: string[] = []
  const given = new Map<OptionVariable, string>()
  for (const variable of variables[service]) {
    try {
      const value = valueOf(variable.name, env)
      if (value !== undefined) given.set(variable, value)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      problems.push(error.message)
    }
  }
  // What is missing may be what is wrong already.
  if (problems.length === 0) problems.push(...lacking(service, given))
  if (problems.length > 0) throw new UsageError(`${service}: ${problems.join('; ')}`)

  const options: Record<string, unknown> = {}
  for (const [{ option }, value] of given) {
    const [outer = '', inner] = option.split('.')
    options[outer] = inner ? { ...(options[outer] as object), [inner]: value } : value
  }
  return options as unknown as OptionsOf[S]
}

/**
 * The value of a variable, or of the file that the one with `_FILE` names, less its last line break.
 * `undefined` if neither is set.
 *
 * @throws {UsageError} It shows no path: somebody may have put the secret itself in its place.
 */
export function valueOf(name: string, env: Environment): string | undefined {
  const [value, path] = [env[name], env[`${name}_FILE`]]
  if (value !== undefined && path !== undefined) {
    throw new UsageError(`${name} and ${name}_FILE are both set: give one of them`)
  }
  if (value === '' || path === '') {
    throw new UsageError(`${name}${path === '' ? '_FILE' : ''} is set, but empty`)
  }
  if (path === undefined) return value
  let text: string | undefined
  try {
    text = textOf(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${name}_FILE names a file that cannot be read (${code})`)
  }
  if (text === undefined) throw new UsageError(`${name}_FILE names a file that is too long`)
  const line = text.replace(/\r?\n$/, '')
  if (line === '') throw new UsageError(`${name}_FILE names a file that is empty`)
  return line
}

/** The environment with what its files hold in their place, for who looks more than once: a pipe is read but once. */
export function withoutFiles(service: ServiceName, env: Environment): Environment {
  const read = variables[service].flatMap(({ name }) => {
    if (env[`${name}_FILE`] === undefined) return []
    try {
      return Object.entries({ [name]: valueOf(name, env), [`${name}_FILE`]: undefined })
    } catch (error) {
      // It is told with all else that is wrong.
      if (error instanceof UsageError) return []
      throw error
    }
  })
  return { ...env, ...Object.fromEntries(read) }
}

/** What a file or a pipe holds; `undefined` if that is more than a value has, or never ends. */
function textOf(path: string): string | undefined {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(LONGEST + 1)
    let size = 0
    for (let read = -1; read !== 0 && size < bytes.length; size += read)
      read = readSync(file, bytes, size, bytes.length - size, null)
    return size > LONGEST ? undefined : bytes.toString('utf8', 0, size)
  } finally {
    closeSync(file)
  }
}

/** A mistake in an option that was read from the environment, by the name of its variable. */
export function asUsageError(service: ServiceName, { option, message }: OptionError): UsageError {
  const variable = variables[service].find((one) => one.option === option)
  return new UsageError(`${service}: ${(variable?.name ?? option) + message.slice(option.length)}`)
}

/** What is missing of what is always wanted, and of the one way to authenticate. */
function lacking(service: ServiceName, given: ReadonlyMap<OptionVariable, string>): string[] {
  const all = variables[service]
  const ways = [...new Set(all.flatMap(({ way }) => way ?? []))].map((name) =>
    all.filter(({ way }) => way === name),
  )
  const [way = [], other] = ways.filter((parts) => parts.some((part) => given.has(part)))
  const missing = all.filter(
    (one) => !given.has(one) && !one.optional && (!one.way || way.includes(one)),
  )

  const problems: string[] = []
  if (missing.length > 0) {
    problems.push(`${listed(missing, ', ')} ${missing.length > 1 ? 'are' : 'is'} not set`)
  }
  if (ways.length > 0 && way.length === 0) {
    problems.push(`none of ${ways.map((parts) => listed(parts, ' + ')).join(', ')} is set`)
  }
  if (other) {
    const [one, two] = [way, other].map((parts) => parts.find((part) => given.has(part))?.name)
    problems.push(`${one} and ${two} are two ways to authenticate: give one of them`)
  }
  return problems
}

const listed = (list: readonly OptionVariable[], separator: string): string =>
  list.map(({ name }) => name).join(separator)
