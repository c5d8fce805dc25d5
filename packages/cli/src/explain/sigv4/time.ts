import { instant, span } from '../clock.ts'
import type { Culprit } from '../explanation.ts'
import { visible } from '../visible.ts'

/** AWS puts up with a clock that is so far off, in ms. */
const TOLERANCE = 900_000

/** An instant as `X-Amz-Date` has it, in ms; `NaN` for what is none. */
export function msOf(time: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? []
  const [date, clock] = [parts.slice(0, 3).join('-'), parts.slice(3).join(':')]
  return Date.parse(`${date}T${clock}Z`)
}

export const amzTime = (ms: number): string => new Date(ms).toISOString().replace(/[:-]|\.\d+/g, '')

/** What is wrong with the time of a signature, or what is to be said about it. */
export function timeOf(
  time: string,
  day: string,
  now: number,
): { culprit?: Culprit; note?: string } {
  const wrong = (problem: string, advice: string) => ({
    culprit: { part: 'time', problem, advice },
  })
  const ms = msOf(time)
  if (Number.isNaN(ms)) {
    return wrong(`X-Amz-Date is ${visible(time, 40)}`, 'write it like 20130524T000000Z, in UTC')
  }
  if (/^\d{8}$/.test(day) && !time.startsWith(day)) {
    return wrong(
      `The day of its scope is ${visible(day, 20)}, that of X-Amz-Date ${time.slice(0, 8)}`,
      'take both from one time, in UTC',
    )
  }
  const offset = ms - now
  if (Math.abs(offset) <= TOLERANCE) return {}
  if (offset > 0) {
    return wrong(
      `It was made ${span(offset)} ahead of this machine's clock, at ${instant(ms)}`,
      'see which of the two clocks is wrong',
    )
  }
  return {
    note: `It was made ${span(offset)} ago, at ${instant(ms)}. AWS takes it for 15 minutes; if it was made just now, the clock of its machine is slow.`,
  }
}
