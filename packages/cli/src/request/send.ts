import { CountersignError, type SignedRequestInit, signedFetch } from '@countersign/core'
import { place } from '@countersign/core/kit'
import { Failure, reasonOf } from '../failure.ts'
import { UsageError } from '../usage-error.ts'
import { whole } from './data.ts'
import type { Message } from './order.ts'
import type { Target } from './target.ts'
import { outgoing, type Watch } from './transfer.ts'

/**
 * A file or a stream is not redirected: fetch would keep in memory all that it has sent, for the case
 * that it is. {@link https://github.com/nodejs/undici/issues/4058}
 */
const STREAMED: SignedRequestInit = { redirect: 'error' }

/** @throws {Failure} if there is no answer. */
export async function send(
  { url, signer }: Target,
  { method, headers, data }: Message,
  watch: Watch,
  signal: AbortSignal,
): Promise<Response> {
  const held = !data || data instanceof Uint8Array || signer.readsBody
  try {
    const body = held ? data && (await whole(data)) : outgoing(data, watch)
    const init = { method, headers, signal, body: body ?? null }
    watch.patience.wait()
    return await signedFetch(signer)(url, { ...init, ...(!held && STREAMED) })
  } catch (error) {
    if (error instanceof CountersignError || error instanceof UsageError) throw error
    throw new Failure(`${method} ${place(url)}: ${reasonOf(error)}`, { cause: error })
  } finally {
    watch.patience.rest()
  }
}
