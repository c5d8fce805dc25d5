import { CountersignError, SigningError } from './errors.ts'
import { delegate, isPromise, type MaybePromise, type Signer } from './signer.ts'

/**
 * The same signer, whose failures no client takes for its own: one that repeats a request after an
 * error of the network would repeat it after an error of a token's network too. What is not our
 * error already becomes the cause of one; an abort stays what it is.
 */
export function apart(signer: Signer): Signer {
  const { recover } = signer
  return delegate(signer, {
    sign(request) {
      try {
        return guarded(signer.sign(request), request.signal)
      } catch (error) {
        return fail(error, request.signal)
      }
    },
    ...(recover && {
      recover(refusal) {
        const { signal } = refusal.request
        try {
          return guarded(recover.call(signer, refusal), signal)
        } catch (error) {
          return fail(error, signal)
        }
      },
    }),
  })
}

function guarded<T>(result: MaybePromise<T>, signal?: AbortSignal): MaybePromise<T> {
  return isPromise(result) ? result.catch((error) => fail(error, signal)) : result
}

function fail(cause: unknown, signal?: AbortSignal): never {
  if (cause instanceof CountersignError || signal?.aborted) throw cause
  throw new SigningError('signing-failed', 'The request could not be signed', { cause })
}
