import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder for one test, and nobody else. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'countersign-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Names in a folder, in a fixed order. */
export const inside = (path: string): string[] => readdirSync(path).toSorted()
