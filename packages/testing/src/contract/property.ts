import fc from 'fast-check'
import { expect } from 'vitest'
import type { Call, Made } from './client.ts'

const BODILESS = ['GET', 'HEAD', 'OPTIONS']

/** Not the unit `binary`, which makes a table of all of Unicode: most of a second in every process. */
const character = fc
  .oneof(fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point))

/** Any Unicode, and often what URLs are made of. */
const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength }),
    fc.string({ unit: character, maxLength }),
    fc.string({ unit: fc.constantFrom(..."/:?@!$&'()*+,;=[]{}|^`\\%~. aü€"), maxLength }),
  )

/** Escapes that begin and do not end are for each client to take or not. */
const tidy = (part: string) => part.replaceAll(/%(?![0-9a-f]{2})/gi, '%25').replaceAll('#', '%23')

const call: fc.Arbitrary<Omit<Call, 'url'> & { path: string }> = fc.record(
  {
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
    path: fc
      .tuple(fc.array(text(8).map(tidy), { maxLength: 4 }), text(12).map(tidy))
      .map(([path, query]) => `/${path.join('/').replaceAll('?', '%3F')}?${query}`),
    params: fc.array(fc.tuple(text(6), text(8)), { minLength: 1, maxLength: 4 }),
    headers: fc.dictionary(
      fc.stringMatching(/^x-[a-z0-9]{1,8}$/),
      fc.stringMatching(/^[!-~]([ -~]{0,12}[!-~])?$/),
      { maxKeys: 3 },
    ),
    body: fc.oneof(text(30), fc.uint8Array({ maxLength: 40 })) as fc.Arbitrary<
      string | Uint8Array<ArrayBuffer>
    >,
  },
  { requiredKeys: ['method', 'path'] },
)

/**
 * What is signed is what is sent, whatever that is.
 *
 * @param origin A server that answers 200 to what it finds valid.
 */
export async function agrees(
  { send }: Made,
  origin: string,
  seed: number,
  numRuns: number,
): Promise<void> {
  const property = fc.asyncProperty(call, async ({ path, body, ...rest }) => {
    const sent: Call = {
      ...rest,
      url: origin + path,
      ...(body !== undefined && !BODILESS.includes(rest.method ?? '') && { body }),
    }
    const { status, text } = await send(sent)
    expect([status, text]).toEqual([200, rest.method === 'HEAD' ? '' : 'valid'])
  })
  await fc.assert(property, { seed, numRuns })
}
