// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { awsCredentials, credentialProcess, refreshableCredentials } from '@countersign/aws'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'
import { createSandbox } from '@countersign/testing'

const sandbox = createSandbox()
const { credentials: source } = optimizelyEvents({
  ...sandbox.options.optimizelyEvents,
  fetch: sandbox.fetch,
})
const credentials = awsCredentials(source)
const { accessKeyId, expiration } = await credentials()
assert.equal(accessKeyId, sandbox.issued[0].accessKeyId)
assert.ok(expiration instanceof Date)
assert.notEqual((await credentials({ forceRefresh: true })).accessKeyId, accessKeyId)
assert.equal(sandbox.count(), 2)

const printed = JSON.parse(await credentialProcess(source))
assert.equal(printed.Version, 1)
assert.equal(printed.SessionToken, sandbox.issued[1].sessionToken)

const refreshable = refreshableCredentials({ refresh: source })
assert.ok(Object.isFrozen(await refreshable.getFrozenCredentials()))
assert.equal(refreshable.refreshNeeded(), false)
assert.equal(sandbox.count(), 2)
