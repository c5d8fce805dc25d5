import { abortable, MAX_DELAY } from './abort.ts'
import { CountersignError } from './errors.ts'
import type { MaybePromise } from './signer.ts'

/** Joins those who wait for one piece of work. A caller's signal ends that caller's wait. */
export type Flight<T> = (signal: AbortSignal | undefined) => MaybePromise<T>

/**
 * Lets any number of callers wait for one piece of work. It is aborted at its deadline, or when all
 * who waited have left. It keeps the process alive only while somebody waits.
 *
 * @param waiting Who waits already, and will not leave.
 * @param onAbandoned The last caller has left.
 */
export function shared<T>(
  outcome: Promise<T>,
  controller: AbortController,
  timeout: number,
  waiting: number,
  onAbandoned: () => void,
): Flight<T> {
  /** A timer of Node holds the process or does not; one of a browser is a number. */
  const timer: ReturnType<typeof setTimeout> & { ref?(): unknown; unref?(): unknown } = setTimeout(
    () =>
      controller.abort(new CountersignError('refresh-timeout', `No answer within ${timeout} ms`)),
    Math.min(timeout, MAX_DELAY),
  )
  timer.unref?.()
  // Each caller is told; a failure that nobody waits for is an event, not a crash.
  outcome.finally(() => clearTimeout(timer)).catch(() => {})
  return (signal) => {
    waiting++
    timer.ref?.()
    return abortable(outcome, signal, () => {
      if (--waiting) return
      onAbandoned()
      controller.abort(signal?.reason)
    })
  }
}
