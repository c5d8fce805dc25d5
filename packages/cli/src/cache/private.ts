import { randomBytes } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'

/** A larger file is none of ours: a token has a few thousand characters. */
const LARGEST = 65_536

/** Something on disk that is not to be used, and why, in words for the user. */
export class Untrusted extends Error {
  static {
    this.prototype.name = 'Untrusted'
  }
}

/**
 * Makes a folder that its owner alone can enter, unless it is there.
 *
 * @throws {Untrusted} if others own it, or can enter it.
 */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  assertPrivate(path, lstatSync(path))
}

/**
 * What a file holds that its owner alone can read; `undefined` if there is none, or too much in it.
 *
 * @throws {Untrusted} if others own it, or can read it.
 */
export function readPrivate(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return undefined
  assertPrivate(path, stats)
  return stats.isFile() && stats.size <= LARGEST ? readFileSync(path, 'utf8') : undefined
}

/**
 * Writes a file that its owner alone can read, and replaces what was there in one step: readers see
 * all of the old one or all of the new one. A symbolic link is replaced, not followed, which is what
 * the packages for this do.
 */
export function writePrivate(path: string, text: string): void {
  const draft = `${path}.${randomBytes(8).toString('hex')}`
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function assertPrivate(path: string, stats: Stats): void {
  if (stats.isSymbolicLink()) throw new Untrusted(`${path} is a symbolic link`)
  // Windows keeps what is in a user's folder from others by other means.
  if (!process.geteuid) return
  if (stats.uid !== process.geteuid()) throw new Untrusted(`${path} belongs to another user`)
  if (stats.mode & 0o077) {
    const mode = (stats.mode & 0o777).toString(8)
    throw new Untrusted(`${path} is open to others (mode ${mode})`)
  }
}
