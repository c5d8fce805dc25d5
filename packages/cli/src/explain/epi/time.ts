import { instant, span, TOLERANCE } from '../clock.ts'
import type { Culprit } from '../explanation.ts'
import { visible } from '../visible.ts'

const HALF_HOUR = 1_800_000
const TAKES = 'write milliseconds since 1970 in UTC, in digits'
/** How many digits an instant of our days has, in another unit than milliseconds. */
const UNITS: Readonly<Record<number, string>> = {
  10: 'in seconds',
  16: 'in microseconds',
  18: 'in ticks of .NET',
  19: 'in nanoseconds',
}

/** What is wrong with a timestamp, or what is to be said about it. */
export function timeOf(text: string, now: number): { culprit?: Culprit; note?: string } {
  const wrong = (problem: string, advice = TAKES) => ({
    culprit: { part: 'timestamp', problem, advice },
  })
  if (text === '') return wrong('There is no timestamp')
  if (!/^\d+$/.test(text)) {
    return wrong(`The timestamp is no number of milliseconds: ${visible(text, 40)}`)
  }
  const unit = UNITS[text.length]
  if (unit) return wrong(`The timestamp is ${unit}: ${text}`)
  if (text.length !== 13) return wrong(`The timestamp is not 13 digits long: ${visible(text, 40)}`)
  const offset = Number(text) - now
  if (Math.abs(offset) <= TOLERANCE) return {}
  const zone =
    Math.abs(offset - Math.round(offset / HALF_HOUR) * HALF_HOUR) < TOLERANCE
      ? ', or takes local time for UTC'
      : ''
  if (offset > 0) {
    return wrong(
      `The timestamp is ${span(offset)} ahead of this machine's clock: ${instant(Number(text))}`,
      `see which of the two clocks is wrong${zone}`,
    )
  }
  return {
    note: `It was made ${span(offset)} ago, at ${instant(Number(text))}. If that was just now, the clock of its machine is slow${zone}, and a server that checks it refuses.`,
  }
}
