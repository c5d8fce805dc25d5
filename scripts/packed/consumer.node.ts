import { createSandbox, type Sandbox } from '@countersign/testing'
import { handlers } from '@countersign/testing/msw'
import { listen } from '@countersign/testing/server'
import { setupServer } from 'msw/node'

const sandbox: Sandbox = createSandbox({ kalibrate: {} })
// @ts-expect-error there is no such vendor
createSandbox({ nobody: {} })

const mocks = setupServer(...handlers(sandbox))
const server = await listen(sandbox, { port: 4000 })
const origins: Readonly<Record<string, string>> = server.origins
export { mocks, origins }
