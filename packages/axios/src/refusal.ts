import { isStream, peek } from '@countersign/core/kit'
import type { AxiosResponse } from 'axios'

type Bytes = ReadableStream<Uint8Array>

/** The part of `node:stream` in use, where there is one. */
interface NodeStreams {
  Readable: {
    toWeb(stream: unknown): Bytes
    fromWeb(stream: Bytes): { on(event: 'error', listener: () => void): unknown }
  }
}

/** Not an import, so that the same file loads in a browser. */
const node = (
  globalThis as { process?: { getBuiltinModule?(id: string): NodeStreams | undefined } }
).process?.getBuiltinModule?.('node:stream')

/**
 * The beginning of a refusal. Of a stream, the caller gets a branch in its place, which has that
 * beginning, too.
 */
export async function beginning(response: AxiosResponse): Promise<string> {
  const { data } = response
  if (!isStream(data)) return peek(data)
  if (data instanceof ReadableStream) {
    const [own, callers] = data.tee()
    response.data = callers
    return peek(own)
  }
  if (!node) return ''
  const [own, callers] = node.Readable.toWeb(data).tee()
  // As that of a response of Node's, an error that nobody hears does not end the process.
  response.data = node.Readable.fromWeb(callers).on('error', () => {})
  return peek(own)
}
