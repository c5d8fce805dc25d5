import { expect, test } from 'vitest'
import { bodyPart, visible } from '../../src/explain/visible.ts'

test.each([
  ['plain text', 'plain text'],
  ['a\nb\r\t\0', 'a\\nb\\r\\t\\u0000'],
  ['back\\slash', 'back\\\\slash'],
  ['h\u00e9\u{1f600}\u200b', 'h\\u00e9\\ud83d\\ude00\\u200b'],
  ['\u001b[31m', '\\u001b[31m'],
  [' space at an end', '" space at an end"'],
  ['a line break\n', '"a line break\\n"'],
  ['', '""'],
])('what cannot be seen is escaped: %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('long text is shortened', () => {
  expect(visible('abcdefgh', 3)).toBe('abc...')
})

test.each<[string, Uint8Array | undefined, object | undefined]>([
  ['none', undefined, undefined],
  ['an empty one', new Uint8Array(), undefined],
  ['one byte', Buffer.from('x'), { name: 'body', value: 'x', about: '1 byte' }],
  ['UTF-8 with a mark', Buffer.from('\ufeffé'), { value: '"\\ufeff\\u00e9"', about: '5 bytes' }],
  ['no UTF-8', Buffer.of(0x61, 0xff, 0), { value: 'a\\xff\\x00', about: '3 bytes' }],
])('a body: %s', (_, body, shown) => {
  const part = bodyPart(body)
  if (shown) expect(part).toMatchObject(shown)
  else expect(part).toBeUndefined()
})

test('a long body is shortened, and its length told', () => {
  const { value, about } = bodyPart(Buffer.alloc(1000, 'x')) ?? {}
  expect([value?.length, about]).toEqual([203, '1000 bytes'])
})
