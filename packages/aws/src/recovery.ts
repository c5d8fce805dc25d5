import type { CachedProvider } from '@countersign/core'
import { isStream } from '@countersign/core/kit'

/** The refusals that a new credential cures, as for `sigv4`. `AccessDenied` is not one: it means the permissions. */
const REFUSED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
  // A key that was rotated or revoked: of S3, STS and the others.
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
])

/** The part of a client's middleware stack that is used here. */
export interface ClientStack {
  addRelativeTo(
    middleware: <Arguments extends { readonly request: unknown }, Output>(
      next: (args: Arguments) => Promise<Output>,
    ) => (args: Arguments) => Promise<Output>,
    options: {
      name: string
      override: boolean
      relation: 'before'
      toMiddleware: string
    },
  ): void
}

/** Replaces a credential that the service refuses, and sends the command again, once. */
export function recoverOn(stack: ClientStack, credentials: CachedProvider<object>): void {
  stack.addRelativeTo(
    (next) => async (args) => {
      const used = await credentials()
      try {
        return await next(args)
      } catch (error) {
        if (!REFUSED.has(Object(error).name)) throw error
        const fresh = await renewed(credentials, used)
        const { body } = args.request as { body?: unknown }
        if (!fresh || isStream(body)) throw error
        return next(args)
      }
    },
    // What comes after is done anew: the signature, with whatever credentials there are by then.
    {
      name: 'countersignRecovery',
      override: true,
      relation: 'before',
      toMiddleware: 'httpSigningMiddleware',
    },
  )
}

/** Whether there is something better than what was refused. */
async function renewed(credentials: CachedProvider<object>, refused: object): Promise<boolean> {
  try {
    return (await credentials({ refused })) !== refused
  } catch {
    // The caller's error is the service's.
    return false
  }
}
