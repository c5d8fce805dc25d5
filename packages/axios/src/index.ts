import type { SignedOptions, Signer } from '@countersign/core'
import { assertSigned } from '@countersign/core/kit'
import { type AxiosAdapter, type AxiosInstance, getAdapter } from 'axios'
import { call } from './call.ts'
import { straightAhead } from './straight.ts'

declare module 'axios' {
  interface AxiosRequestConfig<D, P> {
    /** `false` sends this request unsigned; another signer signs it instead. */
    signer?: Signer | false
  }
}

/** On an adapter that signs, so that installed twice is installed once. */
const SIGNS = Symbol.for('@countersign')

/**
 * Makes an axios instance sign its requests, whichever adapter sends them.
 *
 * Every attempt is signed for the URL and the bytes that are really sent. A 401 is answered once,
 * with a new token, nonce or clock, if the body can be sent again. A redirect that would carry a
 * signature abroad, or to a target that it does not cover, is followed hop by hop.
 *
 * What `instance.create` makes has, as always in axios, none of the instance's interceptors: sign it too.
 *
 * @returns The same instance.
 * @throws {OptionError} if the signer or an option is wrong.
 */
export function signed(
  instance: AxiosInstance,
  signer: Signer,
  options: SignedOptions = {},
): AxiosInstance {
  assertSigned(signer, options)
  const ahead = straightAhead(signer, options)
  /** An adapter that signs what it sends by another one. */
  function signingBy(adapter: typeof instance.defaults.adapter): AxiosAdapter {
    const signing: AxiosAdapter = (config) => {
      const { signer: by = signer } = config
      const send = typeof adapter === 'function' ? adapter : getAdapter(adapter, config)
      if (by === false) return send(config)
      try {
        return (by === signer && ahead(send, config)) || call(by, send, config, options)
      } catch (error) {
        // What is thrown at once would pass by the response interceptors.
        return Promise.reject(error)
      }
    }
    return Object.assign(signing, { [SIGNS]: true })
  }
  let last: { adapter: typeof instance.defaults.adapter; signing: AxiosAdapter } | undefined

  // Only an adapter sees the data after `transformRequest`; only an interceptor sees each adapter.
  instance.interceptors.request.use(
    (config) => {
      const adapter = config.adapter ?? instance.defaults.adapter
      if (SIGNS in Object(adapter)) return config
      if (!last || last.adapter !== adapter) last = { adapter, signing: signingBy(adapter) }
      config.adapter = last.signing
      // axios would send all of the buffer that a view shows a part of.
      if (ArrayBuffer.isView(config.data) && !('readUInt8' in config.data)) {
        const { buffer, byteOffset, byteLength } = config.data
        config.data = buffer.slice(byteOffset, byteOffset + byteLength)
      }
      return config
    },
    undefined,
    { synchronous: true },
  )
  return instance
}
