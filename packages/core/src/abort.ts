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

/** Lets time pass, unless the signal ends that. */
export async function sleep(duration: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(duration, MAX_DELAY))
  })
  try {
    await abortable(slept, signal)
  } finally {
    clearTimeout(timer)
  }
}

/** How long a caller waits, and the errors that its client ends a wait with. */
interface Patience {
  readonly signal?:
    | Pick<Partial<AbortSignal>, 'aborted' | 'reason' | 'addEventListener' | 'removeEventListener'>
    | undefined
  /** What the signal's abort comes to. Default: its reason. */
  aborted?(): unknown
  /** In milliseconds; 0 is for ever. */
  readonly timeout?: number | undefined
  late(): unknown
}

/** Does what may have to wait for a token, with a controller that a caller's patience aborts. */
export async function patiently<T>(
  { signal, aborted = () => signal?.reason, timeout, late }: Patience,
  work: (controller: AbortController) => MaybePromise<T>,
  controller: AbortController = new AbortController(),
): Promise<T> {
  const abort = () => controller.abort(aborted())
  const expire = () => controller.abort(late())
  if (signal?.aborted) abort()
  signal?.addEventListener?.('abort', abort)
  const timer = timeout ? setTimeout(expire, Math.min(timeout, MAX_DELAY)) : undefined
  try {
    return await work(controller)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener?.('abort', abort)
  }
}
