import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { privateFolder, readPrivate, Untrusted, writePrivate } from '../../src/cache/private.ts'
import { folder, inside } from './folder.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** From now on, whatever there is belongs to somebody else. */
function becomeAnother(): void {
  vi.spyOn(process as Required<typeof process>, 'geteuid').mockReturnValue(4_000_000)
}
const modeOf = (path: string) => statSync(path).mode & 0o777

describe('a folder', () => {
  test('is made for its owner alone, and what leads there, too', () => {
    const path = join(folder(), 'a', 'b')
    privateFolder(path)
    expect([modeOf(path), modeOf(join(path, '..'))]).toEqual([0o700, 0o700])
    privateFolder(path)
  })

  test.each([0o755, 0o710, 0o777, 0o702])('that others can enter is not used: %o', (mode) => {
    const path = folder()
    chmodSync(path, mode)
    const words = `${path} is open to others (mode ${mode.toString(8)})`
    expect(() => privateFolder(path)).toThrow(new Untrusted(words))
  })

  test('that is a symbolic link is not used', () => {
    const path = folder()
    mkdirSync(join(path, 'real'), { mode: 0o700 })
    symlinkSync(join(path, 'real'), join(path, 'link'))
    expect(() => privateFolder(join(path, 'link'))).toThrow(/link is a symbolic link$/)
  })

  test('that belongs to somebody else is not used', () => {
    const path = folder()
    becomeAnother()
    expect(() => privateFolder(path)).toThrow(/belongs to another user$/)
  })
})

describe('a file', () => {
  const file = () => join(folder(), 'file')

  test('is written for its owner alone, and read again', () => {
    const path = file()
    writePrivate(path, 'one')
    expect(modeOf(path)).toBe(0o600)
    writePrivate(path, 'two')
    expect(readPrivate(path)).toBe('two')
    expect(inside(join(path, '..'))).toEqual(['file'])
  })

  test('that is not there, is none, or too large, is not read', () => {
    const path = file()
    expect(readPrivate(path)).toBeUndefined()
    writePrivate(path, 'x'.repeat(65_536))
    expect(readPrivate(path)).toHaveLength(65_536)
    writePrivate(path, 'x'.repeat(65_537))
    expect(readPrivate(path)).toBeUndefined()
    mkdirSync(`${path}.d`, { mode: 0o700 })
    expect(readPrivate(`${path}.d`)).toBeUndefined()
  })

  test.each([0o644, 0o640, 0o604, 0o602])('that is open to others is not read: %o', (mode) => {
    const path = file()
    writeFileSync(path, 'secret')
    chmodSync(path, mode)
    expect(() => readPrivate(path)).toThrow(Untrusted)
    writePrivate(path, 'another')
    expect([readPrivate(path), modeOf(path)]).toEqual(['another', 0o600])
  })

  test('that is a symbolic link is not read, and replaced where it stands', () => {
    const path = file()
    writeFileSync(`${path}.target`, 'somebody’s', { mode: 0o600 })
    symlinkSync(`${path}.target`, path)
    expect(() => readPrivate(path)).toThrow(/is a symbolic link$/)
    writePrivate(path, 'mine')
    expect(lstatSync(path).isSymbolicLink()).toBe(false)
    expect(readFileSync(`${path}.target`, 'utf8')).toBe('somebody’s')
  })

  test('that belongs to somebody else is not read', () => {
    const path = file()
    writePrivate(path, 'text')
    becomeAnother()
    expect(() => readPrivate(path)).toThrow(/belongs to another user$/)
  })

  test('that cannot be written leaves no draft', () => {
    const path = join(folder(), 'taken')
    mkdirSync(join(path, 'by a folder'), { recursive: true })
    expect(() => writePrivate(path, 'text')).toThrow(/^E(?:ISDIR|NOTEMPTY|EXIST|PERM)/)
    expect(inside(join(path, '..'))).toEqual(['taken'])
  })

  test('has no modes on Windows', () => {
    const { geteuid } = process
    onTestFinished(() => {
      process.geteuid = geteuid as NonNullable<typeof geteuid>
    })
    delete process.geteuid
    const path = file()
    writeFileSync(path, 'text')
    chmodSync(path, 0o666)
    expect(readPrivate(path)).toBe('text')
  })
})
