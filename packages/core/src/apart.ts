import { CountersignError, SigningError } from './errors.ts'
import { delegate, isPromise, type MaybePromise, type Signer } from './signer.ts'

/**
 * The same signer, whose failures no client takes for its own: one that repeats a request after an
 * error of the network would repeat it after an error of a token's network too. What is not our
 * error already becomes the cause of one; an abort stays what it is.
 */
export function apart(signer: Signer): Signer {
  function guarded<T>(work: () => MaybePromise<T>, signal?: AbortSignal): MaybePromise<T> {
    const fail = (cause: unknown): never => {
      if (cause instanceof CountersignError || signal?.aborted) throw cause
      throw new SigningError('signing-failed', 'The request could not be signed', { cause })
    }
    try {
      const result = work()
      return isPromise(result) ? result.catch(fail) : result
    } catch (error) {
      return fail(error)
    }
  }
  return delegate(signer, {
    sign: (request) => guarded(() => signer.sign(request), request.signal),
    ...(signer.recover && {
      recover: (refusal) =>
        guarded(() => signer.recover?.(refusal) ?? false, refusal.request.signal),
    }),
  })
}
