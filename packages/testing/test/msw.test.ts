import { setupServer } from 'msw/node'
import { expect, onTestFinished, test } from 'vitest'
import { createSandbox, type Sandbox } from '../src/index.ts'
import { handlers } from '../src/msw.ts'

const mount = (sandbox: Sandbox) => {
  const server = setupServer(...handlers(sandbox))
  server.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => server.close())
}

const credentials = (sandbox: Sandbox) =>
  fetch('https://api.optimizely.com/v2/export/credentials', {
    headers: { authorization: `Bearer ${sandbox.options.optimizelyEvents.token}` },
  })

test('the global fetch reaches the sandbox by the vendors’ own host names', async () => {
  const sandbox = createSandbox()
  mount(sandbox)
  expect((await credentials(sandbox)).status).toBe(200)
  expect(sandbox.count({ service: 'optimizelyEvents', status: 200 })).toBe(1)
})
