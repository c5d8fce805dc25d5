// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { registerHooks } from 'node:module'

/** @type {string[]} */
const loaded = []
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    loaded.push(found.url)
    return found
  },
})
const { bearer, cached, clientCredentials, ExchangeError, signedFetch } = await import(
  '@countersign/core'
)
assert(loaded.length > 0)
const foreign = loaded.filter((url) => !url.includes('/node_modules/@countersign/core/dist/'))
assert.deepEqual(foreign, [], 'the root entry loads nothing but itself')

// The examples of S3's documentation.
const { presign, sigv4 } = await import('@countersign/core/sigv4')
const s3 = {
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  region: 'us-east-1',
  service: 's3',
  now: () => Date.UTC(2013, 4, 24),
}
const object = { method: 'GET', url: 'https://examplebucket.s3.amazonaws.com/test.txt' }
const { headers } = sigv4(s3).sign({ ...object, headers: { range: 'bytes=0-9' } })
assert.match(headers.authorization, /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48d/)
assert.match(presign({ ...s3, ...object, expiresIn: 86_400 }), /aeeed9bbccd4d02ee5c0109b86d86835/)

let issued = 0
const server = createServer((request, response) => {
  const { authorization } = request.headers
  const json = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (request.url !== '/token') {
    return json(authorization === `Bearer t${issued}` ? 200 : 401, { authorization })
  }
  const known = authorization === `Basic ${btoa('id:s%3Acret')}`
  if (!known) return json(401, { error: 'invalid_client' })
  issued += 1
  json(200, { access_token: `t${issued}`, token_type: 'Bearer', expires_in: 3600 })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`

try {
  const source = (clientSecret) =>
    clientCredentials({ tokenEndpoint: `${origin}/token`, clientId: 'id', clientSecret })
  const call = signedFetch(bearer(cached(source('s:cret'))))
  const calls = await Promise.all([1, 2, 3].map(() => call(`${origin}/things`)))
  assert.deepEqual(
    calls.map((response) => response.status),
    [200, 200, 200],
  )
  assert.equal(issued, 1, 'one token serves them all')

  issued += 1 // The server forgets the token that it gave out: the call is answered with a new one.
  assert.equal((await call(`${origin}/things`)).status, 200)
  assert.equal(issued, 3)

  await assert.rejects(async () => source('wrong')(), ExchangeError)
} finally {
  server.closeAllConnections()
  server.close()
}
