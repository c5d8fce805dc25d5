import { OptionError } from '@countersign/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { factories } from './support/factories.ts'
import { changed } from './support/fates.ts'

/** What a program without types may pass, by mistake or from somebody else's JSON. */
const junk = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true }),
  fc.string({ unit: 'binary' }),
  // Half of a surrogate pair, too, which no UTF-8 has.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom<unknown>(null, Number.NaN, -1, Infinity, '', [], {}, Symbol('s'), () => 1),
)

/** What every option is given in each run: what has broken one, and its like. */
const FOUND = [Number.NaN, null, '', '\ud800', 1n, Symbol('s'), Object.create(null), [undefined]]

test.each(factories)('$name takes any value of any option, or refuses it by its name', (it) => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(it.fates)), junk, (option, value) => {
      try {
        it.build(changed(it.valid, option, value) as never)
      } catch (error) {
        expect(error).toBeInstanceOf(OptionError)
        const named = (error as OptionError).option
        // Where two do not go together, the other one may be named.
        expect(Object.keys(it.fates)).toContain(named.split('.')[0])
        expect((error as Error).message).toMatch(/^[^\p{C}]{1,300}$/u)
      }
    }),
    {
      examples: Object.keys(it.fates).flatMap((option) =>
        FOUND.map((value): [string, unknown] => [option, value]),
      ),
    },
  )
})
