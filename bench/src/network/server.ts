/**
 * The other end of the loopback: a process of its own, which does as little as it can.
 * `node server.ts <token> <key as JSON>` tells its parent the port. Below `/proof` it verifies.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Key } from '../signers/signer.ts'
import { verifyEpiHmac } from '../signers/verify.ts'
import { granted } from './network.ts'

const [token = '', key = ''] = process.argv.slice(2)
const answer = JSON.stringify({ id: 1, name: 'item', tags: ['a', 'b'] })
const headers = { 'content-type': 'application/json', 'content-length': answer.length }

function isProven({
  method = '',
  url = '',
  headers: { host, authorization = '' },
}: IncomingMessage) {
  // The name of a scheme is of any case, RFC 9110 §11.1.
  if (/^bearer /i.test(authorization)) return authorization.slice(7) === token
  try {
    const request = { method, url: `http://${host}${url}`, headers: {}, body: '' }
    verifyEpiHmac(JSON.parse(key) as Key, request, { authorization })
    return true
  } catch {
    return false
  }
}

const server = createServer(async (request, response) => {
  request.resume()
  if (request.url === '/token') {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(await granted(token).text())
  } else {
    const refused = request.url?.startsWith('/proof') && !isProven(request)
    response.writeHead(refused ? 403 : 200, headers)
    response.end(answer)
  }
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port)
})
process.once('disconnect', () => process.exit())
