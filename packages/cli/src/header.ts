import { UsageError } from './usage-error.ts'

/**
 * A header as `-H` gives it.
 *
 * @throws {UsageError} if it is none. It shows no value, which may be a secret.
 */
export function headerOf(text: string): readonly [name: string, value: string] {
  const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+):(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new UsageError("-H takes 'Name: value'")
  if (!/^[\t -~]*$/.test(value)) {
    throw new UsageError(`-H '${name}: …' takes visible ASCII without line breaks`)
  }
  return [name, value.trim()]
}
