import { SigningError } from './errors.ts'
import { kind } from './options.ts'
import type { MaybePromise } from './signer.ts'

/** A body, ready to be sent as often as its nature allows. */
export interface Payload {
  /** What a signer that covers the body gets: exactly what is sent. */
  readonly signed?: string | Uint8Array<ArrayBuffer>
  /** The content type that the body itself brings. */
  readonly type?: string
  /** Whether it can be sent again. */
  readonly replayable: boolean
  /** The body for one request. */
  take(): BodyInit | null | undefined
}

function fixed(signed: string | Uint8Array<ArrayBuffer>, type: string | null): Payload {
  return { signed, replayable: true, take: () => signed, ...(type && { type }) }
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

/** A body as the caller gave it: bytes and text can be sent again, a stream cannot. */
export function asGiven(body: BodyInit | null | undefined): Payload {
  const stream = isStream(body) || body instanceof ReadableStream
  return { replayable: !stream, take: () => body }
}

/** A request's own stream, split before each use so that one part remains for a replay. */
export function teed(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Payload {
  let rest = stream
  return {
    replayable: true,
    take() {
      const [now, later] = rest.tee()
      rest = later
      return now
    },
  }
}

/**
 * Makes a body the bytes that will be sent, with the content type that goes with them.
 *
 * @param limit How many bytes of a stream are read. Default: a stream is refused.
 * @throws {SigningError} `unreadable-body`.
 */
export function asBytes(body: unknown, limit: number | undefined): MaybePromise<Payload> {
  if (body === null || body === undefined) return { replayable: true, take: () => undefined }
  if (typeof body === 'string') return fixed(body, 'text/plain;charset=UTF-8')
  if (body instanceof URLSearchParams) {
    return fixed(body.toString(), 'application/x-www-form-urlencoded;charset=UTF-8')
  }
  // Copied, as fetch does: what the caller writes into the buffer later is not sent.
  if (body instanceof ArrayBuffer) return fixed(new Uint8Array(body.slice(0)), null)
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body
    return fixed(
      new Uint8Array(buffer, byteOffset, byteLength).slice() as Uint8Array<ArrayBuffer>,
      null,
    )
  }
  if (body instanceof Blob || body instanceof FormData) return viaResponse(body)
  if (isStream(body) || body instanceof ReadableStream)
    return collected(body as AsyncIterable<Uint8Array>, limit)
  throw new SigningError('unreadable-body', `A body that is ${kind(body)} cannot be signed`)
}

/** The platform's own encoding; a form's boundary is fixed with it. */
async function viaResponse(body: Blob | FormData): Promise<Payload> {
  const response = new Response(body)
  const type = response.headers.get('content-type')
  return fixed(new Uint8Array(await response.arrayBuffer()), type)
}

async function collected(
  stream: AsyncIterable<Uint8Array>,
  limit: number | undefined,
): Promise<Payload> {
  if (limit === undefined) {
    throw new SigningError(
      'unreadable-body',
      'A stream can be read once only, and this signature covers the body. Give the whole body, or `buffer`: how many bytes of a stream may be held in memory.',
    )
  }
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes =
      typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk)
    size += bytes.byteLength
    if (size > limit) {
      throw new SigningError(
        'unreadable-body',
        `The stream holds more than the ${limit} bytes that \`buffer\` allows`,
      )
    }
    chunks.push(bytes)
  }
  return fixed(new Uint8Array(await new Blob(chunks).arrayBuffer()), null)
}
