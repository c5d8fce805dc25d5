import type { Dispatcher } from 'undici'
import { Attempt } from './attempt.ts'

type Controller = Dispatcher.DispatchController
type Handler = Dispatcher.DispatchHandler

/**
 * One call as its handler knows it: one start, one controller to hold on to and one response,
 * however many requests that takes.
 */
export class Call implements Controller {
  readonly #handler: Handler
  readonly #canceled = new AbortController()
  #latest: Attempt | undefined
  #settled = false
  #paused = false

  constructor(handler: Handler) {
    this.#handler = handler
  }

  get signal(): AbortSignal {
    return this.#canceled.signal
  }

  get aborted(): boolean {
    return this.signal.aborted
  }

  get reason(): Error | null {
    return this.signal.reason ?? null
  }

  get paused(): boolean {
    return this.#paused
  }

  get rawHeaders(): NonNullable<Controller['rawHeaders']> | null {
    return this.#latest?.controller?.rawHeaders ?? null
  }

  get rawTrailers(): NonNullable<Controller['rawTrailers']> | null {
    return this.#latest?.controller?.rawTrailers ?? null
  }

  pause(): void {
    this.#paused = true
    this.#latest?.flow()
  }

  resume(): void {
    this.#paused = false
    this.#latest?.flow()
  }

  /** Ends the call at once, be it in a wait for a token. */
  abort(reason: Error): void {
    if (this.#settled) return
    this.#canceled.abort(reason)
    this.#latest?.controller?.abort(this.signal.reason)
    this.fail(this.signal.reason)
  }

  /** Begins at once, so that a wait can be aborted. Errors of the work are for the handler. */
  start(work: () => Promise<void>): void {
    this.#handler.onRequestStart?.(this, {})
    if (this.aborted) return
    work()
      .catch((error) => this.fail(error))
      // A handler that throws at this has nobody to throw to: it must not end the process.
      .catch(() => {})
  }

  /** Sends one request of this call. */
  request(
    dispatch: Dispatcher['dispatch'],
    opts: Dispatcher.DispatchOptions,
    refuses: (status: number) => boolean,
  ): Promise<Attempt> {
    return new Promise((resolve, reject) => {
      this.#latest = new Attempt(this, refuses, { resolve, reject })
      dispatch(opts, this.#latest)
    })
  }

  /** Passes an event on, as long as the call lasts. */
  tell<T>(event: (handler: Handler) => T): T | undefined {
    return this.#settled ? undefined : event(this.#handler)
  }

  /** Passes the last event on. */
  end<T>(event: (handler: Handler) => T): T | undefined {
    if (this.#settled) return undefined
    this.#settled = true
    try {
      return event(this.#handler)
    } catch (error) {
      this.#settled = false
      throw error
    }
  }

  fail(error: Error): void {
    if (this.#settled) return
    this.#settled = true
    this.#handler.onResponseError?.(this, error)
  }
}
