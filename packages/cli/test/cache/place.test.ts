import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { cacheFolder } from '../../src/cache/place.ts'

describe('cacheFolder', () => {
  test('is where the user says', async () => {
    const env = { COUNTERSIGN_CACHE_DIR: '/mine', XDG_CACHE_HOME: '/var/cache/me' }
    expect(await cacheFolder(env)).toBe('/mine')
    expect(await cacheFolder({ ...env, COUNTERSIGN_CACHE_DIR: '' })).toBe(
      join('/var/cache/me', 'countersign'),
    )
  })

  test('or else in the user’s own cache', async () => {
    vi.stubEnv('XDG_CACHE_HOME', undefined)
    vi.resetModules()
    const path = await cacheFolder({})
    expect(isAbsolute(path)).toBe(true)
    expect(path.startsWith(homedir())).toBe(true)
    expect(path).toMatch(/ache.+countersign|countersign.+ache/)
    vi.unstubAllEnvs()
  })

  test.each([
    [{ COUNTERSIGN_CACHE_DIR: 'here' }, 'COUNTERSIGN_CACHE_DIR is no absolute path'],
    [{ XDG_CACHE_HOME: './cache' }, 'XDG_CACHE_HOME is no absolute path'],
  ])('is not where a process happens to be: %j', async (env, words) => {
    await expect(cacheFolder(env)).rejects.toThrow(words)
  })
})
