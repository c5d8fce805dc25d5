import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileAt } from '../../src/request/file.ts'
import { folder, inside } from '../cache/folder.ts'

const { signal } = new AbortController()

async function* parts(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

async function* broken() {
  yield Buffer.from('half')
  throw new Error('broken off')
}

test('a file is there as a whole, and nothing beside it', async () => {
  const at = folder()
  const file = await fileAt(join(at, 'out'))
  expect(inside(at)).toEqual([expect.stringMatching(/^out\.[\da-f]{8}\.part$/)])
  await file.fill(parts('one ', 'two'), signal)
  await file.discard()
  expect(inside(at)).toEqual(['out'])
  expect(readFileSync(join(at, 'out'), 'utf8')).toBe('one two')
})

describe('what is there already', () => {
  test('stays as it is when the source breaks off', async () => {
    const at = folder()
    const path = join(at, 'out')
    writeFileSync(path, 'before')
    const file = await fileAt(path)
    await expect(file.fill(broken(), signal)).rejects.toThrow('broken off')
    await file.discard()
    expect(inside(at)).toEqual(['out'])
    expect(readFileSync(path, 'utf8')).toBe('before')
  })

  test.skipIf(process.platform === 'win32')('keeps its permissions', async () => {
    const path = join(folder(), 'out')
    writeFileSync(path, 'before', { mode: 0o600 })
    const file = await fileAt(path)
    await file.fill(parts('after'), signal)
    await file.discard()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toBe('after')
  })

  test.skipIf(process.platform === 'win32')('is what a link leads to', async () => {
    const at = folder()
    writeFileSync(join(at, 'real'), 'before')
    symlinkSync('real', join(at, 'link'))
    const file = await fileAt(join(at, 'link'))
    await file.fill(parts('after'), signal)
    await file.discard()
    expect(readFileSync(join(at, 'real'), 'utf8')).toBe('after')
    expect(inside(at)).toEqual(['link', 'real'])
  })

  test.skipIf(process.platform === 'win32')('is not replaced if it is no file', async () => {
    const file = await fileAt('/dev/null')
    await file.fill(parts('away'), signal)
    await file.discard()
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })
})

test('an abort leaves nothing behind', async () => {
  const at = folder()
  const stop = new AbortController()
  const file = await fileAt(join(at, 'out'))
  async function* endless() {
    for (;;) {
      yield Buffer.from('more')
      stop.abort()
    }
  }
  await expect(file.fill(endless(), stop.signal)).rejects.toThrow(/abort/)
  await file.discard()
  expect(inside(at)).toEqual([])
})

test.each([
  ['no-such-folder/out', '-o no-such-folder/out cannot be written: no such file or directory'],
  [import.meta.dirname, 'cannot be written: illegal operation on a directory (EISDIR)'],
])('%s is refused before anything is sent', async (path, message) => {
  await expect(fileAt(path)).rejects.toThrow(
    expect.objectContaining({ name: 'Failure', message: expect.stringContaining(message) }),
  )
})
