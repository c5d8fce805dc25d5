import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { befall, type WireFault } from './wire-fault.ts'

/** One request as it arrived. */
export interface FaultyArrival {
  readonly method: string
  /** Path and query, not normalized. */
  readonly target: string
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
  /** What befalls the answer. */
  readonly fault: WireFault | undefined
}

/** For the n-th connection, from 0 on; one without a fault works. */
export type Fate = (connection: number) => WireFault | undefined

export interface FaultyOptions {
  /** What is answered, as far as the fault lets it. Default: 200 and a short text. */
  readonly answer?: (arrival: FaultyArrival) => Response | Promise<Response>
  /** Milliseconds between two bytes of `trickle`. Default 100. */
  readonly pace?: number
  /** How many arrivals are remembered, the latest. Default: all. */
  readonly history?: number
  /** Told when a fault has happened, or has begun to go on for ever. */
  readonly onFault?: (fault: WireFault) => void
  /** PEM. With it, the server speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

export interface FaultyConnection {
  readonly fault: WireFault | undefined
  /** How many requests came over it. */
  readonly requests: number
  readonly open: boolean
}

export interface FaultyServer {
  readonly origin: string
  /** Every request so far, or the latest, whatever became of it. */
  readonly arrivals: readonly FaultyArrival[]
  /** Every connection so far. */
  readonly connections: readonly FaultyConnection[]
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type Writable = { -readonly [K in keyof FaultyConnection]: FaultyConnection[K] }

/**
 * Listens on a free port of the loopback interface, and lets faults befall its connections: resets at
 * every stage of an answer, silence, single bytes, wrong lengths, garbage, bodies without an end,
 * redirects in a circle, headers beyond any limit.
 *
 * @param fate What befalls the first request of each connection, and ends that connection.
 */
export async function faulty(
  fate: WireFault | Fate,
  {
    answer = asItShouldBe,
    pace = 100,
    history = Infinity,
    onFault = () => {},
    tls,
  }: FaultyOptions = {},
): Promise<FaultyServer> {
  const fateOf: Fate = typeof fate === 'function' ? fate : () => fate
  const arrivals: FaultyArrival[] = []
  const connections: Writable[] = []
  const bySocket = new Map<Socket, Writable>()

  async function respond(request: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket, method = '', url: target = '' } = request
    const connection = bySocket.get(socket) as Writable
    connection.requests++
    const body = new Uint8Array(Buffer.concat(await request.toArray()))
    const { fault } = connection
    const arrival = { method, target, headers: headersOf(request), body, fault }
    arrivals.push(arrival)
    if (arrivals.length > history) arrivals.shift()
    const response = await answer(arrival)
    const bytes = Buffer.from(await response.arrayBuffer())
    if (fault === undefined || fault === 'reset-on-connect') {
      outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(bytes)
      return
    }
    const wire = { socket, target, pace, body: bytes, head: headOf(response, bytes.length) }
    await befall(fault, wire)
    onFault(fault)
  }

  const server = tls ? createSecureServer(tls) : createServer()
  server.keepAliveTimeout = 60_000
  server.on('request', (request: IncomingMessage, outgoing: ServerResponse) => {
    // The client may go at any time.
    respond(request, outgoing).catch(() => request.socket.destroy())
  })
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    const fault = fateOf(connections.length)
    const connection: Writable = { fault, requests: 0, open: true }
    connections.push(connection)
    bySocket.set(socket, connection)
    socket
      .on('error', () => {})
      .once('close', () => {
        connection.open = false
        bySocket.delete(socket)
      })
    if (fault !== 'reset-on-connect') return
    socket.resetAndDestroy()
    onFault(fault)
  })
  server.on('clientError', (_, socket) => void socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const close = async () => {
    for (const socket of bySocket.keys()) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return {
    origin: `http${tls ? 's' : ''}://127.0.0.1:${port}`,
    arrivals,
    connections,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const asItShouldBe = () => new Response('as it should be')

function headOf(response: Response, length: number): string {
  const { status, headers } = response
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`)
  const first = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`
  return [first, ...lines, `content-length: ${length}`, '', ''].join('\r\n')
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] as string, rawHeaders[i + 1] as string)
  }
  return headers
}
