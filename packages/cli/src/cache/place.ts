import { isAbsolute, join } from 'node:path'
import type { Environment } from '../env.ts'
import { Untrusted } from './private.ts'

/**
 * Where what is temporary is kept between runs: `COUNTERSIGN_CACHE_DIR`, or else a folder in the
 * user's own cache, as the system has it.
 *
 * @throws {Untrusted} if there is no such place.
 */
export async function cacheFolder(env: Environment): Promise<string> {
  const { COUNTERSIGN_CACHE_DIR: given, XDG_CACHE_HOME: home } = env
  const folder = given || (home ? join(home, 'countersign') : await standardFolder())
  if (isAbsolute(folder)) return folder
  throw new Untrusted(`${given ? 'COUNTERSIGN_CACHE_DIR' : 'XDG_CACHE_HOME'} is no absolute path`)
}

async function standardFolder(): Promise<string> {
  try {
    const { default: envPaths } = await import('env-paths')
    return envPaths('countersign', { suffix: '' }).cache
  } catch {
    // It looks for the home folder when it is loaded, and who has none may have no account either.
    throw new Untrusted('there is no home folder')
  }
}
