import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventsFor, signerFor } from '../src/session.ts'
import { UsageError } from '../src/usage-error.ts'
import { type ServiceName, serviceNames, variables } from '../src/variables.ts'
import { folder } from './cache/folder.ts'

/** An environment that somebody else has written, in part. */

const packages = join(import.meta.dirname, '../..')

test('no library reads the environment: the command line does, and a run of tests', () => {
  const files = globSync('*/src/**/*.ts', { cwd: packages })
  const readers = files.filter((file) =>
    /\bprocess\.env\b|\bimport\.meta\.env\b|\benv\b.*from 'node:process'/.test(
      readFileSync(join(packages, file), 'utf8'),
    ),
  )
  expect(files.length).toBeGreaterThan(100)
  expect(readers.filter((file) => !/^(?:cli|testing)\b/.test(file))).toEqual([])
  expect(readers.length).toBeGreaterThan(0)
})

const complete = (service: ServiceName): Record<string, string> =>
  Object.fromEntries(
    variables[service].flatMap(({ name, optional, way = 'OAuth 2' }) =>
      optional || way !== 'OAuth 2'
        ? []
        : [[name, name === 'KALIBRATE_TENANT' ? 'contoso.example' : 'c2VjcmV0']],
    ),
  )
const build = (service: ServiceName, env: Record<string, string>) =>
  service === 'optimizely-events'
    ? eventsFor(env, { cache: false })
    : signerFor(service, env, { cache: false })

const ADDRESSES = [
  'http://evil.example/',
  'http://127.0.0.1.nip.example/',
  'https://u:p@evil.example/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'blob:https://evil.example/',
  '//evil.example/',
  '\u001b[2J',
]

test.each(
  serviceNames.flatMap((service) =>
    variables[service].flatMap(({ name, option }) =>
      /^(?:baseUrl|tokenEndpoint)$/.test(option) ? [[name, service] as const] : [],
    ),
  ),
)('%s leads to no address that is overheard, or none', async (name, service) => {
  expect(await build(service, complete(service))).toBeTypeOf('object')
  for (const address of ADDRESSES) {
    const env = { ...complete(service), [name]: address }
    const error = await build(service, env).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect([address, error]).toEqual([address, expect.any(UsageError)])
    expect((error as Error).message).toMatch(
      new RegExp(`^${service}: ${name} takes \\P{Cc}+$`, 'u'),
    )
  }
})

test('a token that is kept for one address is not taken along to another', async () => {
  const COUNTERSIGN_CACHE_DIR = join(folder(), 'cache')
  let issued = 0
  const fetch = async () => Response.json({ access_token: `token-${++issued}`, expires_in: 3600 })
  const authorization = async (more: Record<string, string> = {}) => {
    const env = { ...complete('amperity'), COUNTERSIGN_CACHE_DIR, ...more }
    const signer = await signerFor('amperity', env, { fetch })
    const url = `${signer.baseUrl}/x`
    return (await signer.sign({ method: 'GET', url, headers: {} })).headers.authorization
  }
  const home = await authorization()
  expect(await authorization()).toBe(home)
  expect(await authorization({ AMPERITY_BASE_URL: 'https://evil.example' })).toBe('Bearer token-2')
  expect(await authorization()).toBe(home)
})
