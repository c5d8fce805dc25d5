import { OptionError } from './errors.ts'
import { assertSigner } from './options.ts'
import {
  isPromise,
  type MaybePromise,
  type Refusal,
  refusalsOf,
  SealedSignature,
  type Signature,
  type Signer,
  type SignableRequest,
  andThen,
} from './signer.ts'

/** The request as it is with a signature on it. */
function patched(request: SignableRequest, { headers, url }: Signature): SignableRequest {
  return {
    ...request,
    headers: { ...request.headers, ...headers },
    ...(url !== undefined && { url }),
  }
}

/**
 * Several signers as one. They sign in the order given, each seeing what those before it have
 * added, and each learns from a refusal. A signature over headers or the target goes last.
 *
 * @throws {OptionError} without any signer, or with something that is none.
 */
export function compose(...signers: Signer[]): Signer {
  if (signers.length === 0) throw new OptionError('signers', 'takes at least one signer')
  for (const signer of signers) assertSigner(signer)
  /** Which signatures a composed one is made of, so that each signer is told of its own. */
  const partsOf = new WeakMap<Signature, readonly Signature[]>()
  let last: { parts: readonly Signature[]; merged: Signature } | undefined

  function merge(parts: readonly Signature[]): Signature {
    // Warm tokens and constant headers give the same frozen parts again: so does their sum.
    if (last && parts.every((part, i) => part === last?.parts[i])) return last.merged
    const url = parts.findLast((part) => part.url !== undefined)?.url
    const headers = Object.assign({}, ...parts.map((part) => part.headers))
    const merged = Object.freeze(new SealedSignature(Object.freeze(headers), url))
    partsOf.set(merged, parts)
    if (parts.every(Object.isFrozen)) last = { parts, merged }
    return merged
  }

  function signFrom(
    index: number,
    request: SignableRequest,
    parts: Signature[],
  ): MaybePromise<Signature> {
    let seen = request
    for (let i = index; i < signers.length; i++) {
      const part = signers[i]?.sign(seen) as MaybePromise<Signature>
      if (isPromise(part)) {
        return part.then((ready) => signFrom(i + 1, patched(seen, ready), [...parts, ready]))
      }
      parts.push(part)
      if (i + 1 < signers.length) seen = patched(seen, part)
    }
    return merge(parts)
  }

  function recoverFrom(index: number, refusal: Refusal, again: boolean): MaybePromise<boolean> {
    const signer = signers[index]
    if (!signer) return again
    const own = partsOf.get(refusal.signature)?.[index]
    const answer =
      own && refusalsOf(signer).includes(refusal.status)
        ? signer.recover?.({ ...refusal, text: () => refusal.text(), signature: own })
        : false
    return andThen(answer ?? false, (yes) => recoverFrom(index + 1, refusal, again || yes))
  }

  return {
    readsBody: signers.some((signer) => signer.readsBody),
    readsTarget: signers.some((signer) => signer.readsTarget),
    refusals: [...new Set(signers.filter((signer) => signer.recover).flatMap(refusalsOf))],
    sign: (request) => signFrom(0, request, []),
    recover: (refusal) => recoverFrom(0, refusal, false),
  }
}
