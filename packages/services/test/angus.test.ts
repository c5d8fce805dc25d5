import { type ExchangeError, OptionError, SigningError } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { angus, type AngusOptions } from '../src/angus.ts'
import { failure, HOUR, jwt, overBoth, overHttp, shown, stub } from './support.ts'

const tokens = { service: 'angus', endpoint: 'token' } as const
const calls = { service: 'angus', endpoint: 'api' } as const
const QUERY = '/entities?metrics=interested,category&from_date=2025-12-31T00:00:00&time=by_hour'

overBoth((open) => {
  test('a token from the console, once, is good for the data', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = angus({ ...options.angus, ...seams })
    for (let i = 0; i < 3; i++) expect((await call(signer, QUERY)).status).toBe(200)
    expect(sandbox.count(tokens)).toBe(1)
    const [request] = sandbox.requests
    expect(request).toMatchObject({ host: 'console.angus.ai', target: '/api-token-authstream/' })
    expect(request?.headers.get('authorization')).toBeNull()
    expect(sandbox.count({ ...calls, host: 'data.angus.ai', status: 200 })).toBe(3)
  })

  test('a new one after its five hours', async () => {
    const { sandbox, options, seams, call, advance } = await open()
    const signer = angus({ ...options.angus, ...seams })
    await call(signer, QUERY)
    advance(5 * HOUR)
    expect((await call(signer, QUERY)).status).toBe(200)
    expect(sandbox.count(tokens)).toBe(2)
    expect(sandbox.count({ ...calls, status: 401 })).toBe(0)
  })

  test('a token that nobody can decode serves until it is refused as expired', async () => {
    const { sandbox, options, seams, call, advance } = await open({
      angus: { token: 'undecodable' },
    })
    const signer = angus({ ...options.angus, ...seams })
    await call(signer, QUERY)
    advance(5 * HOUR)
    expect((await call(signer, QUERY)).status).toBe(200)
    expect(sandbox.count({ ...calls, status: 401 })).toBe(1)
    expect(sandbox.count(tokens)).toBe(2)
  })

  test('after a revocation: one refusal, one new token', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = angus({ ...options.angus, ...seams })
    await call(signer, QUERY)
    sandbox.revoke('angus')
    expect((await call(signer, QUERY)).status).toBe(200)
    expect(sandbox.count({ ...calls, status: 401 })).toBe(1)
    expect(sandbox.count(tokens)).toBe(2)
  })

  test('a wrong access token is a final error, in words from the fields of Django', async () => {
    const { sandbox, options, seams, call } = await open()
    const accessToken = 'wrong-secret-of-the-test'
    const signer = angus({ ...options.angus, ...seams, accessToken })
    const error = await failure<ExchangeError>(call(signer, QUERY))
    expect(error).toMatchObject({
      name: 'ExchangeError',
      code: 'exchange-refused',
      status: 400,
      retryable: false,
      errorDescription: 'non_field_errors: Unable to login with provided credentials.',
    })
    expect(shown(error)).not.toContain(accessToken)
    expect(sandbox.count()).toBe(1)
  })

  test('the fields that the console complains about are named', async () => {
    const { options, seams, call } = await open()
    const signer = angus({ ...options.angus, ...seams, username: ' ', clientId: ' ' })
    const error = await failure<ExchangeError>(call(signer, QUERY))
    expect(error.errorDescription).toBe(
      'username: This field may not be blank.; client_id: This field may not be blank.',
    )
  })

  test.each(['path', 'url'] as const)(
    'follows the pages, each named by its %s',
    async (nextPage) => {
      const { sandbox, options, seams, call } = await open({ angus: { nextPage } })
      const signer = angus({ ...options.angus, ...seams })
      const seen: string[] = []
      for (let url: string | undefined = signer.baseUrl + QUERY; url; ) {
        const page = await (await call(signer, url)).json()
        seen.push(...Object.keys(page.entities))
        url = signer.nextPage(page.next_page)
      }
      expect(seen).toHaveLength(24)
      expect(sandbox.count(tokens)).toBe(1)
    },
  )

  test('the console is no place to send the token to', async () => {
    const { sandbox, options, seams, call } = await open()
    const signer = angus({ ...options.angus, ...seams })
    const error = await failure(call(signer, 'https://console.angus.ai/api-token-authstream/'))
    expect(error).toBeInstanceOf(SigningError)
    expect(error).toMatchObject({ code: 'foreign-origin' })
    expect(sandbox.count()).toBe(0)
  })

  test('an error of the data API reaches the caller as it is', async () => {
    const { options, seams, call } = await open()
    const response = await call(angus({ ...options.angus, ...seams }), '/entities?metrics=age')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'missing_mandatory_param' })
  })
})

