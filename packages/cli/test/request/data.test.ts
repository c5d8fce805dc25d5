import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { dataOf, HELD, whole } from '../../src/request/data.ts'
import type { Host } from '../../src/request/order.ts'
import { folder } from '../cache/folder.ts'

const stdin = Readable.from(['from stdin']) as unknown as Host['stdin']
const host = { stdin }
const text = async (given: string) => Buffer.from(await whole(await dataOf(given, host))).toString()

test('text is sent as it stands', async () => {
  expect(await text('{"a": "é"}\r\n')).toBe('{"a": "é"}\r\n')
  expect(await text('')).toBe('')
})

test('a file is sent with its line breaks, by its length, and as often as need be', async () => {
  const path = join(folder(), 'body')
  writeFileSync(path, 'one\r\ntwo\n\0')
  const data = (await dataOf(`@${path}`, host)) as Blob
  expect([data.size, data.type]).toEqual([10, ''])
  for (const _ of [1, 2]) expect(Buffer.from(await whole(data)).toString()).toBe('one\r\ntwo\n\0')
})

test.each(['-', '@-'])('%s is the standard input', async (given) => {
  expect(await dataOf(given, host)).toBe(stdin)
})

test.skipIf(process.platform === 'win32')('a pipe is read, though it has no length', async () => {
  const path = join(folder(), 'pipe')
  execFileSync('mkfifo', [path])
  const [read] = await Promise.all([text(`@${path}`), writeFile(path, 'through a pipe')])
  expect(read).toBe('through a pipe')
})

test.each([
  ['@no-such-file', '-d names a file that cannot be read: no-such-file: no such file or directory'],
  [`@${import.meta.dirname}`, '-d names a folder: '],
])('%s cannot be sent', async (given, message) => {
  await expect(dataOf(given, host)).rejects.toThrow(message)
})

test('of what a signature covers, not more is held than memory bears', async () => {
  const part = new Uint8Array(HELD / 4)
  let read = 0
  const endless = Readable.from(
    (function* () {
      for (;;) {
        read += 1
        yield part
      }
    })(),
  )
  await expect(whole(endless)).rejects.toThrow('-d gives more than 64 MiB')
  expect(read).toBeLessThan(30)
  const most = await whole(Readable.from([part, part, part, part]))
  expect(most).toHaveLength(HELD)
})
