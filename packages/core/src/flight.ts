import { abortable } from './abort.ts'
import { CountersignError } from './errors.ts'
import type { MaybePromise } from './signer.ts'

/** The largest delay of a timer; a larger one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1

interface FlightOptions<T> {
  controller: AbortController
  /** Milliseconds until the work is given up for everyone. */
  timeout: number
  /** Turns what the work brought into what its callers get. */
  settle(work: Promise<T>): Promise<T>
  /** The last caller has left, and the work was aborted. */
  onAbandoned(): void
}

/**
 * One piece of work that any number of callers wait for. It ends at its deadline, or when all
 * who waited have left. It keeps the process alive only while somebody waits.
 */
export class Flight<T> {
  readonly #outcome: Promise<T>
  readonly #giveUp: (reason: unknown) => void
  readonly #timer: ReturnType<typeof setTimeout>
  #waiting = 0

  constructor(work: Promise<T>, { controller, timeout, settle, onAbandoned }: FlightOptions<T>) {
    let fail!: (reason: unknown) => void
    const given = new Promise<never>((_, reject) => {
      fail = reject
    })
    const end = (reason: unknown) => {
      fail(reason)
      controller.abort(reason)
    }
    this.#timer = setTimeout(
      () => end(new CountersignError('refresh-timeout', `No answer within ${timeout} ms`)),
      Math.min(timeout, MAX_DELAY),
    )
    this.#hold('unref')
    this.#giveUp = (reason) => {
      onAbandoned()
      end(reason)
    }
    const raced = Promise.race([work, given]).finally(() => clearTimeout(this.#timer))
    this.#outcome = settle(raced)
    // Each caller is told; a failure that nobody waits for is an event, not a crash.
    this.#outcome.catch(() => {})
  }

  /** Lets the work go on when nobody waits for it. */
  detach(): this {
    this.#waiting++
    return this
  }

  /** What the work brings, or the reason of the caller's own signal. */
  join(signal: AbortSignal | undefined): MaybePromise<T> {
    this.#waiting++
    this.#hold('ref')
    return abortable(this.#outcome, signal, () => {
      if (--this.#waiting === 0) this.#giveUp(signal?.reason)
    })
  }

  /** A timer of Node holds the process or does not; one of a browser is a number. */
  #hold(how: 'ref' | 'unref'): void {
    ;(this.#timer as { ref?(): void; unref?(): void })[how]?.()
  }
}
