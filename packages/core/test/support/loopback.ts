import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it arrived. */
interface Arrival {
  method: string
  target: string
  headers: IncomingMessage['headers']
  body: Buffer
}

interface Reply {
  status?: number
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface Loopback {
  readonly origin: string
  readonly arrivals: Arrival[]
  close(): Promise<void>
}

/**
 * A server on a free port of the loopback interface. It answers as told, or leaves that to who
 * breaks off, stalls or never ends.
 */
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
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
