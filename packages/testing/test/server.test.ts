import { connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createSandbox, type Sandbox } from '../src/index.ts'
import { listen, type SandboxServer } from '../src/server.ts'
import { rawRequest } from './support.ts'

test('every vendor host has an origin of its own', async () => {
  const sandbox = createSandbox()
  await using server = await listen(sandbox)
  expect(Object.keys(server.origins)).toEqual([...sandbox.hosts])
  expect(Object.keys(server.origins)).toEqual(
    expect.arrayContaining([
      'api.optimizely.com',
      'login.microsoftonline.com',
      'dev.data.thekalibratecloud.com',
      `${sandbox.options.amperity.tenant}.amperity.com`,
      'console.angus.ai',
      'data.angus.ai',
      'paasportal.episerver.net',
    ]),
  )
  const origins = Object.values(server.origins)
  expect(new Set(origins).size).toBe(sandbox.hosts.length)
  for (const origin of origins) expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('the options are the sandbox’s own, with URLs on loopback', async () => {
  const sandbox = createSandbox()
  await using server = await listen(sandbox)
  const { options, origins } = server
  expect(options).toMatchObject(sandbox.options)
  const { kalibrate, amperity, angus, optimizelyDxp, optimizelyEvents } = options
  expect(kalibrate.baseUrl).toBe(origins['dev.data.thekalibratecloud.com'])
  expect(kalibrate.tokenEndpoint).toBe(
    `${origins['login.microsoftonline.com']}/${kalibrate.tenant}/oauth2/v2.0/token`,
  )
  expect(amperity.baseUrl).toBe(origins[`${amperity.tenant}.amperity.com`])
  expect(options.amperityOAuth.baseUrl).toBe(amperity.baseUrl)
  expect(options.amperityToken.baseUrl).toBe(amperity.baseUrl)
  expect(angus.baseUrl).toBe(`${origins['data.angus.ai']}/api/1`)
  expect(angus.tokenEndpoint).toBe(`${origins['console.angus.ai']}/api-token-authstream/`)
  expect(optimizelyDxp.baseUrl).toBe(`${origins['paasportal.episerver.net']}/api/v1.0`)
  expect(optimizelyEvents.baseUrl).toBe(`${origins['api.optimizely.com']}/v2`)
})

const portsOf = (server: SandboxServer) =>
  Object.values(server.origins).map((origin) => Number(new URL(origin).port))

/** Where a free row begins is not to be known: a port that has just been let go is the best guess. */
const listenInARow = async (sandbox: Sandbox, tries = 20): Promise<SandboxServer> => {
  const probe = await listen(sandbox)
  const [port = 0] = portsOf(probe)
  await probe.close()
  return listen(sandbox, { port }).catch((error: unknown) => {
    if (tries === 0) throw error
    return listenInARow(sandbox, tries - 1)
  })
}

test('ports can be in a row', async () => {
  const sandbox = createSandbox()
  await using server = await listenInARow(sandbox)
  const [first = 0] = portsOf(server)
  expect(portsOf(server)).toEqual(sandbox.hosts.map((_, index) => first + index))
})

test('a port that is taken is an error, and leaves nothing listening', async () => {
  const sandbox = createSandbox()
  const row = await listenInARow(sandbox)
  const [first = 0, second = 0] = portsOf(row)
  await row.close()
  const other = createServer()
  onTestFinished(() => void other.close())
  await new Promise<void>((resolve) => other.listen(second, '127.0.0.1', resolve))
  await expect(listen(sandbox, { port: first })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await expect(fetch(`http://127.0.0.1:${first}/`)).rejects.toThrow('fetch failed')
})

test('close ends idle and waiting connections', async () => {
  const sandbox = createSandbox()
  const server = await listen(sandbox)
  const { hostname, port } = new URL(server.origins['data.angus.ai'] ?? '')
  const idle = connect(Number(port), hostname)
  const ended = new Promise<void>((resolve) => idle.once('close', () => resolve()))
  idle.on('error', () => {})
  sandbox.inject({ latency: 3600_000 })
  const waiting = fetch(`http://${hostname}:${port}/`)
  await expect.poll(() => sandbox.count()).toBe(1)
  await Promise.all([server.close(), ended, expect(waiting).rejects.toThrow('fetch failed')])
  await expect(fetch(`http://${hostname}:${port}/`)).rejects.toThrow('fetch failed')
})

test('the log has the raw target and every header as it arrived', async () => {
  const sandbox = createSandbox()
  await using server = await listen(sandbox)
  const target = "/a/../b//%7e?q='#x"
  const headers = { 'x-twice': ['a', 'b'], 'user-agent': 'me' }
  await rawRequest(server.origins['data.angus.ai'] ?? '', { target, headers })
  expect(sandbox.requests[0]?.target).toBe(target)
  expect(sandbox.requests[0]?.headers.get('x-twice')).toBe('a, b')
})

test('a target that is no path is answered, not lost', async () => {
  const sandbox = createSandbox()
  await using server = await listen(sandbox)
  const origin = server.origins['data.angus.ai'] ?? ''
  const answer = await rawRequest(origin, { method: 'OPTIONS', target: '*' })
  expect(answer.status).toBe(400)
})

test('servers of several sandboxes stand side by side', async () => {
  const [one, other] = [createSandbox(), createSandbox()]
  await using first = await listen(one)
  await using second = await listen(other)
  const ask = (baseUrl: string, token: string) =>
    fetch(`${baseUrl}/export/credentials`, { headers: { authorization: `Bearer ${token}` } })
  const { baseUrl } = first.options.optimizelyEvents
  expect((await ask(baseUrl, one.options.optimizelyEvents.token)).status).toBe(200)
  expect((await ask(baseUrl, second.options.optimizelyEvents.token)).status).toBe(401)
  expect(other.count()).toBe(0)
})
