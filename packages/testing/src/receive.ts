import type { Fault, Faults } from './fault.ts'
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
    const response =
      fault.status === undefined
        ? await answerOf(site, arrival)
        : new Response(JSON.stringify(site.problem(fault.status)), {
            headers: { 'content-type': 'application/json' },
          })
    const status = fault.status ?? response.status
    answered(status)
    return dressed(response, status, method, fault, now())
  }
}

async function answerOf(site: Site, arrival: Arrival): Promise<Response> {
  const { origin, target, method, headers } = arrival
  let request: Request
  try {
    request = new Request(origin + target, { method, headers })
  } catch {
    // A target that is no path, or a method such as TRACE, which no Request can have.
    return Response.json(site.problem(400), { status: 400 })
  }
  return site.app.fetch(request, arrival)
}

const BODILESS = new Set([204, 205, 304])

/** The answer with what every one has, a date, and with what the fault adds, replaces or cuts. */
async function dressed(
  response: Response,
  status: number,
  method: string,
  fault: Fault,
  now: number,
): Promise<Response> {
  const headers = new Headers(response.headers)
  headers.set('date', new Date(now).toUTCString())
  if (fault.age !== undefined) headers.set('age', String(fault.age))
  if (fault.retryAfter !== undefined) {
    const { retryAfter } = fault
    headers.set(
      'retry-after',
      typeof retryAfter === 'number' ? String(retryAfter) : retryAfter.toUTCString(),
    )
  }
  let bytes = new Uint8Array(await response.arrayBuffer())
  if (fault.body !== undefined) {
    const { body } = fault
    const plain = typeof body === 'string' || body instanceof Uint8Array
    bytes = new Uint8Array(
      await new Response(plain ? (body as BodyInit) : JSON.stringify(body)).arrayBuffer(),
    )
    headers.set('content-type', plain ? 'text/plain' : 'application/json')
  }
  for (const [name, value] of Object.entries(fault.headers ?? {})) headers.set(name, value)

  if (BODILESS.has(status) || method === 'HEAD') return new Response(null, { status, headers })
  headers.set('content-length', String(bytes.length))
  const sent = fault.drop ? cut(bytes, fault.drop === 'body' ? bytes.length >> 1 : 0) : bytes
  return new Response(sent, { status, headers })
}

/** A body that breaks after so many bytes. */
function cut(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = false
  return new ReadableStream(
    {
      pull(controller) {
        if (!sent && length > 0) controller.enqueue(bytes.subarray(0, length))
        else controller.error(new TypeError('terminated'))
        sent = true
      },
    },
    { highWaterMark: 0 },
  )
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
