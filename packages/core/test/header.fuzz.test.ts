import { validateHeaderName, validateHeaderValue } from 'node:http'
import { basic, header, OptionError } from '@countersign/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordOf, rewritten } from '../src/record.ts'
import { base64, formEncoded } from '../src/encoding.ts'
import { sign } from './support/sign.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'a1-_ \t\r\n\0:;,"()ü\u007f\u2028') }),
  fc.stringMatching(/^[ -~]*$/),
)

test('what header() takes, every client can send as it is; the rest is refused', () => {
  fc.assert(
    fc.property(text, text, (name, value) => {
      try {
        const { headers } = sign(header(name, value))
        expect(headers).toEqual({ [name.toLowerCase()]: value })
        validateHeaderName(name)
        validateHeaderValue(name, value)
        expect(new Headers(headers).get(name)).toBe(value)
      } catch (error) {
        expect(error).toBeInstanceOf(OptionError)
      }
    }),
  )
})

test('a name and a password come out of Basic as they went in, or are refused', () => {
  fc.assert(
    fc.property(text, text, (username, password) => {
      try {
        const { headers } = sign(basic({ username, password }))
        const [, pair = ''] = /^Basic ([\w+/]+=*)$/.exec(headers.authorization ?? '') ?? []
        expect(Buffer.from(pair, 'base64').toString()).toBe(`${username}:${password}`)
      } catch (error) {
        expect(error).toBeInstanceOf(OptionError)
      }
    }),
  )
})

test('base64 and forms agree with the platform, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (any) => {
      expect(base64(any)).toBe(Buffer.from(any).toString('base64'))
      expect(new URLSearchParams(`a=${formEncoded(any)}`).get('a')).toBe(any)
    }),
  )
})

test('headers of any client stay what they are, but for those that a signature sets', () => {
  const value = fc.oneof(
    fc.string(),
    fc.array(fc.string()),
    fc.constantFrom(null, undefined, false, 5, true),
  )
  const names = ['X-A', 'x-b', 'Accept', 'content-type', 'constructor', 'toString']
  const added = fc.dictionary(
    fc.constantFrom(...names.map((name) => name.toLowerCase()), 'x-new'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), added, (given, more) => {
      const record = recordOf(given)
      expect(Object.values(record).every((one) => typeof one === 'string')).toBe(true)
      // A list is one line, none if it is empty, and by its name in lower case.
      const lists = Object.entries(given).filter(([, one]) => Array.isArray(one))
      const lines = Object.fromEntries(
        lists.flatMap(([name, list]) =>
          (list as string[]).length > 0 ? [[name.toLowerCase(), record[name.toLowerCase()]]] : [],
        ),
      )
      const plain = Object.entries(given).filter(([, one]) => !Array.isArray(one))
      expect(rewritten(given, record)).toEqual({ ...Object.fromEntries(plain), ...lines })
      const sent = recordOf(rewritten(given, { ...record, ...more }))
      const off = Object.keys(given).filter((name) => given[name] === false)
      // What the caller has switched off stays off.
      for (const name of off) delete more[name.toLowerCase()]
      expect(sent).toEqual({ ...record, ...more })
    }),
  )
})
