import { CountersignError, type Provider, type ProviderOptions } from '@countersign/core'
import { advisoryWindow, checked } from '@countersign/core/kit'
import type { SourceWrapper } from '@countersign/services/kalibrate'
import { type Entry, type EntryFile, entryFile } from './entry.ts'
import type { Lock } from './lock.ts'

export interface StoredOptions {
  /** Where to keep it. If that fails, nothing is kept. */
  readonly folder: () => Promise<string>
  /** Everything that the value depends on, secrets included: for another secret it is another value. */
  readonly identity: unknown
  /** Told in one line what the user should know: that nothing is kept, or that a renewal has failed. */
  readonly say: (line: string) => void
  /** How long to wait for another process that obtains the value, in milliseconds. Default 8,000. */
  readonly patience?: number
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  readonly now?: () => number
}

/** What can be kept. */
interface Expiring {
  readonly expiresAt?: number
  readonly then?: never
}

/** Milliseconds without contact after a failed renewal: between half of this and all of it. */
const BACKOFF = 600_000
/** In place of a lock, where the file system takes none. */
const NONE: Lock = { release() {} }

/**
 * Keeps what a source hands out in a file, for other processes and later runs: one of them at a time
 * contacts the source, and none while what is kept is good.
 *
 * A value is handed out until its end is as near as lets a cache, or an AWS SDK, want a newer one.
 * From then on one process contacts the source, while the others go on with what there is; should
 * that fail, so do all for some minutes. A value without an end is not kept: it would never go.
 */
export function stored(options: StoredOptions): SourceWrapper {
  return (source) => wrapped(source as Provider<Expiring>, options) as typeof source
}

function wrapped<T extends Expiring>(source: Provider<T>, options: StoredOptions): Provider<T> {
  const { folder, identity, say, patience = 8000, now = Date.now } = options
  let opened: Promise<EntryFile<T> | undefined> | undefined
  let place = ''
  let silent = false

  /** Whatever is wrong with the folder must not cost anybody a token, nor be told twice. */
  const givenUp = (error: unknown): undefined => {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code ? `${place} cannot be used (${code})` : message
    if (!silent) say(`nothing is kept between runs: ${reason}`)
    silent = true
  }
  function changed(change: () => void): void {
    try {
      change()
    } catch (error) {
      givenUp(error)
    }
  }
  const open = async () => {
    place = await folder()
    return entryFile<T>(place, identity, say)
  }

  const isGood = ({ obtainedAt, expiresAt }: Entry<T>) => obtainedAt <= now() && now() < expiresAt
  /** What is kept and still good, unless it is what a server has just refused. */
  function kept(file: EntryFile<T>, refused: T | undefined): Entry<T> | undefined {
    const entry = file.read()
    return entry && isGood(entry) && !isSame(entry.value, refused) ? entry : undefined
  }
  const isFresh = ({ renewAt }: Entry<T>) => now() < renewAt

  async function renewed(file: EntryFile<T>, asked: ProviderOptions<T>): Promise<T> {
    // Another process may have been here since.
    const old = kept(file, asked.refused)
    if (old && isFresh(old)) return old.value
    // It was refused, or has ended.
    if (!old) changed(() => file.remove())
    const obtainedAt = now()
    try {
      const value = checked(await source(asked), obtainedAt, now())
      const { expiresAt } = value
      if (expiresAt !== undefined) {
        const renewAt = expiresAt - advisoryWindow(expiresAt - obtainedAt)
        changed(() => file.write({ value, obtainedAt, expiresAt, renewAt }))
      }
      return value
    } catch (error) {
      if (!old || !isGood(old) || asked.signal?.aborted) throw error
      const left = old.expiresAt - now()
      const pause = Math.min(BACKOFF * (0.5 + Math.random() / 2), left / 4)
      changed(() => file.write({ ...old, renewAt: now() + pause }))
      const reason = error instanceof CountersignError ? `: ${error.message}` : ''
      say(`could not renew what is good for another ${Math.ceil(left / 60_000)} min${reason}`)
      return old.value
    }
  }

  return async (asked = {}) => {
    const file = await (opened ??= open().catch(givenUp))
    if (!file) return source(asked)
    const known = kept(file, asked.refused)
    if (known && isFresh(known)) return known.value
    const { signal } = asked
    const own = await file.lock({ patience: known ? 0 : patience, signal, now }).catch((error) => {
      signal?.throwIfAborted()
      givenUp(error)
      return NONE
    })
    if (!own && known) return known.value
    try {
      return await renewed(file, asked)
    } finally {
      own?.release()
    }
  }
}

/** What is read from a file is another object than what was refused. */
function isSame(value: object, refused: object | undefined): boolean {
  return refused !== undefined && JSON.stringify(value) === JSON.stringify(refused)
}
