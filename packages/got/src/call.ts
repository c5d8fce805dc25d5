import {
  type MaybePromise,
  type SignableRequest,
  type Signature,
  type SignedOptions,
  type Signer,
  SigningError,
} from '@countersign/core'
import {
  abortable,
  added,
  andThen,
  apart,
  asBytes,
  atOnce,
  assertKept,
  assertSigner,
  foreign,
  isPromise,
  isRefusal,
  isStream,
  patiently,
  type Payload,
  peek,
  piecesOf,
  recordOf,
  refusedRedirect,
  signable,
  wireHref,
} from '@countersign/core/kit'
import { type Options, TimeoutError } from 'got'

/** One call with all of its attempts, hops and pages. */
export interface Call {
  readonly signer: Signer | false
  /** The same, its errors told from the network's, where that has been done already. */
  readonly own?: Signer | undefined
  /** As the caller gave them: got makes a stream of a form, and a form is no stream. */
  readonly body: unknown
  readonly type: unknown
  /** Where the first request, or the first page, went. Credentials go nowhere else. */
  home: string | undefined
  abroad?: boolean
  /** What signatures have put into the query. */
  readonly secrets: ReturnType<typeof added>
  replayed?: boolean
  failure?: Error
  /** A stream that has been sent. */
  spent?: unknown
  /** The hooks that got leaves out of a replay, though its answer is the one that they are for. */
  hooks?: Options['hooks']['afterResponse'] | undefined
  /** What is on the request now, and how to take it off. */
  proof?: { request: SignableRequest; signature: Signature } | undefined
  undo?: (options: Options) => void
}

type Bytes = Payload['signed']

/** Signs one attempt, hop or page, after taking off what the one before it has left. Waits only for who makes it wait. */
export function sign(call: Call, request: Options, options: SignedOptions): MaybePromise<void> {
  const { signer, hooks, undo } = call
  undo?.(request)
  if (hooks) request.hooks.afterResponse = hooks
  call.hooks = undefined
  if (signer === false) return undefined
  if (isStream(request.body)) {
    if (request.body === call.spent) {
      throw refusedRedirect({ url: call.home as string }, 'a body that cannot be sent again')
    }
    call.spent = request.body
  }
  assertSigner(signer)
  const given = request.url as URL
  const { origin } = given
  const away = origin !== (call.home ??= origin)
  // Not by a redirect, before which something was signed: a page leads there.
  if (away && !undo) throw foreign(call.home, given)
  assertKept(call.secrets, { url: call.home }, given)
  // Once abroad, the chain is in foreign hands: it is not signed again, not even at home.
  if ((call.abroad ||= away)) return undefined
  const href = wireHref(withoutUser(given).href, options)
  return andThen(signer.readsBody ? bytesOf(call, request, options) : undefined, (body) =>
    prove(call, call.own ?? apart(signer), request, href, body),
  )
}

/** Puts a signature on a request, and notes how to take it off. */
function prove(
  call: Call,
  signer: Signer,
  request: Options,
  href: string,
  body: string | Uint8Array | undefined,
): MaybePromise<void> {
  const { method, signal, headers, url: given } = request as Options & { url: URL }
  const seen = recordOf(headersOf(request))
  const asked = signable({ method, url: href, headers: seen, body, signal })
  return andThen(waiting(request, signer.sign(asked)), (signature) => {
    const plain = headersOf(request)
    // A list goes in one line, as it was signed: servers differ in how they join several.
    for (const name in seen) if (Array.isArray(plain[name])) headers[name] = seen[name]
    const target = signature.url ? new URL(signature.url) : given
    if (target !== given) {
      if (target.origin !== given.origin) {
        throw new SigningError('foreign-origin', `The signer leads away from ${given.origin}`)
      }
      call.secrets.push(...added(given, target.href))
      request.url = target
    }
    const before: Record<string, unknown> = {}
    for (const name in signature.headers) {
      before[name] = plain[name]
      headers[name] = signature.headers[name]
    }
    call.proof = { request: asked, signature }
    // Not on these options alone: got copies them for an attempt, a hop or a page.
    call.undo = (options) => {
      call.proof = undefined
      for (const [name, value] of Object.entries(signature.headers)) {
        // What got has taken off at the border stays off.
        if (options.headers[name] !== value) continue
        if (before[name] === undefined) delete options.headers[name]
        else options.headers[name] = before[name] as string
      }
      if (target !== given && String(options.url) === target.href) options.url = given
    }
  })
}

