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

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command as its users do, with nothing in the environment but a cache and what is given. */
export function start(args: readonly string[], env: Environment = {}) {
  const child = spawn(process.execPath, ['--conditions=@countersign/source', main, ...args], {
    env: { COUNTERSIGN_CACHE_DIR: join(own, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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

export const command = (args: readonly string[], env?: Environment): Promise<Ended> =>
  start(args, env).ended
