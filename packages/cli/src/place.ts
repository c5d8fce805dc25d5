import { UsageError } from './usage-error.ts'

/** The scheme of a whole URL; a path has none. */
export const schemeOf = (given: string): string | undefined =>
  /^([a-z][a-z\d+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase()

/**
 * A whole URL as it is, and a path below the base, with or without a slash before it.
 *
 * @throws {UsageError} for a URL of another kind.
 */
export function urlOf(given: string, base: string): string {
  const scheme = schemeOf(given)
  if (!scheme) return `${base}/${given.replace(/^\//, '')}`
  if (/^https?$/.test(scheme)) return given
  throw new UsageError(
    `an http(s) URL is wanted, or a path below the address of the API, not ${scheme}://`,
  )
}
