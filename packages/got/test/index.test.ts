import { Readable } from 'node:stream'
import { apiKey, bearer, compose, type Signer, type SignedOptions } from '@countersign/core'
import { signed } from '@countersign/got'
import { epi, loopback, type Site, tokens, verifying } from '@countersign/testing/contract'
import got, { HTTPError, Options } from 'got'
import got14 from 'got-14'
import got15 from 'got-15'
import { afterEach, describe, expect, test, vi } from 'vitest'

/** What is got's own, beside the contract of every client in `contract.test.ts`. */

const open: Site[] = []
async function serve(answer: Parameters<typeof loopback>[0]): Promise<Site> {
  const site = await loopback(answer)
  open.push(site)
  return site
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((site) => site.close()))
})

const authorizations = ({ arrivals }: Site) => arrivals.map(({ headers }) => headers.authorization)
const api = (signer: Signer = epi(), options: SignedOptions = {}) =>
  got.extend(signed(signer, options))

describe.each([
  ['got 16', got],
  ['got 15', got15 as unknown as typeof got],
  ['got 14', got14 as unknown as typeof got],
])('pagination with %s', (_, client) => {
  const both = () =>
    compose(bearer('secret-token'), apiKey({ in: 'header', name: 'x-api-key', key: 'key' }))
  const paging = (pages: Record<string, string>) => (arrival: { target: string }) => {
    const next = pages[arrival.target]
    const headers = next ? { link: `<${next}>; rel="next"` } : {}
    return {
      body: `["${arrival.target}"]`,
      headers: { ...headers, 'content-type': 'application/json' },
    }
  }

  test('each page at home is signed anew', async () => {
    const verify = verifying()
    const pages = paging({ '/1': '/2', '/2': '/3' })
    const site = await serve((arrival) => {
      const reply = verify(arrival)
      return reply.status === 200 ? pages(arrival) : reply
    })
    const instance = client.extend(signed(epi()))
    expect(await instance.paginate.all(`${site.origin}/1`)).toEqual(['/1', '/2', '/3'])
  })

  test('a page elsewhere is an error before it is sent', async () => {
    const foreign = await serve(paging({}))
    const site = await serve(paging({ '/1': '/2', '/2': `${foreign.origin}/3` }))
    const instance = client.extend(signed(both()))
    const call = instance.paginate.all(`${site.origin}/1`, { retry: { limit: 0 } })
    await expect(call).rejects.toMatchObject({ code: 'foreign-origin' })
    expect([site.arrivals.length, foreign.arrivals.length]).toEqual([2, 0])
  })

  test('or is sent unsigned by choice, also with the options of the page before', async () => {
    const foreign = await serve(paging({}))
    const site = await serve(paging({ '/1': foreign.origin }))
    const paginate = ({
      response,
    }: {
      response: { url: string; request: { options: unknown } }
    }) => {
      if (!response.url.endsWith('/1')) return false
      const options = response.request.options as { url: URL; context: object }
      options.url = new URL(foreign.origin)
      options.context = { ...options.context, signer: false }
      return options as never
    }
    const instance = client.extend(signed(both()))
    await instance.paginate.all(`${site.origin}/1`, { pagination: { paginate: paginate as never } })
    expect(foreign.arrivals).toHaveLength(1)
    expect(foreign.arrivals[0]?.headers).not.toHaveProperty('x-api-key')
    expect(foreign.arrivals[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe.each([
  ['got 16', got],
  ['got 15', got15 as unknown as typeof got],
  ['got 14', got14 as unknown as typeof got],
])('an error of %s', (_, client) => {
  test('that has no options is got’s own', async () => {
    const call = (instance: typeof got) =>
      instance(new Options({ method: 'GET' }) as never).catch(({ name, message }) => [
        name,
        message,
      ])
    expect(await call(client.extend(signed(bearer('t'))))).toEqual(await call(client))
  })

  test.each([
    ['a refusal', { status: 403 }],
    ['no JSON', { body: 'no JSON' }],
  ])(
    'after %s names the URL that was asked for, without the key that was sent in it',
    async (_, reply) => {
      const site = await serve(() => reply)
      const signer = apiKey({ in: 'query', name: 'key', key: 'S3CR3T&$&' })
      const error = await client
        .extend(signed(signer))(`${site.origin}/a?b=c`, { responseType: 'json' })
        .catch((error: Error) => error)
      expect(error).toBeInstanceOf(Error)
      const { message, stack } = error as Error
      expect(message + stack).not.toContain('S3CR3T')
      if (client === got) expect(message).toContain(`${site.origin}/a?b=c`)
      expect(site.arrivals[0]?.target).toContain('S3CR3T')
    },
  )
})

test('prefixUrl, searchParams, json and form', async () => {
  const site = await serve(verifying())
  const instance = got.extend({ prefixUrl: `${site.origin}/v1` }, signed(epi()))
  expect(await instance.post('a', { searchParams: { q: "it's" }, json: { a: 'ü' } }).text()).toBe(
    'valid',
  )
  expect(await instance.post('b', { form: { a: 'ü b' } }).text()).toBe('valid')
  expect(site.arrivals.map(({ target, body }) => `${target} ${body}`)).toEqual([
    '/v1/a?q=it%27s {"a":"ü"}',
    '/v1/b a=%C3%BC+b',
  ])
})

test('a form under a bearer token is encoded anew after a 401', async () => {
  const issued = tokens('t2')
  const site = await serve(issued.guard)
  const body = new FormData()
  body.set('field', 'value')
  expect(await api(issued.signer).post(site.origin, { body }).text()).toBe('welcome')
  for (const { headers, body } of site.arrivals) {
    const [, boundary = '-'] = /boundary=(.+)/.exec(headers['content-type'] ?? '') ?? []
    expect(String(body)).toContain(`--${boundary}\r\n`)
    expect(String(body)).toContain('value')
  }
})

test('the content type that the caller gives a form is kept in the replay', async () => {
  const issued = tokens('t2')
  const site = await serve(issued.guard)
  const body = new FormData()
  body.set('field', 'value')
  const headers = { 'content-type': 'multipart/form-data; boundary=own' }
  expect(await api(issued.signer).post(site.origin, { body, headers }).text()).toBe('welcome')
  expect(site.arrivals).toMatchObject([{ headers }, { headers }])
})

test('a stream that is refused ends with the refusal, whatever its signer makes of that', async () => {
  const site = await serve(() => ({ status: 401 }))
  const recover = vi.fn(() => Promise.reject(new Error('the vault is closed')))
  const signer: Signer = { sign: () => ({ headers: { authorization: 'Own x' } }), recover }
  const stream = api(signer).stream(site.origin, { retry: { limit: 0 } })
  await expect(stream.toArray()).rejects.toMatchObject({
    name: 'HTTPError',
    response: { statusCode: 401 },
  })
  expect(recover).toHaveBeenCalledOnce()
})

test.each([
  ['a generator', () => ['one-', 'shot'].values()],
  [
    'an async generator',
    async function* () {
      yield 'one-'
      yield 'shot'
    },
  ],
  ['a Readable', () => Readable.from(['one-', 'shot'])],
])('%s is a stream', async (_, parts) => {
  const site = await serve(verifying())
  await expect(api().post(site.origin, { body: parts() as Readable })).rejects.toMatchObject({
    code: 'unreadable-body',
  })
  const buffering = api(epi(), { buffer: 8 })
  expect(await buffering.post(site.origin, { body: parts() as Readable }).text()).toBe('valid')
  expect(site.arrivals.map(({ body }) => String(body))).toEqual(['one-shot'])
})

test('what is piped into a stream cannot be covered, and can be sent under a token', async () => {
  const site = await serve(({ body }) => ({ body: String(body) }))
  const refused = api().stream.post(site.origin, { retry: { limit: 0 } })
  await expect(Readable.from(['piped']).pipe(refused).toArray()).rejects.toMatchObject({
    code: 'unreadable-body',
  })
  const piped = Readable.from(['piped']).pipe(api(bearer('token')).stream.post(site.origin))
  expect(Buffer.concat(await piped.toArray()).toString()).toBe('piped')
  expect(authorizations(site)).toEqual(['Bearer token'])
})

test('a delay of the caller’s own does not mask the 401', async () => {
  const issued = tokens('t2')
  const site = await serve(issued.guard)
  const retry = { limit: 0, calculateDelay: () => 0 }
  expect(await api(issued.signer)(site.origin, { retry }).text()).toBe('welcome')
  issued.good = 'none'
  await expect(api(issued.signer)(site.origin, { retry })).rejects.toBeInstanceOf(HTTPError)
  expect(site.arrivals).toHaveLength(4)
})

test('a retry after the replay is the caller’s again', async () => {
  const issued = tokens('t2')
  let attempts = 0
  const site = await serve((arrival) =>
    ++attempts === 2 ? { status: 503 } : issued.guard(arrival),
  )
  const delays: number[] = []
  const calculateDelay = ({ computedValue }: { computedValue: number }) => {
    delays.push(computedValue)
    return computedValue && 1
  }
  const retry = { limit: 2, calculateDelay }
  expect(await api(issued.signer)(site.origin, { retry }).text()).toBe('welcome')
  expect(authorizations(site)).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t2'])
  expect(delays).toHaveLength(1)
})

test('a 401 behind a redirect at home is answered there', async () => {
  const issued = tokens('t2')
  const site = await serve((arrival) =>
    arrival.target === '/' ? { status: 302, headers: { location: '/b' } } : issued.guard(arrival),
  )
  expect(await api(issued.signer)(site.origin).text()).toBe('welcome')
  expect(site.arrivals.map(({ target }) => target)).toEqual(['/', '/b', '/b'])
})

test('a header that the caller set and the signer replaced comes back abroad', async () => {
  const foreign = await serve(({ headers }) => ({ body: headers['x-client'] ?? 'none' }))
  const site = await serve(() => ({ status: 302, headers: { location: foreign.origin } }))
  const signer: Signer = { sign: () => ({ headers: { 'x-client': 'secret', 'x-more': 'secret' } }) }
  const call = api(signer)(site.origin, { headers: { 'x-client': 'own' } })
  expect(await call.text()).toBe('own')
  expect(foreign.arrivals[0]?.headers).not.toHaveProperty('x-more')
})

test('an API key in the query is there once, in every attempt', async () => {
  let attempts = 0
  const site = await serve(() => ({ status: ++attempts < 3 ? 503 : 200 }))
  const signer = apiKey({ in: 'query', name: 'key', key: 'secret' })
  const retry = {
    limit: 2,
    calculateDelay: ({ computedValue }: { computedValue: number }) => computedValue && 1,
  }
  await api(signer)(`${site.origin}/a?b=c`, { retry })
  expect(site.arrivals.map(({ target }) => target)).toEqual(Array(3).fill('/a?b=c&key=secret'))
})

test('the error of a refused call shows the caller’s own options', async () => {
  const site = await serve(() => ({ status: 401 }))
  const error = await api(bearer('secret-token'))(site.origin).catch((error: unknown) => error)
  expect((error as HTTPError).options.headers).not.toHaveProperty('authorization')
})

test('the last signer installed is the one that signs', async () => {
  const site = await serve(({ headers }) => ({ body: headers.authorization ?? 'none' }))
  const instance = api(bearer('first')).extend(signed(bearer('second')))
  expect(await instance(site.origin).text()).toBe('Bearer second')
  expect(await instance(site.origin, { context: { signer: false } }).text()).toBe('none')
})

test('mistakes are found when it is built, and name the option', () => {
  const mistakes: [() => unknown, string][] = [
    [() => signed(undefined as never), 'signer'],
    [() => signed({} as Signer), 'signer'],
    [() => signed(bearer('t'), { buffer: -1 }), 'buffer'],
  ]
  for (const [build, option] of mistakes) {
    expect(build).toThrow(expect.objectContaining({ name: 'OptionError', option }))
  }
})
