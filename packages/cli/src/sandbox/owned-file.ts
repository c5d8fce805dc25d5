import { rmSync, writeFileSync } from 'node:fs'
import { Failure, reasonOf } from '../failure.ts'

/**
 * Writes a file that is its owner's alone, and never over another.
 *
 * @returns What removes it.
 * @throws {Failure} if it is there already, or cannot be written.
 */
export function ownedFile(path: string, text: string): () => void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new Failure(`-o ${path} cannot be written: ${reasonOf(error)}`, { cause: error })
  }
  return () => rmSync(path, { force: true })
}
