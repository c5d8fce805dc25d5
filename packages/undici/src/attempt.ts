import { type Received, textOf } from '@countersign/core/kit'
import type { Dispatcher } from 'undici'
import type { Call } from './call.ts'

type Controller = Dispatcher.DispatchController
type Handler = Dispatcher.DispatchHandler
type Listener<K extends keyof Handler> = NonNullable<Handler[K]>
type Incoming = Parameters<Listener<'onResponseStart'>>[2]

interface Answered {
  resolve(attempt: Attempt): void
  reject(error: Error): void
}

/** How much of a refusal is held back while its signer decides, and how much of it is read for nothing. */
const PEEK = 64 * 1024

/** One request and its response, which is passed on as it comes, or held back if it may be a refusal. */
export class Attempt implements Handler, Received<Attempt> {
  readonly response: this = this
  status = 0
  controller: Controller | undefined
  readonly #call: Call
  readonly #refuses: (status: number) => boolean
  readonly #answered: Answered
  #fate: 'passed' | 'held' | 'dropped' = 'passed'
  #incoming: Incoming = {}
  #size = 0
  readonly #chunks: Buffer[] = []
  readonly #events: (() => void)[] = []
  #peek!: () => void
  readonly #peeked = new Promise<void>((resolve) => {
    this.#peek = resolve
  })

  /** As much as is held back: all of a short body, the beginning of a long one. */
  readonly text = async (): Promise<string> => {
    await this.#peeked
    return textOf(Buffer.concat(this.#chunks).subarray(0, PEEK))
  }

  constructor(call: Call, refuses: (status: number) => boolean, answered: Answered) {
    this.#call = call
    this.#refuses = refuses
    this.#answered = answered
  }

  get headers(): Headers {
    const headers = new Headers()
    for (const [name, values] of Object.entries(this.#incoming)) {
      for (const value of [values ?? []].flat()) headers.append(name, value)
    }
    return headers
  }

  /** The caller gets this response. */
  release(): void {
    if (this.#fate !== 'held') return
    try {
      // An event that comes meanwhile joins at the end.
      for (const event of this.#events) event()
    } catch (error) {
      this.discard()
      this.controller?.abort(error as Error)
      throw error
    }
    this.#fate = 'passed'
    this.flow()
  }

  /** Nobody gets this response. What is left of it is read, so that the connection can be used again. */
  discard(): void {
    this.#fate = 'dropped'
    this.flow()
  }

  /** Lets the body come, or not. */
  flow(): void {
    const full = this.#fate === 'held' && this.#size >= PEEK
    if (full || (this.#fate === 'passed' && this.#call.paused)) this.controller?.pause()
    else this.controller?.resume()
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller
    if (this.#call.aborted) controller.abort(this.#call.signal.reason)
  }

  onRequestUpgrade(...[, status, ...rest]: Parameters<Listener<'onRequestUpgrade'>>): unknown {
    this.status = status
    this.#answered.resolve(this)
    return this.#call.end((handler) => handler.onRequestUpgrade?.(this.#call, status, ...rest))
  }

  onResponseStart(...[, status, incoming, ...rest]: Parameters<Listener<'onResponseStart'>>): void {
    const call = this.#call
    if (status >= 200) {
      this.status = status
      this.#incoming = incoming
      if (this.#refuses(status)) this.#fate = 'held'
      this.#answered.resolve(this)
    }
    this.#pass(() =>
      call.tell((handler) => handler.onResponseStart?.(call, status, incoming, ...rest)),
    )
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.#pass(() => this.#call.tell((handler) => handler.onResponseData?.(this.#call, chunk)))
    if (this.#fate === 'passed') return
    this.#size += chunk.length
    if (this.#fate === 'dropped') {
      if (this.#size > PEEK) this.controller?.abort(new Error('Too long to be read for nothing'))
      return
    }
    this.#chunks.push(chunk)
    if (this.#size < PEEK) return
    this.#peek()
    this.flow()
  }

  onResponseEnd(_: Controller, trailers: Parameters<Listener<'onResponseEnd'>>[1]): void {
    this.#peek()
    this.#pass(() => this.#call.end((handler) => handler.onResponseEnd?.(this.#call, trailers)))
  }

  onResponseError(_: Controller | null, error: Error): void {
    this.#peek()
    // Where there was an answer already, this has no effect.
    this.#answered.reject(error)
    if (this.status) this.#pass(() => this.#call.fail(error))
  }

  onResponseStarted(): void {
    this.#call.tell((handler) => handler.onResponseStarted?.())
  }

  onBodySent(chunk: Buffer): void {
    this.#call.tell((handler) => handler.onBodySent?.(chunk))
  }

  onRequestSent(): void {
    this.#call.tell((handler) => handler.onRequestSent?.())
  }

  #pass(event: () => void): void {
    if (this.#fate === 'held') this.#events.push(event)
    else if (this.#fate === 'passed') event()
  }
}
