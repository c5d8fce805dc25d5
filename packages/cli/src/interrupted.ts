import { constants } from 'node:os'

/** The process was told to stop. */
export class Interrupted extends Error {
  /** As a shell reports it: 128 and the number of the signal. */
  readonly code: number

  constructor(name: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`Interrupted by ${name}`)
    this.code = 128 + constants.signals[name]
  }

  static {
    this.prototype.name = 'Interrupted'
  }
}

/**
 * Is aborted, with an {@link Interrupted}, when the process is told to stop: by Ctrl-C, by `kill`, or
 * because its terminal is closed. The same once more ends it at once.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new Interrupted(name)))
  }
  return controller.signal
}
