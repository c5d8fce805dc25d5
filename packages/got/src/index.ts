import {
  type SignableRequest,
  type Signature,
  type SignedOptions,
  type Signer,
  SigningError,
} from '@countersign/core'
import {
  abortable,
  apart,
  asBytes,
  assertSigned,
  assertSigner,
  isRefusal,
  isStream,
  peek,
  recordOf,
  wireUrl,
} from '@countersign/core/kit'
import { type ExtendOptions, type Options, TimeoutError } from 'got'

/** What a request's `context` may hold for this package. */
export interface SignerContext {
  /** `false` sends this request unsigned; another signer signs it instead. */
  signer?: Signer | false
}

/** One call with all of its attempts, hops and pages. */
interface Call {
  readonly signer: Signer | false
  /** The body as the caller gave it: got makes a stream of it, and a form is no stream. */
  readonly form?: { readonly data: FormData; readonly type: unknown } | undefined
  /** Where the first request, or the first page, went. Credentials go nowhere else. */
  home: string | undefined
  started?: boolean
  abroad?: boolean
  replayed?: boolean
  failure?: unknown
  /** A stream that has been sent. */
  spent?: unknown
  /** The hooks that got leaves out of a replay, though its answer is the one that they are for. */
  hooks?: Options['hooks']['afterResponse'] | undefined
  /** What is on the request now, and how to take it off. */
  current?:
    | { request: SignableRequest; signature: Signature; undo(options: Options): void }
    | undefined
}

interface Home {
  countersignHome?: string
}

/**
 * Options that make got sign its requests: `got.extend(signed(signer))`.
 *
 * Every attempt, every hop of a redirect and every page is signed for the URL and the bytes that are
 * really sent, and a hop to another origin gets nothing. A 401 is answered once, with a new token,
 * nonce or clock, if the body can be sent again; it takes nothing from got's `retry`. `got.stream`
 * signs too, but cannot repeat: there the 401 surfaces, and the next call has a new token.
 *
 * `context: { signer }` is for one request: `false`, or another signer.
 *
 * @throws {OptionError} if the signer or an option is wrong.
 */
export function signed(
  signer: Signer,
  options: SignedOptions = {},
): Pick<ExtendOptions, 'handlers' | 'hooks'> {
  assertSigned(signer, options)
  // The call itself is no part of `context`, which errors show. What another installation began is not here.
  const calls = new WeakMap<object, Call>()
  const callOf = ({ context }: Pick<Options, 'context'>) => calls.get(Object(context.countersign))

  return {
    handlers: [
      (request, next) => {
        // A page of a pagination may begin with the options of the page before it.
        const page = callOf(request)
        page?.current?.undo(request)
        const { context, body: data, headers } = request
        const { signer: by = signer, countersignHome } = context as SignerContext & Home
        const form = data instanceof FormData ? { data, type: headers['content-type'] } : undefined
        const key = {}
        calls.set(key, { signer: by, form, home: page?.home ?? countersignHome })
        request.context = { ...context, countersign: key }
        return next(request)
      },
    ],
    hooks: {
      init: [
        // Options that have a URL already are those of a page, and the next page's are merged with them.
        (_, { url, context }) => {
          if (url) (context as Home).countersignHome ??= new URL(url).origin
        },
      ],
      beforeRequest: [
        async (request) => {
          const call = callOf(request)
          if (call) await guarded(call, sign(call, request as unknown as Options, options))
        },
      ],
      afterResponse: [
        async (response, retryWithMergedOptions) => {
          const request = response.request.options as unknown as Options
          const call = callOf(request)
          if (!call || !(await guarded(call, recover(call, response, request)))) return response
          const { calculateDelay } = request.retry
          call.hooks = request.hooks.afterResponse
          return retryWithMergedOptions({
            context: request.context,
            // A caller's own delay says when to retry, not whether this is sent again.
            retry: {
              calculateDelay: (attempt) =>
                attempt.error.code === 'ERR_RETRYING'
                  ? 1
                  : (calculateDelay?.(attempt) ?? attempt.computedValue),
            },
          })
        },
      ],
      beforeError: [
        (error) => {
          const options = error.options as unknown as Options
          const call = callOf(options)
          // The options that an error shows are those of the caller.
          call?.current?.undo(options)
          // got 14 has no causes.
          if (call?.failure instanceof Error && call.failure.message === error.message) {
            error.cause ??= call.failure
          }
          return error
        },
      ],
    },
  }
}

async function guarded<T>(call: Call, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    call.failure = error
    throw error
  }
}

