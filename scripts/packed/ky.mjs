// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { signed } from '@countersign/ky'
import { amperity } from '@countersign/services/amperity'
import { createSandbox } from '@countersign/testing'
import { listen } from '@countersign/testing/server'
import ky from 'ky'

const sandbox = createSandbox()
const server = await listen(sandbox)
try {
  const service = amperity(server.options.amperityOAuth)
  const api = ky.create({ prefix: service.baseUrl }).extend(signed(service))
  assert((await api.get('api/segments', { searchParams: { limit: 1 } }).json()).data)

  sandbox.revoke('amperity')
  assert.equal((await api.post('stream/v0/data/test', { json: { a: 1 } })).status, 202)
  assert.deepEqual(sandbox.records.length, 1)
  assert.equal(sandbox.count({ endpoint: 'token' }), 2)
  assert.equal(sandbox.count({ endpoint: 'api' }), 3)
} finally {
  await server.close()
}
