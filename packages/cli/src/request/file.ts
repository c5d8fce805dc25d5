import { randomBytes } from 'node:crypto'
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Failure, reasonOf } from '../failure.ts'

/** A file that is to be written. */
export interface PendingFile {
  /**
   * Fills it and puts it in its place.
   *
   * @throws {Failure} if the file system does not let it. What the source throws is thrown as it is.
   */
  fill(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>
  /** Leaves nothing behind of what has not been put in its place. */
  discard(): Promise<void>
}

/**
 * Opens a file that will be there as a whole or not at all: it grows under another name beside its
 * place. What is there already keeps its permissions; what is no file, such as a pipe, is written to
 * straight away.
 *
 * @throws {Failure} if it cannot be written, before anything has been sent for it.
 */
export async function fileAt(path: string): Promise<PendingFile> {
  const refused = (error: unknown) =>
    new Failure(`-o ${path} cannot be written: ${reasonOf(error)}`, { cause: error })
  let place = path
  let growing: string | undefined
  let handle: FileHandle
  try {
    const there = await stat(path).catch(() => undefined)
    if (there) place = await realpath(path)
    const special = there !== undefined && !there.isFile()
    growing = special ? undefined : `${place}.${randomBytes(4).toString('hex')}.part`
    handle = await open(growing ?? place, special ? 'w' : 'wx', there && there.mode & 0o777)
  } catch (error) {
    throw refused(error)
  }

  return {
    async fill(source, signal) {
      const stream = handle.createWriteStream()
      try {
        await pipeline(source, stream, { signal })
        if (growing) await rename(growing, place)
        growing = undefined
      } catch (error) {
        throw Object(error).syscall ? refused(error) : error
      }
    },
    async discard() {
      await handle.close()
      if (growing) await rm(growing, { force: true })
    },
  }
}
