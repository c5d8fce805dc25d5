// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { signed } from '@countersign/got'
import { optimizelyDxp } from '@countersign/services/optimizelyDxp'
import { createSandbox } from '@countersign/testing'
import { listen } from '@countersign/testing/server'
import got from 'got'

const sandbox = createSandbox()
const server = await listen(sandbox)
try {
  let slow = 0
  const now = () => Date.now() - slow
  const service = optimizelyDxp({ ...server.options.optimizelyDxp, now })
  const deployments = `${service.baseUrl}/projects/${crypto.randomUUID()}/deployments`
  const api = got.extend(signed(service))
  const json = { targetEnvironment: 'Preproduction', sourceEnvironment: 'Integration' }
  assert.equal((await api.post(deployments, { json })).statusCode, 200)

  slow = 600_000
  assert.equal((await api(deployments).json()).success, true)
  assert.equal(sandbox.count(), 3)
} finally {
  await server.close()
}
