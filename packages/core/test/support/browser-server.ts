import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the server for pages is. */
    origin: string
  }
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-allow-methods': '*',
  'access-control-expose-headers': '*',
}

/** Recomputes epi-hmac from what arrived, with code that is not ours. */
function isValid({ method, url, headers }: IncomingMessage, body: Buffer): boolean {
  const [key, timestamp, nonce, signature] =
    headers.authorization?.replace('epi-hmac ', '').split(':') ?? []
  const md5 = createHash('md5').update(body).digest('base64')
  const expected = createHmac('sha256', 'a secret of thirty-two bytes ...')
    .update(`${key}${method}${url}${timestamp}${nonce}${md5}`)
    .digest('base64')
  return signature === expected
}

/**
 * A server of another origin than the page's, for tests that run in a browser. It imports nothing
 * of the workspace: Vitest loads it before the tests' own way of finding sources.
 */
export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const { method, url = '', headers } = request
    const answer = (status: number, content: string | Buffer = '', more = {}) =>
      response.writeHead(status, { ...CORS, ...more }).end(content)
    if (method === 'OPTIONS') return answer(204)
    if (url === '/redirect') return answer(307, '', { location: '/signed' })
    if (url.startsWith('/signed'))
      return isValid(request, body) ? answer(200, 'valid') : answer(401)
    return headers.authorization === 'Bearer t2' ? answer(200, body) : answer(401, 'who are you?')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('origin', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
}
