import { expect, test } from 'vitest'
import { createSandbox, type Sandbox } from '../src/index.ts'
import { epiHmac, START } from './support.ts'

const EVENTS = 'https://api.optimizely.com/v2/export/credentials'

const ask = (sandbox: Sandbox, token = sandbox.options.optimizelyEvents.token) =>
  sandbox.fetch(EVENTS, { headers: { authorization: `Bearer ${token}` } })

test('every request is in the log, with its bytes', async () => {
  const sandbox = createSandbox()
  await sandbox.fetch('https://console.angus.ai/api-token-authstream/?a=b', {
    method: 'POST',
    body: new Uint8Array([0, 255]),
    headers: { 'Content-Type': 'application/json' },
  })
  const [request] = sandbox.requests
  expect(request).toMatchObject({
    service: 'angus',
    endpoint: 'token',
    host: 'console.angus.ai',
    method: 'POST',
    target: '/api-token-authstream/?a=b',
    status: 400,
  })
  expect(request?.headers.get('content-type')).toBe('application/json')
  expect(request?.body).toEqual(new Uint8Array([0, 255]))
})

test('requests are counted by what they have in common', async () => {
  const sandbox = createSandbox()
  await ask(sandbox)
  await ask(sandbox, 'wrong')
  await sandbox.fetch('https://data.angus.ai/api/1/entities')
  expect(sandbox.count()).toBe(3)
  expect(sandbox.count({ service: 'optimizelyEvents' })).toBe(2)
  expect(sandbox.count({ service: 'optimizelyEvents', status: 401 })).toBe(1)
  expect(sandbox.count({ endpoint: 'api' })).toBe(1)
  expect(sandbox.count({ method: 'POST' })).toBe(0)
  expect(sandbox.count({ target: '/v2/export/credentials' })).toBe(2)
  sandbox.reset()
  expect([sandbox.count(), sandbox.requests]).toEqual([0, []])
})

test('token endpoints and APIs are told apart on a host that has both', async () => {
  const sandbox = createSandbox()
  const host = `https://${sandbox.options.amperity.tenant}.amperity.com`
  await sandbox.fetch(`${host}/api/v0/oauth2/token`, { method: 'POST' })
  await sandbox.fetch(`${host}/api/v0/admin/api-keys/x/tokens`, { method: 'POST' })
  await sandbox.fetch(`${host}/api/segments`)
  expect(sandbox.requests.map((one) => one.endpoint)).toEqual(['token', 'token', 'api'])
})

test('sandboxes share nothing', async () => {
  const [one, other] = [createSandbox(), createSandbox()]
  const shared = (value: object, of: object): unknown[] =>
    Object.entries(value).flatMap(([name, member]) => {
      const counterpart = (of as Record<string, unknown>)[name]
      if (typeof member === 'object') return shared(member, counterpart as object)
      return member === counterpart ? [member] : []
    })
  expect(shared(one.options, other.options)).toEqual([])
  expect(shared(one.options, one.options)).toHaveLength(19)

  one.inject({ status: 503 })
  one.revoke('optimizelyEvents', 'credentials')
  expect((await ask(other)).status).toBe(200)
  expect([one.count(), other.count()]).toEqual([0, 1])
  expect((await ask(other, one.options.optimizelyEvents.token)).status).toBe(401)
})

test('every answer has the date of the vendors’ clock', async () => {
  const sandbox = createSandbox({ now: () => START })
  const date = async () => Date.parse((await ask(sandbox)).headers.get('date') ?? '')
  expect(await date()).toBe(START)
  sandbox.clock.skew(-600_000)
  expect(await date()).toBe(START - 600_000)
  sandbox.clock.skew(1000)
  expect(await date()).toBe(START + 1000)
  sandbox.inject({ status: 500 })
  expect(await date()).toBe(START + 1000)
})

test('an unknown host fails as if it did not exist, whatever its port or scheme', async () => {
  const sandbox = createSandbox()
  for (const url of [
    'https://example.com/',
    EVENTS.replace('https', 'http'),
    EVENTS.replace('.com', '.com:8443'),
  ])
    await expect(sandbox.fetch(url)).rejects.toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause: { code: 'ENOTFOUND' },
    })
  expect(sandbox.count()).toBe(0)
})

test('fetch takes a Request, a URL, and an aborted signal', async () => {
  const sandbox = createSandbox()
  const headers = { authorization: `Bearer ${sandbox.options.optimizelyEvents.token}` }
  expect((await sandbox.fetch(new Request(EVENTS, { headers }))).url).toBe(EVENTS)
  expect((await sandbox.fetch(new URL(EVENTS), { headers })).status).toBe(200)
  const gone = sandbox.fetch(EVENTS, { headers, signal: AbortSignal.abort(new Error('gone')) })
  await expect(gone).rejects.toThrow('gone')
  expect(sandbox.count()).toBe(2)
})

