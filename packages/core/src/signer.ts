import { masked, showAs } from './redact.ts'

export type MaybePromise<T> = T | Promise<T>

/** A secret, or where to read it each time it is needed: a vault, a rotating file. */
export type SecretSource = string | (() => MaybePromise<string>)

/** One request as a signer sees it: plain data, never changed by a signer. */
export interface SignableRequest {
  /** Upper case. */
  readonly method: string
  /** Absolute, exactly what goes on the wire, without a fragment. */
  readonly url: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * What will be sent, given only to a signer that {@link Signer.readsBody}. A string is sent as UTF-8.
   * Bytes stay as they are until the signature is there, which can take a while.
   */
  readonly body?: string | Uint8Array
  /** Ends the caller's wait for a token, not anybody else's. */
  readonly signal?: AbortSignal
}

/** What a signer adds to a request. It holds every secret that it adds, so that a client can take them away again. */
export interface Signature {
  /** Lower-case names. They win over headers of the same name. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent instead of the request's URL, where the proof is part of it or needs it in another form. */
  readonly url?: string
}

/** A response that says: this proof was not good enough. */
export interface Refusal {
  readonly status: number
  readonly headers: Headers
  readonly request: SignableRequest
  /** The very signature that was refused, by identity. */
  readonly signature: Signature
  /** A peek of at most 64 KiB at the body; the caller's response stays whole. `''` where the client cannot give that. */
  text(): Promise<string>
}

/**
 * Puts proof of identity on requests. One signer serves any number of requests, clients and
 * concurrent calls.
 */
export interface Signer {
  /** The proof covers the body: the client hands over the final bytes. Default `false`. */
  readonly readsBody?: boolean
  /** The proof covers the path or the query: it is made anew for each hop of a redirect. Default: as `readsBody`. */
  readonly readsTarget?: boolean
  /** The statuses that mean "this proof was refused". Default `[401]`. */
  readonly refusals?: readonly number[]
  /** Called for every attempt: a client's own retry gets a fresh timestamp and nonce. */
  sign(request: SignableRequest): MaybePromise<Signature>
  /**
   * Learns from a refusal: drops that token, keeps that nonce, shifts the clock.
   * `true` means: sign again and send again, once.
   */
  recover?(refusal: Refusal): MaybePromise<boolean>
}

/** A signature whose secrets neither `inspect` nor `JSON.stringify` shows. */
export class SealedSignature implements Signature {
  readonly headers: Readonly<Record<string, string>>
  declare readonly url?: string

  constructor(headers: Record<string, string>, url?: string) {
    this.headers = headers
    if (url !== undefined) this.url = url
  }

  toJSON(): unknown {
    return { headers: masked(this.headers) }
  }

  static {
    showAs(this.prototype, function () {
      return this.toJSON()
    })
  }
}

/** A signature that remembers how it was made, and tells its own maker only. */
export class TracedSignature<Trace> extends SealedSignature {
  readonly #maker: object
  readonly #trace: Trace

  constructor(
    headers: Record<string, string>,
    url: string | undefined,
    maker: object,
    trace: Trace,
  ) {
    super(headers, url)
    this.#maker = maker
    this.#trace = trace
  }

  static traceOf<Trace>(maker: object, signature: Signature): Trace | undefined {
    return #trace in signature && signature.#maker === maker
      ? (signature.#trace as never)
      : undefined
  }
}

/** Adds nothing: the caller has authorized this request already. */
export const UNSIGNED: Signature = Object.freeze(new SealedSignature(Object.freeze({})))

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/**
 * Goes on at once with a value that is there, and later with a promised one. (A module with an
 * export named `then` would itself be taken for a promise.)
 */
export function andThen<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** The same signer with some of its parts replaced. Not a spread: a signer may be a class. */
export function delegate(signer: Signer, parts: Partial<Signer> & Pick<Signer, 'sign'>): Signer {
  const { readsBody, readsTarget, refusals, recover } = signer
  return {
    ...(readsBody !== undefined && { readsBody }),
    ...(readsTarget !== undefined && { readsTarget }),
    ...(refusals && { refusals }),
    ...(recover && { recover: (refusal) => recover.call(signer, refusal) }),
    ...parts,
  }
}

const UNAUTHORIZED: readonly number[] = [401]

/** The statuses that mean "this proof was refused". */
export function refusalsOf(signer: Signer): readonly number[] {
  return signer.refusals ?? UNAUTHORIZED
}
