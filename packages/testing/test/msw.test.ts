import https from 'node:https'
import { setupServer } from 'msw/node'
import { expect, onTestFinished, test } from 'vitest'
import { createSandbox, type Sandbox } from '../src/index.ts'
import { handlers } from '../src/msw.ts'
import { epiHmac } from './support.ts'

const mount = (...sandboxes: Sandbox[]) => {
  const server = setupServer(...sandboxes.flatMap(handlers))
  server.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => server.close())
}

const EVENTS = 'https://api.optimizely.com/v2/export/credentials'

const credentials = (sandbox: Sandbox, init: RequestInit = {}) =>
  fetch(EVENTS, {
    headers: { authorization: `Bearer ${sandbox.options.optimizelyEvents.token}` },
    ...init,
  })

test('the global fetch reaches the sandbox by the vendors’ own host names', async () => {
  const sandbox = createSandbox()
  mount(sandbox)
  expect((await credentials(sandbox)).status).toBe(200)
  expect(sandbox.count({ service: 'optimizelyEvents', status: 200 })).toBe(1)
})

test('so does node:https', async () => {
  const sandbox = createSandbox()
  mount(sandbox)
  const headers = { authorization: `Bearer ${sandbox.options.optimizelyEvents.token}` }
  const status = await new Promise((resolve, reject) => {
    const sent = https.request(EVENTS, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end()
  })
  expect(status).toBe(200)
})

test('every host is mounted, and the root of each', async () => {
  const sandbox = createSandbox()
  mount(sandbox)
  for (const host of sandbox.hosts) await fetch(`https://${host}`)
  expect(sandbox.requests.map((one) => one.host)).toEqual([...sandbox.hosts])
})

test.each(['/b//%7Euser/%2f?a=b&c=%zz', '/100%', '/a;b=(c)/*?'])(
  'a signature over %s holds',
  async (path) => {
    const sandbox = createSandbox()
    mount(sandbox)
    const url = new URL(path, 'https://paasportal.episerver.net')
    const target = url.pathname + url.search
    const body = Uint8Array.from({ length: 256 }, (_, i) => i)
    const signed = { method: 'POST', target, body, timestamp: Date.now() }
    const authorization = epiHmac({ ...sandbox.options.optimizelyDxp, ...signed })
    const answer = await fetch(url, { method: 'POST', body, headers: { authorization } })
    expect(answer.status).toBe(404)
    expect(sandbox.requests[0]?.body).toEqual(body)
  },
)

test('a dropped connection is a network error', async () => {
  const sandbox = createSandbox()
  mount(sandbox)
  sandbox.inject({ drop: 'before' })
  await expect(credentials(sandbox)).rejects.toThrow(TypeError)
  sandbox.inject({ drop: 'body' })
  const answer = await credentials(sandbox)
  expect(answer.status).toBe(200)
  await expect(answer.text()).rejects.toThrow('terminated')
})

test('a request kept waiting ends when its caller goes', async () => {
  const sandbox = createSandbox()
  mount(sandbox)
  sandbox.inject({ latency: 3600_000 })
  const controller = new AbortController()
  const waiting = credentials(sandbox, { signal: controller.signal })
  await expect.poll(() => sandbox.count()).toBe(1)
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('the POST without its slash is lost here too', async () => {
  const sandbox = createSandbox()
  mount(sandbox)
  await fetch('https://console.angus.ai/api-token-authstream', { method: 'POST', body: '{}' })
  expect(sandbox.requests.map((one) => one.method)).toEqual(['POST', 'GET'])
})
