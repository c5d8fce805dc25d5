import { readFileSync } from 'node:fs'
import { OptionError, SigningError, within } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { describe, expect, test } from 'vitest'
import { epiHmac, optimizelyDxp, type OptimizelyDxpOptions } from '../src/optimizelyDxp.ts'
import { clock, failure, inProcess, MINUTE, overBoth, overHttp, shown } from './support.ts'

const calls = { service: 'optimizelyDxp' } as const
const PROJECT = '/projects/8ad8cc5b-0c49-4b79-8ebd-6451465a92c2'

interface Vector {
  readonly id: string
  readonly key: string
  readonly secret: string
  readonly method: string
  readonly url: string
  /** Milliseconds. */
  readonly timestamp: number
  readonly nonce: string
  /** Base64. */
  readonly body: string
  readonly header: string
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../../core/test/vectors/epi-hmac.json', import.meta.url), 'utf8'),
) as { vectors: Vector[] }

test.each(vectors)('known answer: $id', ({ key, secret, method, url, body, header, ...vector }) => {
  const { timestamp, nonce } = vector
  const signer = hmac(epiHmac({ key, secret, now: () => timestamp, nonce: () => nonce }))
  const bytes = Buffer.from(body, 'base64')
  const signature = signer.sign({ method: method.toUpperCase(), url, headers: {}, body: bytes })
  expect(signature).toMatchObject({ headers: { authorization: header } })
})

overBoth((open) => {
  test('a deployment from its start to its end, over bodies of every kind', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams })
    const json = { 'content-type': 'application/json' }
    const body = JSON.stringify({
      sourceEnvironment: 'Integration',
      targetEnvironment: 'Préproduction',
    })
    const post = { method: 'post', headers: json }
    const started = await call(signer, `${PROJECT}/deployments`, { ...post, body })
    expect(started.status).toBe(200)
    const { id } = (await started.json()).result
    await call(signer, `${PROJECT}/deployments/${id}`)
    const done = await call(signer, `${PROJECT}/deployments/${id}/complete`, { method: 'POST' })
    expect(await done.json()).toMatchObject({ success: true, result: { status: 'Completing' } })

    const bytes = new TextEncoder().encode('{"retentionHours":24}')
    const path = `${PROJECT}/environments/Integration/databases/epicms/exports`
    expect((await call(signer, path, { ...post, body: bytes })).status).toBe(200)
    expect(sandbox.count({ ...calls, status: 200 })).toBe(4)
  })

  test('a nonce of its own for each attempt, so that none is refused as used', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams })
    for (let i = 0; i < 3; i++) await call(signer, `${PROJECT}/deployments`)
    const nonces = sandbox.requests.map(
      ({ headers }) => headers.get('authorization')?.split(':')[2] ?? '',
    )
    expect(new Set(nonces).size).toBe(3)
    for (const nonce of nonces) expect(nonce).toMatch(/^[\da-f]{32}$/)
    expect(sandbox.count({ ...calls, status: 200 })).toBe(3)
  })

  test('a clock that is off costs one refusal, and is right from then on', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams })
    sandbox.clock.skew(-17 * MINUTE)
    expect((await call(signer, `${PROJECT}/deployments`)).status).toBe(200)
    expect((await call(signer, `${PROJECT}/deployments`)).status).toBe(200)
    expect(sandbox.count({ ...calls, status: 401 })).toBe(1)
  })

  test('a wrong secret is refused by the server, once, in its envelope', async () => {
    const { sandbox, options, seams, call } = await open()
    const secret = Buffer.from('wrong secret of the test').toString('base64')
    const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams, secret })
    const response = await call(signer, `${PROJECT}/deployments`)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({
      success: false,
      errors: [expect.stringContaining('The signature does not match')],
      result: null,
    })
    expect(sandbox.count()).toBe(1)
  })

  test('a revoked key is refused, and not tried again', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams })
    sandbox.revoke('optimizelyDxp', 'credentials')
    expect((await call(signer, `${PROJECT}/deployments`)).status).toBe(401)
    expect(sandbox.count()).toBe(1)
  })

  test('a secret from a source', async () => {
    const { options, seams, call } = await open()
    const { secret } = options.optimizelyDxp
    const signer = optimizelyDxp({
      ...options.optimizelyDxp,
      ...seams,
      secret: async () => secret,
    })
    expect((await call(signer, `${PROJECT}/deployments`)).status).toBe(200)
  })

  test('a foreign origin gets nothing', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams })
    const error = await failure(call(signer, 'https://data.angus.ai/api/v1.0/projects'))
    expect(error).toBeInstanceOf(SigningError)
    expect(error).toMatchObject({ code: 'foreign-origin' })
    expect(sandbox.count()).toBe(0)
  })
})

