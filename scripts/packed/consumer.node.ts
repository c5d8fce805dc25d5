import { signed as signedAxios } from '@countersign/axios'
import { bearer } from '@countersign/core'
import { signed as signedGot } from '@countersign/got'
import { signed as signedUndici } from '@countersign/undici'
import { createSandbox, type Sandbox } from '@countersign/testing'
import { handlers } from '@countersign/testing/msw'
import { listen } from '@countersign/testing/server'
import axios, { type AxiosInstance } from 'axios'
import got from 'got'
import { setupServer } from 'msw/node'
import { Agent, type Dispatcher } from 'undici'

const sandbox: Sandbox = createSandbox({ kalibrate: {} })
// @ts-expect-error there is no such vendor
createSandbox({ nobody: {} })

const mocks = setupServer(...handlers(sandbox))
const server = await listen(sandbox, { port: 4000 })
const origins: Readonly<Record<string, string>> = server.origins
export { mocks, origins }

const signer = bearer('token')
const api: AxiosInstance = signedAxios(axios.create(), signer)
export const answer: Promise<string> = api
  .get<string>('/', { signer: false })
  .then(({ data }) => data)
export const body: Promise<string> = got
  .extend(signedGot(signer))('/')
  .then(({ body }) => body)
const home = 'https://api.example.com'
export const dispatcher: Dispatcher = new Agent().compose(signedUndici(signer, { origins: home }))
// @ts-expect-error it has to be told where credentials may go
signedUndici(signer)
