import { bearer } from '@countersign/core'
import { type SignerContext, signed } from '@countersign/ky'
import ky, { type KyInstance, type Options } from 'ky'
import { expectTypeOf, test } from 'vitest'

test('options for ky.extend', () => {
  const signer = bearer('token')
  expectTypeOf(signed(signer, { buffer: 1 })).toEqualTypeOf<Options>()
  expectTypeOf(ky.extend(signed(signer))).toEqualTypeOf<KyInstance>()
  // @ts-expect-error a token is not a signer
  signed('token')
  // @ts-expect-error options are known
  signed(signer, { buffers: 1 })
})

test('a signer per request', () => {
  const context = { signer: bearer('other') } satisfies SignerContext
  void ky('/', { context })
  expectTypeOf(context.signer).not.toBeAny()
  // @ts-expect-error neither a signer nor false
  const wrong = { signer: true } satisfies SignerContext
  void wrong
})