test('what is signed is what is sent, in the form on which servers agree', async () => {
  const { sandbox, options, seams, call } = await overHttp()
  const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams })
  const path = `${PROJECT}/environments/%c3%a9%7e/storagecontainers`
  expect((await call(signer, `${path}?writable=true&x='a'|b&y=%41+c%2fd`)).status).toBe(200)
  expect(sandbox.requests[0]?.target).toBe(
    `/api/v1.0${PROJECT}/environments/%C3%A9~/storagecontainers?writable=true&x=%27a%27%7Cb&y=A+c%2Fd`,
  )
})

test('a redirect at home is signed anew; one to another origin takes no signature along', async () => {
  const { sandbox, options, seams, call } = await overHttp()
  const signer = optimizelyDxp({ ...options.optimizelyDxp, ...seams })
  const location = `${signer.baseUrl}${PROJECT}/deployments?page=2`
  sandbox.inject({ ...calls, status: 307, headers: { location } })
  expect((await call(signer, `${PROJECT}/deployments`)).status).toBe(200)
  expect(sandbox.count({ ...calls, status: 200 })).toBe(1)

  const { baseUrl } = options.angus as { baseUrl?: string }
  sandbox.inject({ ...calls, status: 307, headers: { location: `${baseUrl}/entities` } })
  await call(signer, `${PROJECT}/deployments`)
  const [abroad] = sandbox.requests.filter(({ service }) => service === 'angus')
  expect(abroad?.target).toContain('/entities')
  expect(abroad?.headers.get('authorization')).toBeNull()
})

test('clock and nonce can be given', async () => {
  const { now } = clock()
  const nonce = () => 'a-nonce-of-the-test'
  const { options, sandbox, call } = await inProcess()
  const signer = optimizelyDxp({ ...options.optimizelyDxp, now, nonce })
  await call(signer, `${PROJECT}/deployments`)
  expect(sandbox.requests[0]?.headers.get('authorization')).toContain(
    `epi-hmac ${options.optimizelyDxp.key}:${now()}:a-nonce-of-the-test:`,
  )
})

test('the same scheme for Optimizely Graph', async () => {
  const graph = within('https://cg.optimizely.com', hmac(epiHmac(GOOD)))
  const url = 'https://cg.optimizely.com/content/v2?cache=false'
  const { headers } = await graph.sign({ method: 'POST', url, headers: {}, body: '{}' })
  expect(headers.authorization).toMatch(/^epi-hmac key:\d{13}:[\da-f]{32}:[\w+/]{43}=$/)
})

const GOOD = { key: 'key', secret: Buffer.from('secret of the test').toString('base64') }

describe('mistakes in the options', () => {
  test.each<[mistake: string, changes: object, option: string, words: RegExp]>([
    ['no key', { key: undefined }, 'key', /visible ASCII/],
    ['an empty key', { key: '' }, 'key', /not an empty string/],
    ['a key with a colon', { key: 'a:b' }, 'key', /no colon/],
    ['a key with a line break', { key: 'a\r\nx: y' }, 'key', /without line breaks/],
    ['a key with a NUL', { key: 'a\0' }, 'key', /visible ASCII/],
    ['a key beyond ASCII', { key: 'clé' }, 'key', /visible ASCII/],
    ['no secret', { secret: undefined }, 'secret', /non-empty/],
    ['an empty secret', { secret: '' }, 'secret', /empty string/],
    ['a secret that is no base64', { secret: 'not base64!' }, 'secret', /base64/],
    ['a secret without its padding', { secret: 'YQ' }, 'secret', /base64/],
    ['a secret of the other alphabet', { secret: '_-8=' }, 'secret', /base64/],
    ['a secret with a line break', { secret: 'YWJj\n' }, 'secret', /base64/],
    ['a nonce that is no function', { nonce: 'x' }, 'nonce', /function/],
    ['a clock that is no function', { now: 1 }, 'now', /function/],
  ])('%s', (_, changes, option, words) => {
    const build = () => optimizelyDxp({ ...GOOD, ...changes } as OptimizelyDxpOptions)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option, code: 'invalid-option' }))
    expect(build).toThrow(words)
  })

  test('a wrong secret does not show in its error', async () => {
    const secret = 'not-base64-but-secret'
    expect(shown(await failure(() => optimizelyDxp({ key: 'key', secret })))).not.toContain(secret)
  })
})
