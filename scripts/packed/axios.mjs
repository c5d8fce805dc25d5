// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { signed } from '@countersign/axios'
import { kalibrate } from '@countersign/services/kalibrate'
import { createSandbox } from '@countersign/testing'
import { listen } from '@countersign/testing/server'
import axios from 'axios'

const sandbox = createSandbox()
const server = await listen(sandbox)
try {
  for (const adapter of ['http', 'fetch']) {
    sandbox.reset()
    const service = kalibrate(server.options.kalibrate)
    const api = signed(axios.create({ adapter, baseURL: service.baseUrl }), service)
    assert.equal((await api.get('/api/site?query=(a=b)+(limit=1)')).data.length, 1)

    sandbox.revoke('kalibrate')
    assert.equal((await api.get('/api/status')).status, 200)
    assert.equal(sandbox.count({ endpoint: 'token' }), 2)
    assert.equal(sandbox.count({ endpoint: 'api' }), 3)
  }
} finally {
  await server.close()
}
