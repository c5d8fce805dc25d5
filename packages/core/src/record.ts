/**
 * Headers as a client keeps them, as the plain data that signers see: lower-case names, a list as one
 * value, and nothing for what is not set.
 */
export function recordOf(headers: object): Record<string, string> {
  const record: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null) continue
    record[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return record
}
