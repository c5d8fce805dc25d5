/** The secrets among the options of a service, wherever they lie. */
export function secretsIn(options: object): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (typeof value === 'object' && value !== null) return secretsIn(value)
    return typeof value === 'string' && /(?:secret|token)$/i.test(name) ? [value] : []
  })
}

/** The text without these secrets: errors do not show them in the first place. */
export function mask(text: string, secrets: Iterable<string>): string {
  let clean = text
  // To take shorter ones out would leave a riddle.
  const long = [...secrets].filter(({ length }) => length > 5)
  for (const secret of long.toSorted((a, b) => b.length - a.length))
    clean = clean.replaceAll(secret, '***')
  return clean
}

/** The secret with another character near its end: of the same form, and no longer right. */
export function spoilt(secret: string): string {
  const at = Math.max(0, secret.length - 6)
  return `${secret.slice(0, at)}${secret[at] === 'A' ? 'B' : 'A'}${secret.slice(at + 1)}`
}
