import assert from 'node:assert/strict'
import { createSandbox } from '@countersign/testing'
import { handlers } from '@countersign/testing/msw'
import { listen } from '@countersign/testing/server'

const sandbox = createSandbox()
assert.equal(handlers(sandbox).length, sandbox.hosts.length)

const server = await listen(sandbox)
try {
  for (const host of sandbox.hosts) {
    const { status } = await fetch(`${server.origins[host]}/api/status`)
    assert(status >= 400, `${host} answers ${status} to a request without credentials`)
  }
  assert.equal(sandbox.count(), sandbox.hosts.length)

  const bucket = await fetch(
    `${server.origins['s3.us-east-1.amazonaws.com']}/optimizely-events-data`,
  )
  assert.match(await bucket.text(), /<Code>AccessDenied<\/Code>/)
} finally {
  await server.close()
}
