import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ListeningOptions, reachedAt } from './endpoints.ts'
import type { Sandbox } from './sandbox.ts'
import type { Arrival } from './site.ts'

export interface ListenOptions {
  /** The first of a row of ports, one for each vendor host. Default: free ports. */
  readonly port?: number
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly hostname?: string
}

export type { ListeningOptions }

/** A sandbox that listens. */
export interface SandboxServer {
  /** Where each vendor host is reached: `data.angus.ai` → `http://127.0.0.1:<port>`. */
  readonly origins: Readonly<Record<string, string>>
  readonly options: ListeningOptions
  /** Stops listening and ends every connection, idle ones and unfinished ones too. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves the sandbox over real HTTP on loopback, each vendor host by a listener of its own, so that
 * two hosts are two origins here too.
 */
export async function listen(
  sandbox: Sandbox,
  { port, hostname = '127.0.0.1' }: ListenOptions = {},
): Promise<SandboxServer> {
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map(stop))
  }
  const origins: Record<string, string> = {}
  try {
    for (const [index, host] of sandbox.hosts.entries()) {
      const server = createServer((incoming, outgoing) => {
        const origin = origins[host] as string
        serve(sandbox, { host, origin }, incoming, outgoing).catch(() => outgoing.destroy())
      })
      servers.push(server)
      origins[host] = await start(server, port === undefined ? 0 : port + index, hostname)
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    origins,
    options: reachedAt(origins, sandbox.options),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function serve(
  sandbox: Sandbox,
  place: Pick<Arrival, 'host' | 'origin'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const response = await sandbox.receive({
    ...place,
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    headers: headersOf(incoming),
    body: new Uint8Array(Buffer.concat(await incoming.toArray())),
    signal: gone.signal,
  })
  // The date is the vendor's, not this machine's.
  outgoing.sendDate = false
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
