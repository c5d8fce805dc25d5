import { CountersignError } from '@countersign/core'
import { isAxiosError, isCancel } from 'axios'
import { RequestError } from 'got'
import { NetworkError, TimeoutError } from 'ky'

/**
 * How a call ended, in a word; `undefined` for an error that nobody could tell what to do about.
 *
 * @param left The caller has ended the call: nobody else may.
 */
export function kindOf(error: unknown, left: boolean): string | undefined {
  const own = ours(error)
  if (own) return own.code
  if (!(error instanceof Error)) return undefined
  if (isCancel(error) || error.name === 'AbortError') {
    return left ? 'ended by the caller' : undefined
  }
  if (
    isAxiosError(error) ||
    error instanceof RequestError ||
    error instanceof NetworkError ||
    error instanceof TimeoutError ||
    // The AWS SDK, whatever it could not read.
    '$metadata' in error
  ) {
    return 'an error of the client’s own'
  }
  return isBroken(error) ? 'a broken connection' : undefined
}

/** What fetch and undici say of a connection, and Node.js by the AWS SDK. */
function isBroken(error: Error): boolean {
  const { code = '' } = { ...(error.cause as object), ...error } as { code?: string }
  return (
    /^(?:fetch failed|terminated)/.test(error.message) ||
    error.name === 'HTTPParserError' ||
    /^(?:UND_|HPE_|E[A-Z]+$)/.test(code)
  )
}

function ours(error: unknown): CountersignError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof CountersignError) return at
  }
  return undefined
}
