/** What a server may put up with, in ms, where its documents do not say. */
export const TOLERANCE = 300_000

/** How long something is ago, or will last, as people say it. */
export function span(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return `${Math.round(hours / 24)} days`
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
}

export function instant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
