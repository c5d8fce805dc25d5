import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSandbox } from '../src/index.ts'
import { listen } from '../src/server.ts'
import { clock, epiHmac, type Mounted, overBoth, rawRequest, START } from './support.ts'

const PROJECT = randomUUID()
const START_BODY = {
  sourceEnvironment: null,
  targetEnvironment: 'Production',
  packages: ['site.cms.app.1.0.0.nupkg'],
}

interface Call {
  readonly method?: string
  readonly body?: unknown
  readonly timestamp?: number
  readonly header?: string
  readonly contentType?: string
}

/** A signed call, over a path below the project. */
const call = (mounted: Mounted, path: string, init: Call = {}) => {
  const { key, secret, baseUrl } = mounted.options.optimizelyDxp
  const { method = 'GET', timestamp = Date.now(), contentType = 'application/json' } = init
  const url = new URL(`${baseUrl}/projects/${PROJECT}${path}`)
  const body = init.body === undefined ? '' : JSON.stringify(init.body)
  const target = url.pathname + url.search
  const authorization = init.header ?? epiHmac({ key, secret, method, target, body, timestamp })
  return mounted.fetch(url, {
    method,
    body: body || null,
    headers: { authorization, ...(body && { 'content-type': contentType }) },
  })
}

const result = async (answer: Promise<Response>) => (await (await answer).json()).result

