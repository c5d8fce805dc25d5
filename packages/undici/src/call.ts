import { peek, type Received, recordOf } from '@countersign/core/kit'
import type { Dispatcher } from 'undici'

type Controller = Dispatcher.DispatchController
type Handler = Dispatcher.DispatchHandler
type Raw = NonNullable<Controller['rawHeaders']> | null
type Event = [name: keyof Handler, ...args: unknown[]]
/** The response itself is what lets it go to the handler. */
type Answer = Received<() => void>

/** How much of a refusal is held back while its signer decides, and how much is read for nothing. */
const HELD = 64 * 1024

/**
 * One call as its handler knows it: one start, one controller to hold on to and one response,
 * however many requests that takes.
 */
export class Call implements Controller {
  readonly #handler: Handler
  readonly #canceled = new AbortController()
  #controller: Controller | undefined
  #flow = () => {}
  #over = false
  /** Of a refusal that is read to its end for nothing, as long as it has none. */
  #refused: Controller | undefined
  paused = false

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

  get rawHeaders(): Raw {
    return this.#controller?.rawHeaders ?? null
  }

  get rawTrailers(): Raw {
    return this.#controller?.rawTrailers ?? null
  }

  pause(): void {
    this.paused = true
    this.#flow()
  }

  resume(): void {
    this.paused = false
    this.#flow()
  }

  /** Ends the call at once, be it in a wait for a token. */
  abort(reason: Error): void {
    this.#canceled.abort(reason)
    this.#fail(this.signal.reason)
  }

  /** Begins at once, so that a wait can be aborted. Errors of the work are for the handler. */
  start(work: () => Promise<void>): void {
    this.#handler.onRequestStart?.(this, {})
    if (this.#over) return
    work()
      .catch((error) => this.#fail(error))
      // A handler that throws at this has nobody to throw to: it must not end the process.
      .catch(() => {})
  }

  /** Sends one request. What may be a refusal is held back until it is released or discarded. */
  request(
    dispatch: Dispatcher['dispatch'],
    opts: Dispatcher.DispatchOptions,
    refuses: (status: number) => boolean,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let controller: Controller | undefined
      let held: Event[] | undefined
      let dropped = false
      let ended = false
      const chunks: Buffer[] = []
      let size = 0
      let enough!: () => void
      const told = new Promise<void>((resolve) => {
        enough = resolve
      })

      const flow = () => {
        if (held ? size >= HELD : this.paused && !dropped) controller?.pause()
        else controller?.resume()
      }
      const end = () => {
        ended = true
        enough()
        if (this.#refused === controller) this.#refused = undefined
      }
      const pass = (...event: Event) => {
        if (held) held.push(event)
        else if (!dropped) this.#tell(...event)
      }
      this.#flow = flow

      dispatch(opts, {
        onRequestStart: (own) => {
          this.#controller = controller = own
          if (this.aborted) own.abort(this.signal.reason)
          // The handler may have paused its call before there was a request.
          flow()
        },
        onRequestUpgrade: (_, ...event) => this.#tell('onRequestUpgrade', ...event),
        onResponseStart: (_, status, ...event) => {
          if (status >= 200) {
            if (refuses(status)) {
              held = []
              flow()
            }
            resolve({
              status,
              get headers() {
                return new Headers(recordOf(event[0]))
              },
              text: () => told.then(() => peek(Buffer.concat(chunks))),
              // Read to its end, so that the connection can be used again.
              discard: () => {
                held = undefined
                dropped = true
                if (!ended) this.#refused = controller
                flow()
              },
              response: () => {
                // An event that comes meanwhile joins at the end.
                for (const event of held ?? []) this.#tell(...event)
                held = undefined
                flow()
              },
            })
          }
          pass('onResponseStart', status, ...event)
        },
        onResponseData: (_, chunk) => {
          pass('onResponseData', chunk)
          if (!held && !dropped) return
          size += chunk.length
          if (held) chunks.push(chunk)
          else if (size > HELD) controller?.abort(new Error('A long refusal'))
          if (size < HELD) return
          enough()
          flow()
        },
        onResponseEnd: (_, ...event) => {
          end()
          pass('onResponseEnd', ...event)
        },
        onResponseError: (_, error) => {
          end()
          // Says it to whoever waits for the answer, if nobody has it yet.
          reject(error)
          pass('onResponseError', error)
        },
        onResponseStarted: () => this.#handler.onResponseStarted?.(),
        onBodySent: (chunk) => this.#handler.onBodySent?.(chunk),
        onRequestSent: () => this.#handler.onRequestSent?.(),
      })
    })
  }

  #tell(...[name, ...args]: Event): unknown {
    if (this.#over) return undefined
    const handler = this.#handler as Record<string, ((...args: unknown[]) => unknown) | undefined>
    const result = handler[name]?.(this, ...args)
    this.#over ||= /End|Error|Upgrade/.test(name)
    if (this.#over) this.#refused?.abort(new Error('A refusal without an end'))
    return result
  }

  #fail(error: Error): void {
    this.#controller?.abort(error)
    this.#tell('onResponseError', error)
  }
}
