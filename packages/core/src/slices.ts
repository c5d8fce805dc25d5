import type { Data, Encoding, Hashing } from './digest.ts'

/**
 * How much is hashed at a stretch: bytes, or characters of a text. In JavaScript alone that takes
 * 3 to 7 ms, by OpenSSL less than 1.
 */
const SLICE = 2 ** 19

/** So large that it takes more than one slice, and a promise. */
export const isLarge = ({ length }: Data): boolean => length > SLICE

/**
 * Hashes in slices what the given pieces make together. In between, everything else has its turn.
 *
 * @param signal Its abort ends that, too.
 */
export async function inSlices(
  hashing: Hashing,
  message: readonly Data[],
  encoding: Encoding,
  signal?: AbortSignal,
): Promise<string> {
  for (const piece of message) {
    for (let from = 0; from < piece.length; ) {
      const to = endOf(piece, from + SLICE)
      hashing.update(typeof piece === 'string' ? piece.slice(from, to) : piece.subarray(from, to))
      from = to
      await turn()
      signal?.throwIfAborted()
    }
  }
  return hashing.digest(encoding)
}

/** A surrogate pair must stay one: its halves have no UTF-8. */
function endOf(data: Data, end: number): number {
  const cuts =
    typeof data === 'string' && end < data.length && /[\ud800-\udbff]/.test(data.charAt(end - 1))
  return cuts ? end - 1 : end
}

interface Turns {
  setImmediate?(next: () => void): unknown
}

/** Lets what waits for the event loop have its turn. Not by a timer: browsers slow those down. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate } = globalThis as Turns
    if (setImmediate) {
      setImmediate(resolve)
      return
    }
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