test('a redirect to another origin takes no token along', async () => {
  const { sandbox, options, seams, call } = await overHttp()
  const signer = angus({ ...options.angus, ...seams })
  const { baseUrl } = options.kalibrate as { baseUrl?: string }
  sandbox.inject({ ...calls, status: 302, headers: { location: `${baseUrl}/api/status` } })
  await call(signer, QUERY)
  const [abroad] = sandbox.requests.filter(({ service }) => service === 'kalibrate')
  expect(abroad?.target).toBe('/api/status')
  expect(abroad?.headers.get('authorization')).toBeNull()
})

const GOOD = {
  username: 'demo@example.com',
  clientId: '3bd15f50-c69f-11e5-ae3c-0242ad110002',
  accessToken: 'access-token-of-the-test',
}

describe('nextPage', () => {
  const { nextPage } = angus(GOOD)

  test.each([
    ['a path', '/api/1/entities?page=2', 'https://data.angus.ai/api/1/entities?page=2'],
    ['a relative path', 'entities?page=2', 'https://data.angus.ai/api/1/entities?page=2'],
    [
      'a whole URL',
      'https://data.angus.ai/api/1/entities?page=2',
      'https://data.angus.ai/api/1/entities?page=2',
    ],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['an empty string', '', undefined],
  ])('%s', (_, next, url) => {
    expect(nextPage(next)).toBe(url)
  })

  test.each([
    'https://evil.example/api/1/entities?page=2',
    'https://data.angus.ai.evil.example/api/1/entities',
    'https://data.angus.ai:8443/api/1/entities',
    'https://data.angus.ai@evil.example/',
    'http://data.angus.ai/api/1/entities?page=2',
    '//evil.example/api/1/entities',
    String.raw`\\evil.example/api/1/entities`,
    'javascript:alert(1)',
    'blob:https://data.angus.ai/api/1/entities',
    'https://user:password@data.angus.ai/api/1/entities',
    '//user@data.angus.ai/api/1/entities',
    'https://',
  ])('refuses %s', async (next) => {
    const error = await failure(() => nextPage(next))
    expect(error).toBeInstanceOf(SigningError)
    expect(error).toMatchObject({ code: 'foreign-origin' })
    expect(error.message).toMatch(
      /^next_page leads to .*only pages of https:\/\/data\.angus\.ai are/,
    )
  })
})

describe('answers of the console', () => {
  const asked = async (answer: Response) => {
    const { fetch } = stub(() => answer)
    const signer = angus({ ...GOOD, fetch, retry: { attempts: 1 } })
    return signer.sign({ method: 'GET', url: `${signer.baseUrl}${QUERY}`, headers: {} })
  }

  test('a damaged JWT is a token all the same', async () => {
    const token = `${jwt({ exp: 15 })}D8`
    const signature = await asked(Response.json({ token: token.replace('.', '.D8') }))
    expect(signature.headers.authorization).toMatch(/^Bearer ey/)
  })

  test.each([
    ['no token', Response.json({}), 'invalid-response', /`token` is missing/],
    ['a page', new Response('<html>'), 'invalid-response', /not JSON/],
    [
      'a detail',
      Response.json({ detail: 'Not found.' }, { status: 404 }),
      'exchange-refused',
      /detail: Not found/,
    ],
    [
      'a page with an error',
      new Response('<h1>502</h1>', { status: 502 }),
      'exchange-unavailable',
      /answered 502\./,
    ],
  ])('%s', async (_, answer, code, words) => {
    const error = await failure(asked(answer))
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(words)
  })
})

describe('mistakes in the options', () => {
  test.each<[mistake: string, changes: object, option: string, words: RegExp]>([
    ['no user name', { username: undefined }, 'username', /non-empty/],
    ['an empty user name', { username: '' }, 'username', /not an empty string/],
    ['no client', { clientId: undefined }, 'clientId', /non-empty/],
    ['no access token', { accessToken: undefined }, 'accessToken', /non-empty/],
    ['an access token that is none', { accessToken: 42 }, 'accessToken', /not 42|a number/],
    [
      'a token endpoint without its slash',
      { tokenEndpoint: 'https://console.angus.ai/api-token-authstream' },
      'tokenEndpoint',
      /ends in a slash/,
    ],
    [
      'a token endpoint over http',
      { tokenEndpoint: 'http://console.angus.ai/api-token-authstream/' },
      'tokenEndpoint',
      /https/,
    ],
  ])('%s', (_, changes, option, words) => {
    const build = () => angus({ ...GOOD, ...changes } as AngusOptions)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option, code: 'invalid-option' }))
    expect(build).toThrow(words)
  })

  test('a source that hands out nothing is found when it is read', async () => {
    const signer = angus({ ...GOOD, accessToken: () => '' })
    const request = { method: 'GET', url: signer.baseUrl + QUERY, headers: {} }
    const error = await failure(async () => signer.sign(request))
    expect(error).toMatchObject({ code: 'invalid-secret' })
    expect(error.message).toContain('accessToken')
  })
})
