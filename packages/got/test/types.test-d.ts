import { bearer } from '@countersign/core'
import { type SignerContext, signed } from '@countersign/got'
import got, { type ExtendOptions, type Response } from 'got'
import { expectTypeOf, test } from 'vitest'

test('options for got.extend', () => {
  const signer = bearer('token')
  expectTypeOf(signed(signer, { buffer: 1 })).toExtend<ExtendOptions>()
  expectTypeOf(got.extend(signed(signer))).not.toBeAny()
  // What an answer is, got reads off the options that it was extended with.
  expectTypeOf(got.extend(signed(signer))('/')).resolves.toEqualTypeOf<Response<string>>()
  // @ts-expect-error a token is not a signer
  signed('token')
  // @ts-expect-error options are known
  signed(signer, { buffers: 1 })
})

test('a signer per request', () => {
  const context = { signer: bearer('other') } satisfies SignerContext
  expectTypeOf(context.signer).not.toBeAny()
  void got('/', { context })
  // @ts-expect-error neither a signer nor false
  const wrong = { signer: true } satisfies SignerContext
  void wrong
})
