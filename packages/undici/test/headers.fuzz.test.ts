import fc from 'fast-check'
import { expect, test } from 'vitest'
import { headersOf } from '../src/headers.ts'

const name = fc.constantFrom('X-A', 'x-a', 'Accept', 'x-b', 'constructor', '__proto__')
const value = fc.stringMatching(/^[!-~]([ -~]{0,8}[!-~])?$/)

/** The same headers in each shape that undici takes. */
const shapes = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => ({
  pairs,
  flat: pairs.flat(),
  map: new Map(pairs),
  headers: new Headers(pairs),
  record: Object.fromEntries(pairs),
}))

test('headers are read alike from every shape that undici takes', () => {
  fc.assert(
    fc.property(shapes, ({ pairs, flat, map, headers, record }) => {
      const all: Record<string, string[]> = Object.create(null)
      for (const [key, one] of pairs) (all[key.toLowerCase()] ??= []).push(one)
      const lists = (read: object) =>
        Object.fromEntries(Object.entries(read).map(([key, one]) => [key, [one].flat()]))
      expect(lists(headersOf(pairs as never))).toEqual({ ...all })
      expect(lists(headersOf(flat))).toEqual({ ...all })
      expect(Object.keys(headersOf(map))).toEqual(Object.keys(headersOf(record)))
      expect(lists(headersOf(headers))).toEqual(
        Object.fromEntries(
          Object.entries(all)
            .sort()
            .map(([key, ones]) => [key, [ones.join(', ')]]),
        ),
      )
    }),
  )
})
