// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { angus } from '@countersign/services/angus'
import { createSandbox } from '@countersign/testing'
import { listen } from '@countersign/testing/server'
import { signed } from '@countersign/undici'
import { Agent, fetch, request } from 'undici'

const sandbox = createSandbox()
const server = await listen(sandbox)
try {
  const service = angus(server.options.angus)
  const dispatcher = new Agent().compose(signed(service, { origins: service.baseUrl }))
  const url = `${service.baseUrl}/entities?metrics=interested&from_date=2026-01-01T00:00:00&time=global`
  const { statusCode, body } = await request(url, { dispatcher })
  assert.equal(statusCode, 200, await body.text())

  sandbox.revoke('angus')
  assert.equal((await fetch(url, { dispatcher })).status, 200)
  assert.equal(sandbox.count({ endpoint: 'token' }), 2)
  assert.equal(sandbox.count({ endpoint: 'api' }), 3)
} finally {
  await server.close()
}
