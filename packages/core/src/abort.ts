import { isPromise, type MaybePromise } from './signer.ts'

/** The largest delay of a timer; a larger one would fire at once. */
export const MAX_DELAY: number = 2 ** 31 - 1

/** Waits with a signal of the caller's own: its abort ends this wait and nothing else. */
export function abortable<T>(
  work: MaybePromise<T>,
  signal: AbortSignal | null | undefined,
  onAbort?: () => void,
): MaybePromise<T> {
  if (!signal || !isPromise(work)) return work
  return new Promise((resolve, reject) => {
    const abort = () => {
      onAbort?.()
      reject(signal.reason)
    }
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    // Without a promise of its own that could go unhandled.
    const done = () => signal.removeEventListener('abort', abort)
    work.then(done, done)
    work.then(resolve, reject)
  })
}
