/** What a stream brings, as far as a limit in bytes goes; the rest is left unread. */
export async function readUpTo(
  stream: ReadableStream<Uint8Array> | null | undefined,
  limit: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; whole: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const reader = stream?.getReader()
  let room = limit
  while (reader && room >= 0) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value.slice(0, room))
    room -= value.length
  }
  if (room < 0) discard(reader)
  return { bytes: new Uint8Array(await new Blob(chunks).arrayBuffer()), whole: room >= 0 }
}

/** Bytes as text, as `Response.text()` reads them. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** How much of a refusal a signer may read, in bytes. */
const PEEK = 64 * 1024

/** The beginning of a refusal: of a stream, of bytes or of text; of anything else, nothing. */
export async function peek(content: unknown): Promise<string> {
  if (content instanceof Blob) return peek(content.stream())
  if (typeof content === 'string') return content.slice(0, PEEK)
  if (content instanceof ReadableStream) return textOf((await readUpTo(content, PEEK)).bytes)
  if (!(content instanceof ArrayBuffer) && !ArrayBuffer.isView(content)) return ''
  return textOf(new Uint8Array(content as ArrayBuffer).subarray(0, PEEK))
}

/** Lets go of what will not be read. Not awaited: one half of a split stream waits for the other. */
export function discard(
  stream: { cancel?(): Promise<void>; destroy?(): void } | null | undefined,
): void {
  stream?.cancel?.().catch(() => {})
  // A stream of Node's, as some clients' and another fetch's are.
  stream?.destroy?.()
}
