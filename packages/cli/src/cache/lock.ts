import { randomBytes } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Untrusted } from './private.ts'

/** Milliseconds after which a holder that was not heard of counts as dead. */
const STALE = 3000
/** Milliseconds between two signs of life. */
const HEARTBEAT = 500
/** Milliseconds between two looks at a lock that is held, at the most. */
const POLL = 60

export interface Lock {
  /** Lets the next one in. Never throws. */
  release(): void
}

export interface LockOptions {
  /** How long to wait for it, in milliseconds. */
  readonly patience: number
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /** The clock, in milliseconds since the Unix epoch. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * Takes a lock that one process at a time can hold, once it is free; `undefined` if that takes too long.
 *
 * It is a folder with one file in it, which is named after the holder, and touched as long as that
 * lives. It appears whole, by a rename that no folder with something in it lets happen, and a dead
 * holder's file is removed by its name. So ten processes that find a holder dead at once get one new
 * one between them; what npm has for this can give them two, and takes longer to find it dead.
 *
 * @throws {unknown} the signal's reason, and what the file system says if it takes no lock at all.
 */
export async function lock(path: string, options: LockOptions): Promise<Lock | undefined> {
  const { patience, signal, now = Date.now } = options
  const end = performance.now() + patience
  for (;;) {
    signal?.throwIfAborted()
    const own = isHeld(path, now()) ? undefined : take(path, now)
    if (own || performance.now() >= end) return own
    await sleep(POLL * (0.5 + Math.random() / 2))
  }
}

/** Whether a living process holds it. A dead one's is removed. */
function isHeld(path: string, now: number): boolean {
  for (const file of holders(path)) {
    const seen = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN
    // From the future, too, if the clock was set back.
    if (Math.abs(now - seen) <= STALE) return true
    rmSync(file, { force: true })
  }
  return false
}

function holders(path: string): string[] {
  try {
    // What lies behind a symbolic link is not removed.
    if (!lstatSync(path).isDirectory()) throw new Untrusted(`${path} is no folder`)
    return readdirSync(path).map((name) => join(path, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function take(path: string, now: () => number): Lock | undefined {
  const name = randomBytes(8).toString('hex')
  const draft = `${path}.${name}`
  const touch = (file: string) => utimesSync(file, now() / 1000, now() / 1000)
  try {
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(join(draft, name), '', { mode: 0o600 })
    touch(join(draft, name))
    // Windows lets nothing take the place of a folder, were it empty.
    attempt(() => rmdirSync(path))
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || isHeld(path, now())) return undefined
    throw error
  }

  const file = join(path, name)
  const heart = setInterval(() => {
    // Else it was stopped for so long that it was taken for dead: the lock is somebody else's now.
    if (!attempt(() => touch(file))) clearInterval(heart)
  }, HEARTBEAT).unref()
  return {
    release() {
      clearInterval(heart)
      attempt(() => rmSync(file, { force: true }))
      // Unless the next one is in there already.
      attempt(() => rmdirSync(path))
    },
  }
}

/** Whether it could be done. */
function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
