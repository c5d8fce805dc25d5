import { isHeaderValue } from './options.ts'

/**
 * Headers as a client keeps them, as the plain data that signers see: lower-case names, a list as one
 * value, and nothing for what is not set or switched off.
 */
export function recordOf(headers: object): Record<string, string> {
  const record: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null || value === false) continue
    const key = name.toLowerCase()
    if (!Array.isArray(value)) record[key] = String(value)
    // RFC 6265 §5.4
    else if (value.length > 0) record[key] = value.join(key === 'cookie' ? '; ' : ', ')
  }
  return record
}

/** The headers of a fetch as the same plain data, if that can be seen at a glance. */
export function plainRecord(headers: HeadersInit): Record<string, string> | undefined {
  if (typeof headers !== 'object' || Symbol.iterator in headers) return undefined
  const record: Record<string, string> = {}
  for (const given of Object.keys(headers)) {
    const name = given.toLowerCase()
    const value = headers[given]
    // What stands there twice, what an object inherits, and what a fetch would change or refuse.
    if (name in record || !/^[\w-]+$/.test(name) || !isHeaderValue(value)) return undefined
    record[name] = value
  }
  return record
}

/**
 * A client's own headers with the values that are to be sent. What is off stays that. A list is sent
 * in one line, as it was signed: servers differ in how they join several.
 */
export function rewritten<T>(
  given: Readonly<Record<string, T>>,
  wanted: Readonly<Record<string, string>>,
): Record<string, T | string> {
  const before = recordOf(given)
  const rest = { ...wanted }
  const kept = Object.entries(given).filter(([name, value]) => {
    const key = name.toLowerCase()
    const stays = value === false || (!Array.isArray(value) && before[key] === wanted[key])
    if (stays) delete rest[key]
    return stays
  })
  return { ...Object.fromEntries(kept), ...rest }
}
