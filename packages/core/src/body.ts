import { SigningError } from './errors.ts'
import { readUpTo } from './read.ts'

/** A body, ready to be sent as often as its nature allows. */
export interface Payload {
  /** What a signer that covers the body gets: exactly what is sent. */
  readonly signed?: string | Uint8Array<ArrayBuffer>
  /** The content type that the body itself brings. */
  readonly type?: string | null
  /** It can be sent one single time. */
  readonly once?: boolean
  /** The body for one request. */
  take(): BodyInit | null | undefined
}

/** Whether a body can be read one single time: a stream, or a generator of either kind. */
export const isStream = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  (Symbol.asyncIterator in body || ['getReader', 'pipe', 'next'].some((way) => way in body))

/** A body as the caller gave it: bytes and text can be sent again, a stream cannot. */
export function asGiven(body: BodyInit | null | undefined): Payload {
  return { once: isStream(body), take: () => body }
}

/** A body as it is now, as fetch takes it: the caller may fill the same memory anew before there is an answer. */
export function asNow(body: BodyInit): BodyInit {
  if (body instanceof ArrayBuffer) return body.slice()
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  }
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (!(body instanceof FormData)) return body
  const form = new FormData()
  for (const [name, value] of body) form.append(name, value)
  return form
}

const NOTHING: Payload = { take: () => undefined }

/** {@link asBytes} of what there is nothing to encode of: text is sent as it is, and of bytes a copy is enough. */
export function atOnce(body: unknown): Payload | undefined {
  if (body === null || body === undefined) return NOTHING
  if (typeof body === 'string') return encoded(body, 'text/plain;charset=UTF-8')
  if (body instanceof Uint8Array) return encoded(new Uint8Array(body), null)
  return undefined
}

/**
 * Makes a body the bytes that will be sent, with the content type that goes with them.
 *
 * @param limit How many bytes of a stream are read. Default: a stream is refused.
 * @throws {SigningError} `unreadable-body`.
 */
export async function asBytes(body: BodyInit | null | undefined, limit?: number): Promise<Payload> {
  const plain = atOnce(body)
  if (plain) return plain
  const most = isStream(body) ? limit : Infinity
  if (most === undefined) {
    throw new SigningError(
      'unreadable-body',
      'This signature covers the body, and a stream can be read only once. Give the whole body, or `buffer`: how many bytes to hold in memory.',
    )
  }
  // The platform's own encoding, as fetch has it: a copy, and a form's boundary is fixed with it.
  const response = new Response(body as BodyInit)
  const { bytes, whole } = await readUpTo(response.body, most)
  if (!whole) {
    throw new SigningError(
      'unreadable-body',
      `The body is larger than the ${limit} bytes of \`buffer\``,
    )
  }
  return encoded(bytes, response.headers.get('content-type'))
}

function encoded(signed: string | Uint8Array<ArrayBuffer>, type: string | null): Payload {
  return { signed, type, take: () => signed }
}

/** A stream of Node's first kind, which gives its pieces as events and cannot be iterated. */
interface OldStream {
  on(event: string, listener: (value: never) => void): void
  resume(): void
}

/** A stream of any kind in the one form that the platform's encoding knows. */
export async function* piecesOf<T>(
  body: Iterable<T> | AsyncIterable<T> | OldStream,
): AsyncGenerator<T | Uint8Array> {
  if (Symbol.asyncIterator in body || Symbol.iterator in body) yield* body
  else yield* fromEvents(body)
}

function fromEvents(stream: OldStream): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      stream.on('data', (piece: string | Uint8Array<ArrayBuffer>) =>
        controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece),
      )
      stream.on('end', () => controller.close())
      stream.on('error', (error) => controller.error(error))
      stream.resume()
    },
  })
}
