import { createReadStream, openAsBlob } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { reasonOf } from '../failure.ts'
import { UsageError } from '../usage-error.ts'

/** A body to send: bytes in hand, a file that can be read as often as need be, or a stream that cannot. */
export type Data = Uint8Array<ArrayBuffer> | Blob | Readable

/** How much of a file or a stream is read into memory for a signature that covers it. */
export const HELD: number = 64 * 1024 * 1024

/** Whether that is where the body comes from. */
export const isStdin = (given: string | undefined): boolean => given === '-' || given === '@-'

/**
 * What `-d` gives: text, the file behind an `@`, or the standard input for `-` and `@-`. Nothing is
 * taken out of a file, unlike curl's line breaks.
 *
 * @throws {UsageError} if the file cannot be read.
 */
export async function dataOf(given: string, host: Pick<NodeJS.Process, 'stdin'>): Promise<Data> {
  if (isStdin(given)) return host.stdin
  if (!given.startsWith('@')) return new TextEncoder().encode(given)
  const path = given.slice(1)
  try {
    const found = await stat(path)
    await access(path, constants.R_OK)
    if (found.isFile()) return await openAsBlob(path)
    if (!found.isDirectory()) return createReadStream(path)
  } catch (error) {
    throw new UsageError(`-d names a file that cannot be read: ${path}: ${reasonOf(error)}`)
  }
  throw new UsageError(`-d names a folder: ${path}`)
}

/**
 * All of it, for a signature that covers the body.
 *
 * @throws {UsageError} if that is more than {@link HELD}.
 */
export async function whole(data: Data): Promise<Uint8Array<ArrayBuffer>> {
  if (data instanceof Uint8Array) return data
  const parts: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const stream = data instanceof Blob ? data.stream() : data
  for await (const part of stream) {
    size += part.byteLength
    if (size > HELD) {
      throw new UsageError(
        '-d gives more than 64 MiB: the signature covers the body, which is held in memory for that',
      )
    }
    parts.push(part)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
