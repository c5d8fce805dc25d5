import type { SignedOptions, Signer } from '@countersign/core'
import { apart, assertSigned, assertSigner, isStream } from '@countersign/core/kit'
import { type SignedFetch, signedFetch } from '@countersign/core'
import type { Options } from 'ky'

/** What a request's `context` may hold for this package. */
export interface SignerContext {
  /** `false` sends this request unsigned; another signer signs it instead. */
  signer?: Signer | false
}

type Fetch = NonNullable<Options['fetch']>
type Signing = Fetch & { [SENDS]?: Fetch }

/** On a fetch that signs: the fetch that sends, so that installed twice is installed once. */
const SENDS = Symbol.for('@countersign/ky')

/**
 * Options that make ky sign its requests: `ky.extend(signed(signer))`.
 *
 * Every attempt, each retry of ky's too, is signed for the URL and the bytes that are really sent. A 401
 * is answered once and at once, with a new token, nonce or clock, if the body can be sent again; it
 * takes nothing from ky's `retry`. A redirect that would carry a signature abroad, or to a target that
 * it does not cover, is followed hop by hop. A `fetch` of the caller's own does the sending.
 *
 * `context: { signer }` is for one request: `false`, or another signer.
 *
 * @throws {OptionError} if the signer or an option is wrong.
 */
export function signed(signer: Signer, options: SignedOptions = {}): Options {
  assertSigned(signer, options)
  const own = apart(signer)
  let last: { send: Fetch; sign: SignedFetch } | undefined
  /** The fetch that signs, which is the same for all calls but those with a fetch of their own. */
  function signing(send: Fetch): SignedFetch {
    if (last?.send !== send) {
      last = { send, sign: signedFetch(own, { ...options, fetch: send as typeof fetch }) }
    }
    return last.sign
  }

  return {
    hooks: {
      // Where `fetch` is decided for each request. `beforeRequest` would run once for all attempts.
      init: [
        (call) => {
          const given: Signing = call.fetch ?? fetch
          const send = given[SENDS] ?? given
          const sign = signing(send)
          const signed: Signing = (input, init) => {
            const { signer: by = signer } = (call.context ?? {}) as SignerContext
            if (by === false) return send(input, init)
            // A Request shows no longer whether its body can be had again: what the caller gave does.
            const spent = isStream(call.body) && input instanceof Request
            if (by === signer && !spent) return sign(input, init)
            assertSigner(by)
            return sign(input, { ...init, ...(spent && { body: input.body }), signer: apart(by) })
          }
          signed[SENDS] = send
          call.fetch = signed
        },
      ],
    },
  }
}
