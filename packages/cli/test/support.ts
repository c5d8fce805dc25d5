import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import type { Environment } from '../src/env.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** What a test file's commands keep between runs; the cache of who runs the tests is left alone. */
const own = mkdtempSync(join(tmpdir(), 'countersign-'))
afterAll(() => rmSync(own, { recursive: true, force: true }))

/** Most of what a run takes is to compile the sources: once for all of them is enough. */
const compiled = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the command as its users do, with nothing in the environment but its caches and what is given.
 *
 * @param input What it can read. With `null` its standard input stays open.
 */
export function start(args: readonly string[], env: Environment = {}, input?: string | null) {
  const child = spawn(process.execPath, ['--conditions=@countersign/source', main, ...args], {
    env: { NODE_COMPILE_CACHE: compiled, COUNTERSIGN_CACHE_DIR: join(own, 'cache'), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  if (input !== null) child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return { child, ended }
}

export const command = (
  args: readonly string[],
  env?: Environment,
  input?: string,
): Promise<Ended> => start(args, env, input).ended
