/**
 * Headers as a client keeps them, as the plain data that signers see: lower-case names, a list as one
 * value, and nothing for what is not set or switched off.
 */
export function recordOf(headers: object): Record<string, string> {
  const record: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null || value === false) continue
    record[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return record
}

/** A client's own headers with the values that are to be sent: what was a list, or is off, stays that. */
export function rewritten<T>(
  given: Readonly<Record<string, T>>,
  wanted: Readonly<Record<string, string>>,
): Record<string, T | string> {
  const before = recordOf(given)
  const rest = { ...wanted }
  const kept = Object.entries(given).filter(([name, value]) => {
    const key = name.toLowerCase()
    const stays = value === false || before[key] === wanted[key]
    if (stays) delete rest[key]
    return stays
  })
  return { ...Object.fromEntries(kept), ...rest }
}