test('a method in lower case is not made another', async () => {
  const sandbox = createSandbox()
  const target = '/api/v1.0/nothing'
  const signed = { ...sandbox.options.optimizelyDxp, target, timestamp: Date.now() }
  const ask = async (method: string) => {
    const authorization = epiHmac({ ...signed, method: 'REPORT' })
    const url = `https://paasportal.episerver.net${target}`
    return (await sandbox.fetch(url, { method, headers: { authorization } })).status
  }
  expect(await ask('REPORT')).toBe(404)
  expect(await ask('report')).toBe(401)
})

test('HEAD is answered without a body', async () => {
  const sandbox = createSandbox()
  const answer = await sandbox.fetch('https://data.angus.ai/', { method: 'HEAD' })
  expect([answer.status, answer.body]).toEqual([401, null])
})

test('a method that no Request can have is a 400, through a mounting that lets it pass', async () => {
  const sandbox = createSandbox()
  const answer = await sandbox.receive({
    host: 'data.angus.ai',
    origin: 'https://data.angus.ai',
    method: 'TRACE',
    target: '/',
    headers: new Headers(),
    body: new Uint8Array(),
  })
  expect(answer.status).toBe(400)
})

const redirect = (sandbox: Sandbox, location: string, status: number) =>
  sandbox.inject({ status, headers: { location } })

const post = (sandbox: Sandbox, init: RequestInit = {}) =>
  sandbox.fetch('https://data.angus.ai/', {
    method: 'POST',
    body: 'x',
    headers: { authorization: 'Bearer a', cookie: 'a=b' },
    ...init,
  })

test.each([
  [301, 'GET', ''],
  [302, 'GET', ''],
  [303, 'GET', ''],
  [307, 'POST', 'x'],
  [308, 'POST', 'x'],
])('fetch follows a %i with a %s', async (status, method, body) => {
  const sandbox = createSandbox()
  redirect(sandbox, '/next', status)
  expect((await post(sandbox)).redirected).toBe(true)
  const [, second] = sandbox.requests
  expect(second).toMatchObject({ method, target: '/next' })
  expect(new TextDecoder().decode(second?.body)).toBe(body)
  expect(second?.headers.get('authorization')).toBe('Bearer a')
})

test('fetch keeps a method that is neither GET nor POST at a 301, and not at a 303', async () => {
  const sandbox = createSandbox()
  redirect(sandbox, '/next', 301)
  await post(sandbox, { method: 'PUT' })
  redirect(sandbox, '/next', 303)
  await post(sandbox, { method: 'PUT' })
  expect(sandbox.requests.map((one) => one.method)).toEqual(['PUT', 'PUT', 'PUT', 'GET'])
})

test('fetch takes no credentials to another origin', async () => {
  const sandbox = createSandbox()
  redirect(sandbox, 'https://console.angus.ai/', 307)
  await post(sandbox)
  const [, second] = sandbox.requests
  expect(second?.host).toBe('console.angus.ai')
  expect([...(second?.headers.keys() ?? [])]).not.toContain('authorization')
  expect([...(second?.headers.keys() ?? [])]).not.toContain('cookie')
})

test('fetch stops at a redirect when it is told to, and after twenty', async () => {
  const sandbox = createSandbox()
  redirect(sandbox, '/next', 302)
  expect((await post(sandbox, { redirect: 'manual' })).status).toBe(302)
  redirect(sandbox, '/next', 302)
  await expect(post(sandbox, { redirect: 'error' })).rejects.toThrow('fetch failed')
  sandbox.reset()
  const { fetch, inject } = sandbox
  inject({ status: 302, headers: { location: '/again' }, times: Number.POSITIVE_INFINITY })
  await expect(fetch('https://data.angus.ai/')).rejects.toThrow('fetch failed')
  expect(sandbox.count()).toBe(21)
})

test('who asks is told of each request when it is answered', async () => {
  const told: [string, number][] = []
  const sandbox = createSandbox({
    onRequest: ({ target, status }) => told.push([target, status]),
  })
  await ask(sandbox)
  sandbox.inject({ drop: 'before' })
  await expect(ask(sandbox)).rejects.toThrow('fetch failed')
  await ask(sandbox, 'wrong')
  expect(told).toEqual([
    ['/v2/export/credentials', 200],
    ['/v2/export/credentials', 401],
  ])
})

test('as many requests are remembered as one wants, the latest', async () => {
  const sandbox = createSandbox({ history: 2 })
  await ask(sandbox, 'wrong')
  await ask(sandbox)
  await ask(sandbox)
  expect(sandbox.requests.map(({ status }) => status)).toEqual([200, 200])
  expect(sandbox.count()).toBe(2)
})
