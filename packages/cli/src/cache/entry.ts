import { createHmac, randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Lock, type LockOptions, lock } from './lock.ts'
import { privateFolder, readPrivate, Untrusted, writePrivate } from './private.ts'

/** What is kept of a value. Times are in milliseconds since the Unix epoch. */
export interface Entry<T> {
  readonly value: T
  /** When the request that brought it was begun. */
  readonly obtainedAt: number
  readonly expiresAt: number
  /** From then on, who wants it tries to get a newer one. */
  readonly renewAt: number
}

/** The place of one entry on disk. */
export interface EntryFile<T> {
  /** `undefined` if there is none, or a damaged one, or one that others could have read or written. */
  read(): Entry<T> | undefined
  write(entry: Entry<T>): void
  remove(): void
  lock(options: LockOptions): Promise<Lock | undefined>
}

const KEY_BYTES = 32
const DAY = 86_400_000
/** Not any `key`: a user may have named a folder that holds one. */
const KEY = 'countersign.key'
/** Entries, locks and drafts, but not the key: what is named like this was put there by a run. */
const NAMES = /^(?:[\da-f]{64}|countersign\.key)\.(?:json|lock|[\da-f]{16})(?:\.[\da-f]{16})?$/
/** Of an entry's form: another one's names are other ones. */
const VERSION = 1

/**
 * Opens the place of an entry in a private folder, which is made if need be.
 *
 * Its name is a MAC over `identity`, secrets included, by a key of the folder's own: without that
 * key, no guess of a secret can be checked against a name. So is the proof of what is in there, which
 * tells damage, and what belongs to another identity.
 *
 * @param identity Everything that the value depends on.
 * @param say Told of what is not trusted, and therefore replaced.
 * @throws {Untrusted} if the folder is not the user's alone.
 */
export async function entryFile<T>(
  folder: string,
  identity: unknown,
  say: (line: string) => void,
): Promise<EntryFile<T>> {
  privateFolder(folder)
  const key = await keyOf(folder, say)
  const mac = (text: string) => createHmac('sha256', key).update(text).digest('hex')
  const name = mac(JSON.stringify([VERSION, identity]))
  const path = join(folder, `${name}.json`)
  const proofOf = (entry: unknown) => mac(`${name} ${JSON.stringify(entry)}`)
  return {
    read() {
      try {
        const { entry, proof } = JSON.parse(trusted(path, say) ?? '{}')
        return proof === proofOf(entry) ? entry : undefined
      } catch {
        // It is not JSON.
        return undefined
      }
    },
    write(entry) {
      writePrivate(path, JSON.stringify({ entry, proof: proofOf(entry) }))
      sweep(folder)
    },
    remove: () => rmSync(path, { force: true }),
    lock: (options) => lock(join(folder, `${name}.lock`), options),
  }
}

/** The folder's own key, made by who comes first. */
async function keyOf(folder: string, say: (line: string) => void): Promise<Buffer> {
  const path = join(folder, KEY)
  const read = () => {
    const key = Buffer.from(trusted(path, say) ?? '', 'hex')
    return key.length === KEY_BYTES ? key : undefined
  }
  const known = read()
  if (known) return known
  const own = await lock(`${path}.lock`, { patience: 5000 })
  try {
    const another = read()
    if (another) return another
    const key = randomBytes(KEY_BYTES)
    writePrivate(path, key.toString('hex'))
    return key
  } finally {
    own?.release()
  }
}

function trusted(path: string, say: (line: string) => void): string | undefined {
  try {
    return readPrivate(path)
  } catch (error) {
    if (error instanceof Untrusted) say(`${error.message}: it is not used, but replaced`)
    return undefined
  }
}

/** Removes what nobody has touched for a day: other secrets' values, and what killed processes left. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => NAMES.test(one))) {
    const path = join(folder, name)
    const { mtimeMs = Infinity } = statSync(path, { throwIfNoEntry: false }) ?? {}
    if (Date.now() - mtimeMs > DAY) rmSync(path, { recursive: true, force: true })
  }
}
