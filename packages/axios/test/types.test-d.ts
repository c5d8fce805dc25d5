import { signed } from '@countersign/axios'
import { bearer } from '@countersign/core'
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios'
import { expectTypeOf, test } from 'vitest'

test('an instance in, an instance out', () => {
  const signer = bearer('token')
  expectTypeOf(signed(axios.create(), signer, { buffer: 1 })).toEqualTypeOf<AxiosInstance>()
  expectTypeOf(signed).not.toBeAny()
  // @ts-expect-error a token is not a signer
  signed(axios.create(), 'token')
  // @ts-expect-error options are known
  signed(axios.create(), signer, { buffers: 1 })
})

test('a signer per request', () => {
  const config: AxiosRequestConfig = { signer: false }
  expectTypeOf(config.signer).not.toBeAny()
  void axios.get('/', { signer: bearer('other') })
  // @ts-expect-error neither a signer nor false
  void axios.get('/', { signer: true })
})
