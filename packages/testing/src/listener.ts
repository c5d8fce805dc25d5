import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Arrival } from './site.ts'

/** What a listener passes on to. */
export interface Receiver {
  readonly hosts: readonly string[]
  receive(arrival: Arrival): Promise<Response>
}

/** Listeners, one for each host. */
export interface Listeners {
  readonly origins: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Serves each host by a listener of its own: on ports in a row from `port`, or on free ones. */
export async function listeners(
  receiver: Receiver,
  port: number | undefined,
  hostname: string,
): Promise<Listeners> {
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map(stop))
  }
  const origins: Record<string, string> = {}
  try {
    for (const [index, host] of receiver.hosts.entries()) {
      // An idle connection never ends by itself, just as its client sends the next request.
      const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
        const place = { host, origin: origins[host] as string }
        // What has been written still goes out: a connection cut after the headers shows them.
        serve(receiver, place, incoming, outgoing).catch(() => incoming.socket.destroySoon())
      })
      servers.push(server)
      origins[host] = await start(server, port === undefined ? 0 : port + index, hostname)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { origins, close }
}

async function serve(
  receiver: Receiver,
  place: Pick<Arrival, 'host' | 'origin'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const response = await receiver.receive({
    ...place,
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    headers: headersOf(incoming),
    body: new Uint8Array(Buffer.concat(await incoming.toArray())),
    signal: gone.signal,
  })
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.flushHeaders()
  for await (const chunk of response.body ?? []) outgoing.write(chunk)
  outgoing.end()
}

/** From the raw list, since Node itself keeps but the first of two Authorization headers. */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
  return headers
}

function start(server: Server, port: number, hostname: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, hostname, () => {
      server.off('error', reject)
      const { address, family, port: actual } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`)
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
