import type { Signer } from '@countersign/core'
import type { Environment } from '../env.ts'
import { urlOf } from '../place.ts'
import { type Session, signerFor } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import type { ServiceName } from '../variables.ts'

/** Where a request goes, and who signs it. */
export interface Target {
  readonly url: URL
  readonly signer: Signer
}

export interface TargetOptions {
  readonly env: Environment
  readonly session: Session
  /** The body is a file, which nobody has read. */
  readonly unread: boolean
  readonly signal: AbortSignal
}

/**
 * What a service makes of a path or a whole URL.
 *
 * @throws {UsageError} if a variable is missing or wrong, or the URL is of another kind.
 */
export async function targetOf(
  service: ServiceName,
  given: string,
  options: TargetOptions,
): Promise<Target> {
  if (service === 'optimizely-events') {
    const { targetInS3 } = await import('./s3.ts')
    return targetInS3(given, options)
  }
  const signer = await signerFor(service, options.env, options.session)
  return { url: parsed(urlOf(given, signer.baseUrl)), signer }
}

/** @throws {UsageError} */
export function parsed(text: string): URL {
  const url = URL.parse(text)
  if (url) return url
  throw new UsageError('what begins with https:// is to be a URL')
}
