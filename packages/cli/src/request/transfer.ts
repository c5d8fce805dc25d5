import type { Readable } from 'node:stream'
import { ReadableStream as WebStream } from 'node:stream/web'
import { Failure, reasonOf } from '../failure.ts'
import type { Patience } from './patience.ts'

/** Is told of every part of a body that has moved. */
export interface Watch {
  readonly patience: Patience
  moved(bytes: number): void
}

type Bytes = Uint8Array<ArrayBuffer>

/** What a file or a stream sends: read only as fast as it is taken, and never as a whole. */
export function outgoing(data: Blob | Readable, watch: Watch): Blob | ReadableStream<Bytes> {
  if (!(data instanceof Blob)) return streamOf(sending(data, watch))
  const stream = data.stream.bind(data)
  let sent = 0
  const moved = (bytes: number) => {
    sent += bytes
    watch.moved(bytes)
  }
  // fetch knows its length, and can send it again, from the start; it takes the bytes from this method.
  return Object.assign(data, {
    stream() {
      moved(-sent)
      return streamOf(sending(stream(), { ...watch, moved }))
    },
  })
}

/** `from` is missing in the types of the one that is global. */
const streamOf = (parts: AsyncIterable<Bytes>): ReadableStream<Bytes> =>
  WebStream.from(parts) as unknown as ReadableStream<Bytes>

/** The server is waited for while it has a part, and not while its next one is read. */
async function* sending(source: AsyncIterable<Bytes>, { patience, moved }: Watch) {
  patience.rest()
  for await (const part of source) {
    patience.wait()
    yield part
    patience.rest()
    moved(part.byteLength)
  }
  patience.wait()
}

/**
 * What a server sends, read only as fast as it is used.
 *
 * @throws {Failure} if it breaks off.
 */
export async function* incoming(
  body: AsyncIterable<Bytes> | null,
  { patience, moved }: Watch,
): AsyncGenerator<Bytes> {
  let received = 0
  patience.wait()
  try {
    for await (const part of body ?? []) {
      patience.rest()
      received += part.byteLength
      moved(part.byteLength)
      yield part
      patience.wait()
    }
  } catch (error) {
    throw new Failure(`the answer broke off after ${received} bytes: ${reasonOf(error)}`, {
      cause: error,
    })
  } finally {
    patience.rest()
  }
}
