import type { Signer } from '@countersign/core'
import type { Role } from '../bench.ts'

/** A request that is to be signed. */
export interface Unsigned {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
}

type Headers = Readonly<Record<string, string>>

/** The headers that prove who asks, at once or later. */
type Sign = (request: Unsigned) => Headers | Promise<Headers>

export interface Key {
  readonly id: string
  readonly secret: string
}

/** A way to sign, made ready once for a key. */
export interface Signing {
  readonly name: string
  readonly role: Role
  readonly over?: string
  /** Takes text only. */
  readonly text?: boolean
  make(key: Key): Sign
}

/** Throws if a server would not take these headers for proof. */
export type Verify = (key: Key, request: Unsigned, headers: Headers) => void

/** A signer of ours. */
export function signedBy(signer: Signer): Sign {
  return (request) => {
    const signature = signer.sign(request)
    return 'headers' in signature ? signature.headers : signature.then(({ headers }) => headers)
  }
}