overBoth((open) => {
  test('a deployment is started, listed, looked at and completed', async () => {
    const mounted = await open()
    const started = await call(mounted, '/deployments', { method: 'POST', body: START_BODY })
    const envelope = await started.json()
    expect(envelope).toMatchObject({ success: true, errors: [], result: { status: 'InProgress' } })
    const path = `/deployments/${envelope.result.id}`
    expect(await result(call(mounted, '/deployments'))).toEqual([envelope.result])

    const early = await call(mounted, `${path}/complete`, { method: 'POST' })
    expect(early.status).toBe(400)
    expect(await result(call(mounted, path))).toMatchObject({ status: 'InProgress' })
    expect(await result(call(mounted, path))).toMatchObject({ status: 'AwaitingVerification' })
    const completed = await result(call(mounted, `${path}/complete`, { method: 'POST' }))
    expect(completed).toMatchObject({ status: 'Completing' })
    expect(await result(call(mounted, path))).toMatchObject({ status: 'Completing' })
    expect(await result(call(mounted, path))).toMatchObject({
      status: 'Succeeded',
      percentComplete: 100,
      endTime: expect.any(String),
    })
  })

  test('a deployment is reset', async () => {
    const mounted = await open()
    const { id } = await result(call(mounted, '/deployments', { method: 'POST', body: START_BODY }))
    await call(mounted, `/deployments/${id}`)
    const body = { resetWithDbRollback: true }
    const reset = call(mounted, `/deployments/${id}/reset`, { method: 'POST', body })
    expect(await result(reset)).toMatchObject({ status: 'Resetting' })
    await call(mounted, `/deployments/${id}`)
    expect(await result(call(mounted, `/deployments/${id}`))).toMatchObject({ status: 'Reset' })
  })

  test('the storage routes answer', async () => {
    const mounted = await open()
    const location = await result(call(mounted, '/packages/location'))
    expect(location.location).toMatch(/^https:.*sig=/)

    const containers = '/environments/Integration/storagecontainers'
    expect(await result(call(mounted, containers))).toMatchObject({
      storageContainers: ['azure-application-logs', 'azure-web-logs', 'mysitemedia'],
    })
    expect(await result(call(mounted, `${containers}?writable=true`))).toEqual({
      storageContainers: ['mysitemedia'],
    })
    const link = { method: 'POST', body: { retentionHours: 168 } }
    expect(await result(call(mounted, `${containers}/mysitemedia/saslink`, link))).toMatchObject({
      containerName: 'mysitemedia',
      sasLink: expect.stringMatching(/^https:/),
    })
    expect((await call(mounted, `${containers}/none/saslink`, link)).status).toBe(404)

    const exports = '/environments/Integration/databases/epicms/exports'
    const started = await result(call(mounted, exports, { method: 'POST', body: {} }))
    expect(await result(call(mounted, `${exports}/${started.id}`))).toEqual(started)
    expect(await result(call(mounted, `${exports}/${started.id}`))).toMatchObject({
      status: 'Succeeded',
      bacpacUrl: expect.stringMatching(/^https:/),
    })
    const elsewhere = exports.replace('epicms', 'epicommerce')
    expect((await call(mounted, `${elsewhere}/${started.id}`)).status).toBe(404)
  })

  test.each([
    ['no target environment', { packages: ['a.nupkg'] }, /targetEnvironment is required/],
    ['neither source nor packages', { targetEnvironment: 'Production' }, /Either/],
    ['both source and packages', { ...START_BODY, sourceEnvironment: 'Integration' }, /Either/],
    ['a flag that is none', { ...START_BODY, directDeploy: 'yes' }, /directDeploy must be/],
    ['a mode that is none', { ...START_BODY, zeroDowntimeMode: 'Write' }, /ReadOnly, ReadWrite/],
    ['an unknown member', { ...START_BODY, targetEnvironement: 'x' }, /is not known/],
    ['an array', [START_BODY], /JSON object/],
  ])('a body with %s is a 400 that says so', async (_, body, message) => {
    const mounted = await open()
    const answer = await call(mounted, '/deployments', { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({
      success: false,
      errors: [expect.stringMatching(message)],
      result: null,
    })
  })

  test('a body that is not said to be JSON is a 415', async () => {
    const mounted = await open()
    const init = { method: 'POST', body: START_BODY, contentType: 'text/plain' }
    expect((await call(mounted, '/deployments', init)).status).toBe(415)
  })

  test('every refusal has the envelope and the date of the vendor’s clock', async () => {
    const mounted = await open({ now: () => START })
    mounted.sandbox.clock.skew(-3600_000)
    const answer = await call(mounted, '/deployments', { timestamp: START })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({
      success: false,
      errors: [expect.stringMatching(/timestamp/)],
      result: null,
    })
    expect(Date.parse(answer.headers.get('date') ?? '')).toBe(START - 3600_000)
    const corrected = await call(mounted, '/deployments', { timestamp: START - 3600_000 })
    expect(corrected.status).toBe(200)
  })

  test('a nonce is good once, until the sandbox is reset', async () => {
    const { now } = clock()
    const mounted = await open({ now })
    const { key, secret, baseUrl } = mounted.options.optimizelyDxp
    const target = `${new URL(baseUrl).pathname}/projects/${PROJECT}/deployments`
    const header = epiHmac({ key, secret, method: 'GET', target, timestamp: START })
    expect((await call(mounted, '/deployments', { header })).status).toBe(200)
    expect((await call(mounted, '/deployments', { header })).status).toBe(401)
    mounted.sandbox.reset()
    expect((await call(mounted, '/deployments', { header })).status).toBe(200)
  })

  test('the tolerance is an option, and a revoked key is refused', async () => {
    const mounted = await open({ now: () => START, optimizelyDxp: { tolerance: 1000 } })
    const status = async (off: number) =>
      (await call(mounted, '/deployments', { timestamp: START + off })).status
    expect([await status(1000), await status(1001)]).toEqual([200, 401])
    mounted.sandbox.revoke('optimizelyDxp')
    expect(await status(0)).toBe(401)
  })

  test('what is not there is a 404, and a project that is no GUID a 400, in the envelope', async () => {
    const mounted = await open()
    const missing = await call(mounted, `/deployments/${randomUUID()}`)
    expect([missing.status, (await missing.json()).success]).toEqual([404, false])
    expect((await call(mounted, '/deployments/nothing')).status).toBe(400)
    expect((await call(mounted, '/nothing')).status).toBe(404)
  })
})

describe('over a socket, where the target is raw', () => {
  test.each([
    ["/it's?q='", "/it's?q=%27"],
    ['/%7Euser/%c3%a9', '/~user/%C3%A9'],
    ['/a/../b//c?', '/b//c'],
    ['/x?q=[a|b]{c}^`', '/x?q=[a%7Cb]%7Bc%7D%5E%60'],
    ['//other.example/x', '/x'],
  ])('a signature over %s holds, and one over %s does not', async (target, other) => {
    const sandbox = createSandbox()
    await using server = await listen(sandbox)
    const signed = { ...sandbox.options.optimizelyDxp, method: 'GET', timestamp: Date.now() }
    const ask = (signedTarget: string) =>
      rawRequest(server.origins['paasportal.episerver.net'] ?? '', {
        target,
        headers: { authorization: epiHmac({ ...signed, target: signedTarget }) },
      })
    // No such route, which is said only to who has signed.
    expect((await ask(target)).status).toBe(404)
    expect(sandbox.requests.at(-1)?.target).toBe(target)
    expect((await ask(other)).status).toBe(401)
  })

  test('a second Authorization header is seen, and refused', async () => {
    const sandbox = createSandbox()
    await using server = await listen(sandbox)
    const signed = { ...sandbox.options.optimizelyDxp, method: 'GET', timestamp: Date.now() }
    const header = epiHmac({ ...signed, target: '/' })
    const origin = server.origins['paasportal.episerver.net'] ?? ''
    const headers = { authorization: ['Bearer left-over', header] }
    expect((await rawRequest(origin, { target: '/', headers })).status).toBe(401)
  })

  test('the body is hashed byte for byte', async () => {
    const sandbox = createSandbox()
    await using server = await listen(sandbox)
    const body = Uint8Array.from({ length: 256 }, (_, i) => i)
    const signed = { ...sandbox.options.optimizelyDxp, method: 'POST', timestamp: Date.now() }
    const headers = { authorization: epiHmac({ ...signed, target: '/x', body }) }
    const origin = server.origins['paasportal.episerver.net'] ?? ''
    const answer = await rawRequest(origin, { method: 'POST', target: '/x', headers, body })
    expect(answer.status).toBe(404)
    expect(sandbox.requests[0]?.body).toEqual(body)
  })
})
