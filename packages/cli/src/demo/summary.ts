import type { Row } from './run.ts'
import { duration } from './table.ts'

/** The last line: how much was gone through, and how much of it is off. */
export function summary(rows: readonly Row[], ms: number): string {
  const services = [...new Set(rows.map(({ service }) => service))]
  const steps = rows.filter(({ client }) => client === undefined).length
  const clients = new Set(rows.flatMap(({ client }) => client ?? [])).size
  const skipped = rows.filter(({ outcome }) => outcome === 'skipped').length
  const off = rows.filter(({ outcome }) => outcome === 'off')
  const where = services.flatMap((name) => {
    const own = off.filter(({ service }) => service === name).length
    return own > 0 ? [`${name} ${own}`] : []
  })
  const well = skipped > 0 ? `${skipped} left out, the others as expected` : 'all as expected'
  return [
    count(services.length, 'service'),
    ...(steps > 0 ? [count(steps, 'step')] : []),
    ...(clients > 0 ? [count(clients, 'client')] : []),
    `${off.length > 0 ? `${off.length} off: ${where.join(', ')}` : well} (${duration(ms)})`,
  ].join(', ')
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