/** What there is to read: the headers of got's options are watched, and ten times as slow. */
export function headersOf(options: Options): Options['headers'] {
  // Not of got 14 and 15.
  return options.getInternalHeaders?.() ?? options.headers
}

/** got puts a user of the URL into a header by itself. A setter of a URL costs more than the parser. */
function withoutUser(given: URL): URL {
  if (!given.username && !given.password) return given
  const url = new URL(given)
  url.username = url.password = ''
  return url
}

/** The bytes that will be sent, and are from now on the request's body. */
function bytesOf(call: Call, request: Options, { buffer }: SignedOptions): MaybePromise<Bytes> {
  const { body, method, isStream: isPiped } = request
  const limit = call.body instanceof FormData ? Infinity : buffer
  const pieces = isStream(body) ? piecesOf(body as AsyncIterable<Uint8Array>) : body
  // What is yet to be piped in is a stream too, and nothing to buffer.
  const isToCome = isPiped && body === undefined && !/^(?:GET|HEAD)$/.test(method)
  const given = (isToCome ? new ReadableStream() : pieces) as BodyInit
  return andThen(atOnce(given) ?? asBytes(given, isToCome ? undefined : limit), ({ signed }) => {
    if (signed instanceof Uint8Array) request.body = Buffer.from(signed.buffer)
    return signed
  })
}

/** What is known of a response. */
type Answer = { statusCode: number; headers: object; rawBody?: Uint8Array }

/** Whether the response refuses the signature, the first time in this call. */
export function isRefused({ signer, proof, replayed }: Call, { statusCode }: Answer): boolean {
  return !!(signer && proof && !replayed && isRefusal(signer, proof.signature, statusCode))
}

/** Whether sending again what was refused is worthwhile and possible. */
export async function recover(call: Call, response: Answer, options: Options): Promise<boolean> {
  const { signer, proof, body, type } = call
  if (!signer || !proof) return false
  call.replayed = true
  const { statusCode: status } = response
  const headers = new Headers(recordOf(response.headers))
  const refusal = { ...proof, status, headers, text: () => peek(response.rawBody) }
  if (!(await waiting(options, apart(signer).recover?.(refusal)))) return false
  if (isStream(options.body)) {
    if (!(body instanceof FormData)) return false
    // For got to encode anew.
    options.body = body
    delete options.headers['content-length']
    if (type === undefined) delete options.headers['content-type']
  }
  call.hooks = options.hooks.afterResponse
  return true
}

/** Lets the signer learn from a refusal that a stream has met, for the next call: this one cannot be repeated. */
export async function learn(call: Call, response: Answer, options: Options): Promise<void> {
  // What the caller hears of is the answer.
  if (isRefused(call, response)) await recover(call, response, options).catch(() => {})
}

/** got quotes the URL that was sent, which may hold a key: here stands what the caller has asked for. */
export function namePlainly(
  error: Error,
  { request, signature }: NonNullable<Call['proof']>,
): void {
  if (!signature.url) return
  const sent = new URL(signature.url).href
  error.message = error.message.replaceAll(sent, () => request.url)
  if (error.stack) error.stack = error.stack.replaceAll(sent, () => request.url)
}

/** Waits for a token no longer than the caller would: got's own clock starts after its hooks. */
function waiting<T>(options: Options, work: MaybePromise<T>): MaybePromise<T> {
  if (!isPromise(work)) return work
  const { signal, timeout } = options
  const late = () => {
    const error = new Error(`Timeout awaiting 'request' for ${timeout.request}ms`)
    const details = { event: 'request', code: 'ETIMEDOUT' }
    return Reflect.construct(TimeoutError, [Object.assign(error, details), {}, options])
  }
  return patiently({ signal, timeout: timeout.request, late }, (wait) =>
    abortable(work, wait.signal),
  )
}
