/** Waits for the other side, for so long at a time and no longer. */
export interface Patience {
  /** Aborted when it has waited in vain. */
  readonly signal: AbortSignal
  /** From now on it is waited for. */
  wait(): void
  /** It has moved, or it is our turn. */
  rest(): void
}

/** @param reason What the signal is aborted with. */
export function patience(ms: number, reason: () => Error): Patience {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const rest = () => clearTimeout(timer)
  return {
    signal: controller.signal,
    rest,
    wait() {
      rest()
      // Whoever is waited for has a connection, which keeps the process alive; this must not.
      timer = setTimeout(() => controller.abort(reason()), ms).unref()
    },
  }
}
