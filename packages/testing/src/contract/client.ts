import type { SignedOptions, Signer } from '@countersign/core'

/** One call, in words that every client can translate into its own. */
export interface Call {
  readonly url: string
  /** Default `GET`; given to the client as it is, in whatever case. */
  readonly method?: string
  readonly headers?: HeadersInit | Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array<ArrayBuffer> | ArrayBuffer | Blob | FormData | URLSearchParams
  /** An object to be sent as JSON by the client's own means. */
  readonly json?: object
  /** What the client puts the JSON through before it is sent. */
  readonly transforms?: readonly ((text: string) => string)[]
  /** A one-shot body, in the kind of stream that the client takes. */
  readonly stream?: AsyncIterable<Uint8Array>
  /** Query parameters, encoded by the client. A name may repeat. */
  readonly params?: readonly (readonly [string, string])[]
  /** A query that a serializer of the caller's own makes, as it is. */
  readonly query?: string
  /** User and password, by the client's own option for them. */
  readonly auth?: { readonly username: string; readonly password: string }
  readonly signer?: Signer | false
  readonly signal?: AbortSignal
  /** Milliseconds, by the client's own option. */
  readonly timeout?: number
  /** `manual`: the caller wants to see a redirect itself. */
  readonly redirect?: 'manual'
  /** How often the client's own retry repeats a 503 or 401, without a delay. */
  readonly retries?: number
  /** The caller takes every status for a success. */
  readonly tolerant?: boolean
  /** The answer is read as a stream. */
  readonly streamed?: boolean
  /** A response hook of the caller's own. */
  readonly onResponse?: (status: number) => void
}

export interface Answer {
  readonly status: number
  readonly text: string
  /** The error of the client's own that a refusing status became, where it makes one. */
  readonly error?: unknown
}

/** How the adapter is installed. */
export interface Setup extends SignedOptions {
  /** Where credentials may go, for a client that must be told. */
  readonly origins: readonly string[]
  /** Installed two times over. */
  readonly twice?: boolean
  /** Installed, and then extended by the client's own means. */
  readonly derived?: boolean
  /** A transport of the caller's own sends, and says so. */
  readonly transport?: () => void
}

export interface Made {
  /** Rejects with what the client rejects with, except for a status. */
  send(call: Call): Promise<Answer>
  /** The client's own stream, where it has one beside its calls: the status, then the body. */
  stream?(call: Call): Promise<Answer>
}

export type Make = (signer: Signer, setup: Setup) => Made

/** A client, as the contract needs to know it. */
export interface Client {
  /** As in the README's table of what it cannot do. */
  readonly name: string
  readonly make: Make
  /** Whether a status became the client's own error. Absent for a client that has none. */
  readonly isStatusError?: (error: unknown) => boolean
  readonly isAbort: (error: unknown) => boolean
  readonly isTimeout: (error: unknown) => boolean
  /**
   * The lines (`'19'`) or single cases (`'12c'`) that this client cannot have, each with the reason.
   * One that would pass is a failure.
   */
  readonly cannot?: Readonly<Record<string, string>>
  /** The adapter's README, which says the same: `new URL('../README.md', import.meta.url)`. */
  readonly readme: URL
}
