import { handedOut, headerValue } from './options.ts'
import type { AccessToken, Provider } from './provider.ts'
import {
  andThen,
  isPromise,
  SealedSignature,
  type Signature,
  type Signer,
  UNSIGNED,
} from './signer.ts'

// Joined, it is text in one piece. In two, each look of a client at all of it, to check or to copy it, costs more.
const authorization = (token: string): Signature =>
  Object.freeze(new SealedSignature(Object.freeze({ authorization: ['Bearer', token].join(' ') })))

const tokenOf = (value: string | AccessToken): string =>
  typeof value === 'string' ? value : value?.token

/** A signature, and what its provider handed out for it: an object that may say something else by now. */
interface Signed {
  readonly value: string | AccessToken
  readonly text: string
  readonly signature: Signature
}

/**
 * Signs with `Authorization: Bearer …`. A request that has an `Authorization` of its caller's own
 * keeps it, and no token is fetched for it.
 *
 * With a provider, a refused token is handed back to it, and the request is sent again when the
 * provider has another. Give it a provider that keeps its token, such as {@link cached}: this signer
 * asks for each request. A warm token is put on synchronously.
 *
 * @param token A token, a function that reads one each time, or a provider of access tokens.
 * @throws {OptionError} if a token given as a string cannot stand in a header.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 RFC 6750 §2.1}
 */
export function bearer(token: string | Provider<string | AccessToken>): Signer {
  if (typeof token !== 'function') {
    const constant = authorization(headerValue('token', token))
    return { sign: ({ headers }) => (headers.authorization === undefined ? constant : UNSIGNED) }
  }

  const signed = new WeakMap<Signature, Signed>()
  let last: Signed | undefined

  function signatureOf(value: string | AccessToken): Signature {
    const text = tokenOf(value)
    if (last && last.value === value && last.text === text) return last.signature
    const signature = authorization(handedOut('token', text, headerValue))
    last = { value, text, signature }
    signed.set(signature, last)
    return signature
  }

  return {
    sign({ headers, signal }) {
      if (headers.authorization !== undefined) return UNSIGNED
      const value = signal ? token({ signal }) : token()
      return isPromise(value) ? value.then(signatureOf) : signatureOf(value)
    },
    recover({ signature, request: { signal } }) {
      const refused = signed.get(signature)
      if (!refused) return false
      const next = token({ refused: refused.value, signal })
      return andThen(next, (value) => tokenOf(value) !== refused.text)
    },
  }
}
