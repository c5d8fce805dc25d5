import type { SignedOptions, Signer } from '@countersign/core'
import { apart, assertSigned, assertSigner, isStream } from '@countersign/core/kit'
import { signedFetch } from '@countersign/core'
import type { Options } from 'ky'

/** What a request's `context` may hold for this package. */
export interface SignerContext {
  /** `false` sends this request unsigned; another signer signs it instead. */
  signer?: Signer | false
}

type Fetch = NonNullable<Options['fetch']>

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
  return {
    hooks: {
      // Where `fetch` is decided for each request. `beforeRequest` would run once for all attempts.
      init: [
        (call) => {
          const given = (call.fetch ?? fetch) as Fetch & { [SENDS]?: Fetch }
          call.fetch = signing(call, given[SENDS] ?? given, signer, options)
        },
      ],
    },
  }
}

function signing(call: Options, send: Fetch, signer: Signer, options: SignedOptions): Fetch {
  const sign = signedFetch(signer, { ...options, fetch: send as typeof fetch })
  const signing: Fetch = (input, init) => {
    const { signer: by = signer } = (call.context ?? {}) as SignerContext
    // A Request shows no longer whether its body can be had again: what the caller gave does.
    const body = isStream(call.body) && input instanceof Request ? { body: input.body } : {}
    if (by === false) return send(input, init)
    assertSigner(by)
    return sign(input, { ...init, ...body, signer: apart(by) })
  }
  return Object.assign(signing, { [SENDS]: send })
}
