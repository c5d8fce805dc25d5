import { dressed } from './dress.ts'
import type { Faults } from './fault.ts'
import type { Log } from './log.ts'
import type { Arrival, Site } from './site.ts'

/** The connection breaks, or was never made: a mounting turns it into what its client knows. */
export class ConnectionError extends Error {
  readonly code: 'ECONNRESET' | 'ENOTFOUND'

  constructor(code: 'ECONNRESET' | 'ENOTFOUND', host: string) {
    super(`${code} ${host}`)
    this.name = 'ConnectionError'
    this.code = code
  }
}

export interface ReceiverOptions {
  readonly sites: readonly Site[]
  readonly log: Log
  readonly faults: Faults
  /** The vendors' clock, in ms since the Unix epoch. */
  now(): number
}

/** The one way into the sandbox: logs the request, lets a fault befall it, has its site answer. */
export function receiver(options: ReceiverOptions): (arrival: Arrival) => Promise<Response> {
  const { log, faults, now } = options
  const sites = new Map(options.sites.map((site) => [site.host, site]))

  return async (arrival) => {
    const { host, method, target, headers, body, signal } = arrival
    const site = sites.get(host)
    if (!site) throw new ConnectionError('ENOTFOUND', host)
    const [path = ''] = target.split('?', 1)
    const request = { service: site.service, endpoint: site.endpoint(path), host, method, target }
    const answered = log.enter({ ...request, headers, body })

    const fault = faults.take(request) ?? {}
    if (fault.latency) await delay(fault.latency, signal)
    if (fault.drop === 'before') throw new ConnectionError('ECONNRESET', host)
    const { response, status } =
      fault.status === undefined ? await answerOf(site, arrival) : worded(site, fault.status)
    answered(status)
    return dressed(response, fault, { status, method, now: now() })
  }
}

/** Apart from its status, which not every Response with a body can have. */
interface Answer {
  readonly response: Response
  readonly status: number
}

const worded = (site: Site, status: number): Answer => ({ response: site.problem(status), status })

async function answerOf(site: Site, arrival: Arrival): Promise<Answer> {
  const { origin, target, method, headers } = arrival
  let request: Request
  try {
    request = new Request(origin + target, { method, headers })
  } catch {
    // A target that is no path, or a method such as TRACE, which no Request can have.
    return worded(site, 400)
  }
  const response = await site.app.fetch(request, arrival)
  return { response, status: response.status }
}

/** Real time, whatever the sandbox's clock says; ends early when the caller goes. */
function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
