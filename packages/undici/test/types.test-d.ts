import { bearer } from '@countersign/core'
import { type SignedCall, signed } from '@countersign/undici'
import { Agent, type Dispatcher, request } from 'undici'
import { expectTypeOf, test } from 'vitest'

const signer = bearer('token')
const origins = 'https://api.example.com'

test('an interceptor for compose', () => {
  expectTypeOf(signed).not.toBeAny()
  expectTypeOf(signed(signer, { origins })).toEqualTypeOf<Dispatcher.DispatcherComposeInterceptor>()
  expectTypeOf(
    new Agent().compose(signed(signer, { origins: [origins, new URL(origins)], buffer: 1 })),
  ).toEqualTypeOf<Dispatcher.ComposedDispatcher>()
  // @ts-expect-error a token is not a signer
  signed('token', { origins })
  // @ts-expect-error a dispatcher must be told where credentials belong
  signed(signer)
  // @ts-expect-error options are known
  signed(signer, { origins, buffers: 1 })
})

test('a signer per request', () => {
  const mine: SignedCall = { signer: false }
  void request(origins, { dispatcher: new Agent(), ...mine })
  expectTypeOf(mine.signer).not.toBeAny()
  // @ts-expect-error neither a signer nor false
  const wrong: SignedCall = { signer: true }
  void wrong
})
