import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { HttpResponse, http } from 'msw'
import type { SetupServer } from 'msw/node'

/** One request as it arrived, nothing normalized. */
export interface Arrival {
  readonly method: string
  readonly target: string
  /** Lower-case names. Lines of one name have line breaks between them. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

export interface Reply {
  status?: number
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
}

export type Answering = (arrival: Arrival) => Reply | Promise<Reply>

/** A server that answers as told and forgets nothing. */
export interface Site {
  readonly origin: string
  readonly arrivals: Arrival[]
  close(): Promise<void>
}

/** Writes down each request, then answers it. */
export function recording(
  arrivals: Arrival[],
  answer: Answering,
  onData?: (chunk: Buffer) => void,
): RequestListener {
  return async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        chunks.push(chunk)
        onData?.(chunk)
      }
    } catch {
      return // The client went away in the middle of a body.
    }
    const { method = '', url: target = '' } = request
    const headers: Record<string, string | undefined> = {}
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      const [name = '', value = ''] = request.rawHeaders.slice(i)
      const before = headers[name.toLowerCase()]
      headers[name.toLowerCase()] = before === undefined ? value : `${before}\n${value}`
    }
    const arrival = { method, target, headers, body: Buffer.concat(chunks) }
    arrivals.push(arrival)
    const reply = await answer(arrival)
    response.writeHead(reply.status ?? 200, reply.headers).end(reply.body ?? '')
  }
}

/**
 * A server on a free port of the loopback interface.
 *
 * @param onData Hears each piece of a body as it comes.
 */
export async function loopback(answer: Answering, onData?: (chunk: Buffer) => void): Promise<Site> {
  const arrivals: Arrival[] = []
  const server = createServer(recording(arrivals, answer, onData))
  server.keepAliveTimeout = 60_000
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

/**
 * Where every connection is refused. The port is one end of a connection, so that no server of
 * somebody else's can be given it in the meantime.
 */
export async function refusing(): Promise<Pick<Site, 'origin' | 'close'>> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[other]] = await Promise.all([once(server, 'connection'), once(end, 'connect')])
  return {
    origin: `http://127.0.0.1:${end.localPort}`,
    async close() {
      end.destroy()
      other.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** As {@link loopback} in the process, by https and http. MSW is no wire: it shows the target as a URL has it. */
export function mocked(mocks: SetupServer, host: string, answer: Answering): Site {
  const arrivals: Arrival[] = []
  mocks.use(
    http.all(new RegExp(`^https?://${host}/`), async ({ request }) => {
      const { pathname, search } = new URL(request.url)
      const arrival = {
        method: request.method,
        target: pathname + search,
        headers: Object.fromEntries(request.headers),
        body: Buffer.from(await request.arrayBuffer()),
      }
      arrivals.push(arrival)
      const { status = 200, headers, body } = await answer(arrival)
      return new HttpResponse(body, { status, ...(headers && { headers }) })
    }),
  )
  return { origin: `https://${host}`, arrivals, close: async () => {} }
}
