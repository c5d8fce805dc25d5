/** `Date` has whole seconds, and two machines are never quite at one: less apart is the same time. */
const TOLERANCE = 5_000

/** When a request was signed, by the local clock, and how far the server was then thought to be ahead. */
export interface Stamp {
  readonly at: number
  readonly offset: number
}

/** A clock that learns from refusals how far it is off. */
export interface Clock {
  stamp(): Stamp
  /**
   * Compares with the `Date` of a response, within the uncertainty of its way here. Never learns
   * from a response that a cache has kept (`Age`), nor an offset beyond the bound.
   *
   * @returns Whether a request with this stamp told another time than one signed now.
   */
  learn(headers: Headers, stamp: Stamp): boolean
}

/** @param maxOffset In milliseconds. */
export function learningClock(now: () => number, maxOffset: number): Clock {
  let offset = 0
  return {
    stamp: () => ({ at: now(), offset }),
    learn(headers, stamp) {
      const date = headers.get('age') === null ? Date.parse(headers.get('date') ?? '') : Number.NaN
      // The server wrote the date at some time between the signing and now.
      const least = date - now() - TOLERANCE
      const most = date - stamp.at + TOLERANCE
      const middle = (least + most) / 2
      if ((offset < least || offset > most) && Math.abs(middle) <= maxOffset) offset = middle
      return Math.abs(offset - stamp.offset) > TOLERANCE
    },
  }
}
