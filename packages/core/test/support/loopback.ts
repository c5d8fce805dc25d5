import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it arrived, nothing normalized. */
export interface Arrival {
  method: string
  target: string
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface Reply {
  status?: number
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface Loopback {
  readonly origin: string
  readonly arrivals: Arrival[]
  readonly server: Server
  close(): Promise<void>
}

/** A server on a free port of the loopback interface that answers as told and forgets nothing. */
export async function loopback(
  answer: (
    arrival: Arrival,
    response: ServerResponse,
  ) => Reply | undefined | Promise<Reply | undefined>,
): Promise<Loopback> {
  const arrivals: Arrival[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url: target = '', headers } = request
    const arrival = { method, target, headers, body: Buffer.concat(chunks) }
    arrivals.push(arrival)
    const reply = await answer(arrival, response)
    if (reply) response.writeHead(reply.status ?? 200, reply.headers).end(reply.body ?? '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    server,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export const KEY = 'loopback-key'
export const SECRET = Buffer.from('a secret of thirty-two bytes ...').toString('base64')

/** Recomputes epi-hmac from what arrived, with code that is not ours. `undefined` if it is valid. */
export function epiFault(
  { method, target, headers, body }: Arrival,
  seen?: Set<string>,
): string | undefined {
  const [, key, timestamp, nonce, signature] =
    /^epi-hmac ([^:]+):(\d+):([0-9a-f]{32}):(\S+)$/.exec(headers.authorization ?? '') ?? []
  if (!nonce) return `malformed: ${headers.authorization}`
  const md5 = createHash('md5').update(body).digest('base64')
  const expected = createHmac('sha256', Buffer.from(SECRET, 'base64'))
    .update(`${KEY}${method}${target}${timestamp}${nonce}${md5}`)
    .digest('base64')
  if (key !== KEY || signature !== expected) return `wrong signature over ${method} ${target}`
  if (seen?.has(nonce)) return 'repeated nonce'
  seen?.add(nonce)
  return undefined
}

/** Answers 200 to a valid epi-hmac, and 401 saying why to any other. */
export function verifying(seen: Set<string> = new Set()): (arrival: Arrival) => Reply {
  return (arrival) => {
    const fault = epiFault(arrival, seen)
    return fault ? { status: 401, body: fault } : { status: 200, body: 'valid' }
  }
}
