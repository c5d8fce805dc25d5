// Runs in a project that has installed the packed packages with npm.
import assert from 'node:assert/strict'
import { ExchangeError, signedFetch } from '@countersign/core'
import { sigv4 } from '@countersign/core/sigv4'
import { amperity } from '@countersign/services/amperity'
import { angus } from '@countersign/services/angus'
import { kalibrate } from '@countersign/services/kalibrate'
import { optimizelyDxp } from '@countersign/services/optimizelyDxp'
import { optimizelyEvents } from '@countersign/services/optimizelyEvents'
import { createSandbox } from '@countersign/testing'
import { listen } from '@countersign/testing/server'

const sandbox = createSandbox()
const server = await listen(sandbox)
const { options } = server
try {
  for (const [service, path] of [
    [kalibrate(options.kalibrate), '/api/status'],
    [amperity(options.amperityOAuth), '/api/segments'],
    [
      angus(options.angus),
      '/entities?metrics=interested&from_date=2026-01-01T00:00:00&time=global',
    ],
    [optimizelyDxp(options.optimizelyDxp), `/projects/${crypto.randomUUID()}/deployments`],
  ]) {
    const response = await signedFetch(service)(service.baseUrl + path)
    assert.equal(response.status, 200, `${response.url}: ${await response.text()}`)
  }

  const events = optimizelyEvents(options.optimizelyEvents)
  const { sessionToken, s3Path } = await events.credentials()
  assert.equal(sessionToken, sandbox.issued.at(-1).sessionToken)
  const [, , bucket, ...folder] = s3Path.split('/')
  const prefix = encodeURIComponent(`${folder.join('/')}/type=decisions/`)
  const { credentials, region } = events
  const s3 = signedFetch(sigv4({ credentials, region, service: 's3' }))
  const list = `${server.origins[`s3.${region}.amazonaws.com`]}/${bucket}?list-type=2&prefix=`
  assert.match(await (await s3(list + prefix)).text(), /<KeyCount>12<\/KeyCount>/)
  assert.equal((await s3(list + prefix.replace(/%2F$/, ''))).status, 403)

  const wrong = optimizelyEvents({ ...options.optimizelyEvents, token: 'wrong' })
  await assert.rejects(async () => wrong.credentials(), ExchangeError)
} finally {
  await server.close()
}
