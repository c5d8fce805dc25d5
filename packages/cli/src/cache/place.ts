import { isAbsolute, join } from 'node:path'
import type { Environment } from '../env.ts'
import { Untrusted } from './private.ts'

/**
 * Where what is temporary is kept between runs: `COUNTERSIGN_CACHE_DIR`, or else a folder in the
 * user's own cache, wherever the system has that.
 *
 * @throws {Untrusted} if there is no such place.
 */
export async function cacheFolder(env: Environment): Promise<string> {
  const { COUNTERSIGN_CACHE_DIR: given, XDG_CACHE_HOME: home } = env
  if (given) return absolute('COUNTERSIGN_CACHE_DIR', given)
  // On every system: who sets it means it.
  if (home) return join(absolute('XDG_CACHE_HOME', home), 'countersign')
  const standard = await standardFolder()
  if (standard && isAbsolute(standard)) return standard
  throw new Untrusted('there is no home folder')
}

function absolute(name: string, path: string): string {
  if (isAbsolute(path)) return path
  throw new Untrusted(`${name} is no absolute path`)
}

async function standardFolder(): Promise<string | undefined> {
  try {
    const { default: envPaths } = await import('env-paths')
    return envPaths('countersign', { suffix: '' }).cache
  } catch {
    // Who has no account has no home either, and it looks for that when it is loaded.
    return undefined
  }
}