async function sign(call: Call, request: Options, options: SignedOptions): Promise<void> {
  call.current?.undo(request)
  if (call.hooks) request.hooks.afterResponse = call.hooks
  call.hooks = undefined
  if (call.signer === false) return
  if (isOnce(request.body)) {
    if (request.body === call.spent) {
      throw new SigningError('redirect-refused', 'A redirect asks for a body that is sent already')
    }
    call.spent = request.body
  }
  assertSigner(call.signer)
  const given = request.url as URL
  const bare = new URL(given)
  bare.username = bare.password = ''
  call.home ??= bare.origin
  if (!call.started && bare.origin !== call.home) {
    throw new SigningError(
      'foreign-origin',
      `A page of ${call.home} leads to ${bare.origin}, which gets no credentials. \`signer: false\` in its context sends it unsigned.`,
    )
  }
  call.started = true
  // Once abroad, the chain is in foreign hands: it is not signed again, not even at home.
  call.abroad ||= bare.origin !== call.home
  if (call.abroad) return
  const url = wireUrl(bare, options).href
  const body = call.signer.readsBody ? await bodyOf(call, request, options) : undefined

  const own = request.headers as Record<string, unknown>
  const { method, signal } = request
  const signable = {
    method: method.toUpperCase(),
    url,
    headers: recordOf(own),
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
  }
  const signature = await patiently(request, apart(call.signer).sign(signable))

  const before = Object.keys(signature.headers).map((name) => [name, own[name]] as const)
  Object.assign(own, signature.headers)
  const target = signature.url === undefined ? given : new URL(signature.url)
  request.url = target
  // Not on these options alone: got copies them for an attempt, a hop or a page.
  const undo = (options: Options) => {
    call.current = undefined
    const { headers } = options as { headers: Record<string, unknown> }
    for (const [name, value] of before) {
      // What got has taken off at the border stays off.
      if (headers[name] !== signature.headers[name]) continue
      if (value === undefined) delete headers[name]
      else headers[name] = value
    }
    if (String(options.url) === target.href) options.url = given
  }
  call.current = { request: signable, signature, undo }
}

/** The bytes that will be sent, and are from now on the request's body. */
async function bodyOf(call: Call, request: Options, { buffer }: SignedOptions) {
  const { body, method, isStream: isPiped } = request
  // What is yet to be piped in is a stream too, and nothing to buffer.
  if (isPiped && body === undefined && !/^(?:GET|HEAD)$/.test(method)) {
    await asBytes(new ReadableStream())
  }
  const once = isOnce(body) ? stepwise(body as AsyncIterable<Uint8Array>) : body
  const payload = await asBytes(once as BodyInit, call.form ? Infinity : buffer)
  if (payload.signed instanceof Uint8Array) request.body = Buffer.from(payload.signed.buffer)
  return payload.signed
}

/** Whether a body can be read one single time: a stream, or a generator of either kind. */
function isOnce(body: unknown): boolean {
  return isStream(body) || (body instanceof Object && 'next' in body)
}

async function* stepwise(parts: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}

/** Whether the response refuses the signature, and sending again is worthwhile and possible. */
async function recover(
  call: Call,
  response: { statusCode: number; headers: object; rawBody?: Uint8Array },
  options: Options,
): Promise<boolean> {
  const { signer, current, replayed } = call
  if (!signer || !current || replayed) return false
  if (!isRefusal(signer, current.signature, response.statusCode)) return false
  call.replayed = true
  const refusal = {
    status: response.statusCode,
    headers: new Headers(recordOf(response.headers)),
    request: current.request,
    signature: current.signature,
    text: () => peek(response.rawBody),
  }
  const again = await patiently(options, apart(signer).recover?.(refusal))
  if (!again || !isOnce(options.body)) return !!again
  if (!call.form) return false
  // As the caller gave it, for got to encode anew.
  options.body = call.form.data
  delete options.headers['content-length']
  if (call.form.type === undefined) delete options.headers['content-type']
  return true
}

/** Waits for a token no longer than the caller would: got's own clock starts after its hooks. */
async function patiently<T>(options: Options, work: T | Promise<T>): Promise<T> {
  const { signal, timeout } = options
  const { request: limit } = timeout
  if (!(work instanceof Promise) || limit === undefined) return abortable(work, signal)
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      abortable(work, signal),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(late(options, limit)), limit)
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}

function late(options: Options, limit: number): TimeoutError {
  const details = { name: 'TimeoutError', event: 'request', code: 'ETIMEDOUT' }
  const cause = Object.assign(new Error(`Timeout awaiting 'request' for ${limit}ms`), details)
  return new (TimeoutError as unknown as new (...args: unknown[]) => TimeoutError)(
    cause,
    {},
    options,
  )
}
