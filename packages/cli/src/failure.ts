import { getSystemErrorMessage } from 'node:util'

/** What was wanted could not be done: one line for the user, and exit code 1. */
export class Failure extends Error {
  static {
    this.prototype.name = 'Failure'
  }
}

/** Why something failed, in the words of its innermost cause: fetch itself says only that it did. */
export function reasonOf(error: unknown): string {
  const { cause, errors, errno, code, message } = Object(error) as Partial<AggregateError> & {
    errno?: number
    code?: string
  }
  if (cause) return reasonOf(cause)
  // Every address of a host was tried, in vain.
  if (errors?.length) return reasonOf(errors[0])
  if (errno !== undefined && code && /^E[A-Z]+$/.test(code)) {
    return `${getSystemErrorMessage(errno)} (${code})`
  }
  return message || code || String(error)
}
