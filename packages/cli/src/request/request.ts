import { addAbortSignal, Readable } from 'node:stream'
import { place } from '@countersign/core/kit'
import { exitCodes, say } from '../exit.ts'
import { Failure } from '../failure.ts'
import { statusOf } from './answer.ts'
import { deliver, isSaved } from './deliver.ts'
import { fileAt, type PendingFile } from './file.ts'
import { meter } from './meter.ts'
import { environmentFor, type Host, messageOf, type Order } from './order.ts'
import { patience } from './patience.ts'
import { send } from './send.ts'
import { targetOf } from './target.ts'
import { incoming } from './transfer.ts'

/**
 * Sends one request and hands over what comes back.
 *
 * @param agent The user agent, where neither the service nor `-H` names one.
 * @param interrupted Aborted when the process is told to stop.
 * @returns The exit code.
 * @throws {UsageError} if what was asked for cannot be sent.
 * @throws {Failure} if it was not answered, or if the answer could not be handed over as a whole.
 */
export async function request(
  order: Order,
  host: Host,
  agent: string,
  interrupted: AbortSignal,
): Promise<number> {
  const { service, flags } = order
  const { stdout, stderr } = host
  const message = await messageOf(order, host, agent)
  const env = await environmentFor(order, host, interrupted)
  const { method, data } = message
  const file = data instanceof Blob ? data : undefined
  const target = await targetOf(service, order.target, {
    env,
    session: { cache: flags.cache },
    unread: file !== undefined,
    signal: interrupted,
  })

  const what = `${method} ${place(target.url)}`
  const late = `${what}: nothing has moved for ${flags.timeout} s, as --timeout has it`
  const patient = patience(flags.timeout * 1000, () => new Failure(late))
  const signal = AbortSignal.any([interrupted, patient.signal])
  const stream = data instanceof Readable ? addAbortSignal(signal, data) : undefined
  const progress = meter(stderr, env)
  const watch = { patience: patient, moved: progress.moved }
  let output: PendingFile | undefined
  try {
    if (flags.output && flags.output !== '-') output = await fileAt(flags.output)

    if (file || stream) await progress.start(file?.size)
    const response = await send(target, message, watch, signal)
    progress.stop()

    const { status, body } = response
    // The words of a refusal are for whoever asked, and not for the file.
    const saved = status < 400 ? output : undefined
    if (saved || isSaved(stdout)) await progress.start(lengthOf(response))
    const raw = flags.output === '-'
    await deliver(response, incoming(body, watch), { ...flags, raw, stdout, file: saved, signal })
    progress.stop()
    if (status < 400) return exitCodes.ok
    say(`${what}: ${statusOf(response)}`, stderr)
    return status < 500 ? exitCodes.clientError : exitCodes.serverError
  } catch (error) {
    // What else went wrong comes of that.
    signal.throwIfAborted()
    throw error
  } finally {
    patient.rest()
    progress.stop()
    stream?.destroy()
    await output?.discard()
  }
}

/** How many bytes the body has, as they are read here: decoded, if they were encoded. */
function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-length')
  return length && !headers.has('content-encoding') ? Number(length) : undefined
}
