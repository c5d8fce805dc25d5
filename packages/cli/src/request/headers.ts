import { headerOf } from '../header.ts'

/**
 * The headers that `-H` gives, over some that go out if it does not name them. As with curl, a header
 * without a value is left out.
 *
 * @throws {UsageError} for what is no header.
 */
export function headersOf(
  given: readonly string[],
  defaults: Readonly<Record<string, string | undefined>>,
): Headers {
  const own = given.map(headerOf)
  const headers = new Headers()
  for (const [name, value] of own) if (value) headers.append(name, value)
  for (const [name, value] of Object.entries(defaults)) {
    if (value && !own.some(([one]) => one.toLowerCase() === name)) headers.set(name, value)
  }
  return headers
}
