import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
import tls from 'node:tls'
import { CERTIFICATE, KEY } from './certificate.ts'
import { type Answering, recording, type Site } from './site.ts'

/** An origin, as it differs from the others of its port: in the scheme or in the host alone. */
type Neighbour = 'http://127.0.0.1' | 'https://127.0.0.1' | 'http://localhost'

export interface Neighbours {
  /** Two of the origins, each with what answers there until the next two are taken. */
  meet(home: [Neighbour, Answering], other: [Neighbour, Answering]): [home: Site, other: Site]
  close(): Promise<void>
}

/** RFC 8446 §5.1: what TLS begins with, and no method of HTTP. */
const HANDSHAKE = 22

/**
 * One port that speaks http and https, for redirects between origins that a client which compares
 * host and port, or ports alone, would take for one. It is trusted until it closes, by what the
 * whole process trusts (Node.js 22.19, 24.5), so that no client is set up otherwise than in use.
 *
 * `localhost` is in the hosts file; 127.0.0.2 and ::1 are not on every loopback interface.
 */
export async function neighbours(): Promise<Neighbours> {
  const listeners = new Map<string, RequestListener>()
  const byOrigin: RequestListener = (request, response) => {
    const scheme = 'encrypted' in request.socket ? 'https' : 'http'
    const listener = listeners.get(`${scheme}://${request.headers.host}`)
    if (listener) listener(request, response)
    else response.writeHead(404).end()
  }
  const plain = createServer(byOrigin)
  const secure = createSecureServer({ cert: CERTIFICATE, key: KEY }, byOrigin)
  const sockets = new Set<Socket>()
  const server = createSocketServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // The client went away.
    socket.once('data', (chunk: Buffer) => {
      socket.pause().unshift(chunk)
      if (chunk[0] === HANDSHAKE) return secure.emit('connection', socket)
      plain.emit('connection', socket)
      return socket.resume()
    })
  })
  plain.keepAliveTimeout = secure.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const siteAt = (neighbour: Neighbour, answer: Answering): Site => {
    const site: Site = { origin: `${neighbour}:${port}`, arrivals: [], close: async () => {} }
    listeners.set(site.origin, recording(site.arrivals, answer))
    return site
  }

  const trusted = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...trusted, CERTIFICATE])
  return {
    meet(home, other) {
      listeners.clear()
      return [siteAt(...home), siteAt(...other)]
    },
    async close() {
      tls.setDefaultCACertificates(trusted)
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
