import type { Fault } from './fault.ts'

/** What decides the form of an answer, beside the fault. */
export interface Occasion {
  readonly status: number
  readonly method: string
  /** The vendors' clock, in ms since the Unix epoch. */
  readonly now: number
}

/** Statuses of which a Response can have no body. */
const BODILESS = new Set([204, 205, 304])

/** The answer as it goes out: dated, with what the fault adds, replaces and cuts. */
export async function dressed(
  response: Response,
  fault: Fault,
  { status, method, now }: Occasion,
): Promise<Response> {
  const { body, drop, age, retryAfter } = fault
  const source = body === undefined ? response : replacement(body)
  const bytes = new Uint8Array(await source.arrayBuffer())
  const bare = BODILESS.has(status) || method === 'HEAD'
  // What a GET would be answered with only its site can tell.
  const length = bare ? source.headers.get('content-length') : bytes.length
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  const added = {
    date: new Date(now).toUTCString(),
    'content-type': source.headers.get('content-type'),
    // An empty body cannot be cut short: the announced one is never empty.
    'content-length': drop && !bare ? Math.max(bytes.length, 1) : length,
    age,
    'retry-after': retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter,
    ...fault.headers,
  }
  for (const [name, value] of Object.entries(added))
    if (value !== undefined && value !== null) headers.set(name, String(value))

  if (bare) return new Response(null, { status, headers })
  const sent = drop ? cut(bytes, drop === 'body' ? bytes.length >> 1 : 0) : bytes
  return new Response(sent, { status, headers })
}

function replacement(body: unknown): Response {
  const plain = typeof body === 'string' || body instanceof Uint8Array
  return plain ? new Response(body as BodyInit) : Response.json(body)
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
    // Nothing is read ahead: the error would overtake the bytes.
    { highWaterMark: 0 },
  )
}
