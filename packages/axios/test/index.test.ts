import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { signed } from '@countersign/axios'
import { apiKey, bearer, type Signer, type SignedOptions } from '@countersign/core'
import {
  epi,
  loopback,
  refusing,
  type Site,
  tokens,
  verifying,
} from '@countersign/testing/contract'
import axios, {
  type AxiosAdapter,
  AxiosError,
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
  type RawAxiosRequestHeaders,
} from 'axios'
import FormDataPackage from 'form-data'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'

/** What is axios's own, beside the contract of every client in `contract.test.ts`. */

const open: Site[] = []
async function serve(answer: Parameters<typeof loopback>[0]): Promise<Site> {
  const site = await loopback(answer)
  open.push(site)
  return site
}
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.resetModules()
  await Promise.all(open.splice(0).map((site) => site.close()))
})

const authorizationsOf = ({ arrivals }: Site) =>
  arrivals.map(({ headers }) => headers.authorization)
const never = () => bearer(() => new Promise<string>(() => {}))
const api = (adapter: 'http' | 'fetch', signer: Signer = epi(), options: SignedOptions = {}) =>
  signed(axios.create({ adapter }), signer, options)

test('an adapter may keep what it was given: it stays signed there, and the caller’s own never is', async () => {
  const mark = Symbol('of an interceptor')
  const kept: (InternalAxiosRequestConfig & { [mark]?: string })[] = []
  const keeping: AxiosAdapter = async (config) => {
    kept.push(config)
    return { data: '', status: 200, statusText: '', headers: {}, config }
  }
  const instance = signed(
    axios.create({ adapter: keeping, baseURL: 'https://a.example' }),
    bearer('t1'),
  )
  instance.interceptors.request.use((config) => Object.assign(config, { [mark]: 'kept' }))
  const { config } = await instance.get('/v1')
  expect(kept[0]?.headers.get('Authorization')).toBe('Bearer t1')
  expect(kept[0]).toMatchObject({ url: 'https://a.example/v1', [mark]: 'kept' })
  expect(config.headers.get('Authorization')).toBeUndefined()
  expect(config).toMatchObject({ url: '/v1', baseURL: 'https://a.example' })
})

test('what is thrown at once reaches the response interceptors, with the config as it was', async () => {
  const fail = () => {
    throw new Error('no network')
  }
  const instance = signed(
    axios.create({ adapter: fail, baseURL: 'https://a.example' }),
    bearer('t'),
  )
  const heard: unknown[] = []
  let config: InternalAxiosRequestConfig | undefined
  instance.interceptors.request.use((given) => {
    config = given
    return given
  })
  instance.interceptors.response.use(undefined, (error) => {
    heard.push(error.message)
  })
  await instance.get('/v1')
  expect(config).toMatchObject({ url: '/v1', baseURL: 'https://a.example' })
  expect(JSON.stringify(config)).not.toContain('Bearer')
  await instance.get('http://a.example/')
  expect(heard).toEqual(['no network', expect.stringContaining('http://a.example')])
})

describe.each(['http', 'fetch'] as const)('the %s adapter', (adapter) => {
  test('a base URL, parameters and a serializer of the caller’s own: one target', async () => {
    const site = await serve(verifying())
    const calls: AxiosRequestConfig[] = [
      { url: 'search?a=1', params: { q: "it's", list: [1, 2] } },
      { url: '/search', params: { x: 1 }, paramsSerializer: () => 'raw=[a b]&u=ü' },
      { url: `${site.origin}/search#frag`, params: { q: '(1)~*' } },
    ]
    for (const call of calls) {
      const config = { baseURL: `${site.origin}/v1/`, ...call }
      expect((await api(adapter).request(config)).data).toBe('valid')
    }
    expect(site.arrivals.map(({ target }) => target)).toEqual([
      '/v1/search?a=1&q=it%27s&list%5B%5D=1&list%5B%5D=2',
      '/v1/search?raw=[a%20b]&u=%C3%BC',
      '/search?q=(1)~*',
    ])
  })

  test('bytes that a transform makes', async () => {
    const site = await serve(verifying())
    const transformRequest = (data: object) => gzipSync(JSON.stringify(data))
    await api(adapter).put(site.origin, { a: 1 }, { transformRequest })
    expect(site.arrivals[0]?.body.equals(gzipSync('{"a":1}'))).toBe(true)
  })

  const form = (part: unknown) => {
    const data = new FormDataPackage()
    data.append('field', 'välue')
    data.append('file', part, { filename: 'f.bin' })
    return data
  }

  test('a form of the form-data package', async () => {
    const site = await serve(verifying())
    expect((await api(adapter).post(site.origin, form(Buffer.from([0, 255])))).data).toBe('valid')
    const [, boundary = '-'] =
      /boundary=(.+)/.exec(site.arrivals[0]?.headers['content-type'] ?? '') ?? []
    const body = site.arrivals[0]?.body.toString('latin1')
    expect(body).toContain('\xff')
    expect(body?.startsWith(`--${boundary}`)).toBe(true)
    expect(body?.trimEnd().endsWith(`--${boundary}--`)).toBe(true)
  })

  test('a Blob without a type has the one of unknown bytes', async () => {
    const site = await serve(verifying())
    expect((await api(adapter).post(site.origin, new Blob(['content']))).data).toBe('valid')
    expect(site.arrivals).toMatchObject([
      { headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from('content') },
    ])
  })

  test('one with a stream in it is a stream', async () => {
    const site = await serve(verifying())
    const call = api(adapter).post(site.origin, form(Readable.from([Buffer.from('part')])))
    await expect(call).rejects.toMatchObject({ code: 'unreadable-body' })
    const buffering = api(adapter, epi(), { buffer: 1000 })
    const answer = await buffering.post(site.origin, form(Readable.from([Buffer.from('part')])))
    expect(answer.data).toBe('valid')
    expect(String(site.arrivals[0]?.body)).toContain('part')
  })

  test('user and password in the URL are the caller’s own authorization', async () => {
    const issued = tokens()
    const site = await serve(() => ({}))
    await api(adapter, issued.signer).get(site.origin.replace('//', '//me:p%C3%A4ss@'))
    const sent = `Basic ${Buffer.from('me:päss').toString('base64')}`
    expect([site.arrivals[0]?.headers.authorization, issued.count]).toEqual([sent, 0])
  })

  describe('a refusal that its signer reads', () => {
    /** Says no, and how much it was told. */
    const curious = (heard: string[]): Signer => ({
      sign: () => ({ headers: { authorization: 'Own proof' } }),
      async recover({ text }) {
        heard.push(await text().catch(() => 'nothing'))
        return false
      },
    })
    const all = { validateStatus: () => true }

    test.each(['text', 'json', 'arraybuffer', 'blob'] as const)('as %s', async (responseType) => {
      const site = await serve(() => ({ status: 401, body: 'who?' }))
      const heard: string[] = []
      const { data } = await api(adapter, curious(heard)).get(site.origin, { ...all, responseType })
      expect(await new Response(data).text()).toBe('who?')
      expect(heard).toEqual(['who?'])
    })

    test('as a stream where there is no node:stream: nothing, and the caller gets it whole', async () => {
      vi.resetModules()
      const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
      const { signed } = await import('@countersign/axios')
      expect(builtin).toHaveBeenCalledWith('node:stream')
      const heard: string[] = []
      const data = Readable.from(['who?'])
      const answer = async (config: InternalAxiosRequestConfig) =>
        ({ status: 401, data, headers: {}, config }) as never
      const browser = signed(axios.create({ adapter: answer }), curious(heard))
      expect((await browser.get('https://api.example/')).data).toBe(data)
      expect([await text(data), heard]).toEqual(['who?', ['']])
    })

    test('as a stream that breaks: the caller hears of it who reads it, and the process goes on', async () => {
      const server = createServer((_, response) => {
        response.writeHead(401).write('wh', () => setImmediate(() => response.destroy()))
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const heard: string[] = []
      const get = () => api(adapter, curious(heard)).get(url, { ...all, responseType: 'stream' })
      await get()
      const { data } = await get()
      await expect(text(data)).rejects.toThrow(/aborted|terminated/)
      expect(heard).toEqual(['nothing', 'nothing'])
    })
  })

  test('a list of cookies is one line of them', async () => {
    const site = await serve(verifying())
    await api(adapter).get(site.origin, { headers: { Cookie: ['a=1', 'b=2'] as never } })
    expect(site.arrivals[0]?.headers.cookie).toBe('a=1; b=2')
  })

  test('the caller gets back its own config, without the signature', async () => {
    const issued = tokens()
    const site = await serve(issued.guard)
    const instance = api(adapter, issued.signer)
    const config = { baseURL: site.origin, params: { a: 1 }, data: { b: 2 }, method: 'post' }
    const response = await instance.request(config)
    expect(response.config).toMatchObject({ ...config, data: '{"b":2}' })
    expect(response.config.headers.has('authorization')).toBe(false)

    issued.good = 'none'
    const error = await instance.request(config).catch((error: unknown) => error)
    const own = { ...config, data: '{"b":2}' }
    expect(error).toMatchObject({ code: 'ERR_BAD_REQUEST', config: own, response: { config: own } })
    expect(JSON.stringify(error)).not.toMatch(/Bearer|"t\d"/)

    // As a retry does it.
    issued.good = `t${issued.count}`
    const again = await instance.request((error as { config: AxiosRequestConfig }).config)
    expect(again.data).toBe('welcome')
    expect(site.arrivals).toHaveLength(4)
  })

  test('an error of the network is axios’s own, about the caller’s config', async () => {
    const gone = await refusing()
    onTestFinished(gone.close)
    for (const signer of [epi(), bearer('token')]) {
      const call = api(adapter, signer).get('/', { baseURL: gone.origin })
      await expect(call).rejects.toMatchObject({
        isAxiosError: true,
        config: { baseURL: gone.origin, url: '/' },
      })
    }
  })

  test.each<[baseURL: string, url: string, more?: AxiosRequestConfig]>([
    ['', '/a'],
    ['/v1', '/a'],
    ['/v1/', 'a?b=c'],
    ['/v1//', 'a'],
    ['/v1', ''],
    ['/v1', '<home>/a'],
    ['/v1', '<home>/a', { allowAbsoluteUrls: false }],
  ])('%j and %j are put together as axios alone does', async (path, given, more = {}) => {
    const site = await serve(() => ({}))
    const baseURL = site.origin + path
    const url = given.replace('<home>', site.origin)
    await axios.get(url, { adapter, baseURL, ...more })
    for (const signer of [epi(), bearer('token')]) {
      const { config } = await api(adapter, signer).get(url, { baseURL, ...more })
      expect(config).toMatchObject({ baseURL, url })
    }
    const [native, ...signed] = site.arrivals.map(({ target }) => target)
    expect(signed).toEqual([native, native])
  })

  test('one config that is sent twice at a time: two signatures, and none is left on it', async () => {
    let count = 0
    let release = () => {}
    const second = new Promise<void>((resolve) => {
      release = resolve
    })
    // The first to arrive is the last to be answered.
    const site = await serve(async () => {
      if (site.arrivals.length === 1) await second
      return { body: 'valid' }
    })
    const instance = axios.create({ adapter, baseURL: site.origin })
    const sent: InternalAxiosRequestConfig[] = []
    instance.interceptors.request.use(
      (config) => {
        const once = config.adapter as AxiosAdapter
        config.adapter = async (config) => {
          sent.push(config)
          const both = [once(config), once(config)]
          await Promise.race(both)
          release()
          await Promise.all(both)
          return both[0] as Promise<AxiosResponse>
        }
        return config
      },
      undefined,
      { synchronous: true },
    )
    const api = signed(
      instance,
      bearer(() => `t${++count}`),
    )
    expect((await api.get('/a', { headers: { 'x-own': '1' } })).data).toBe('valid')
    expect(authorizationsOf(site).toSorted()).toEqual(['Bearer t1', 'Bearer t2'])
    expect(sent).toMatchObject([{ url: '/a', baseURL: site.origin, headers: { 'x-own': '1' } }])
    expect(sent[0]?.headers).not.toHaveProperty('authorization')
  })

  test('what the signer puts on is sent in the place of the caller’s own, who gets that back', async () => {
    const site = await serve(() => ({}))
    const signer = { sign: () => ({ headers: { authorization: 'Own proof' } }) }
    const headers = { AUTHORIZATION: 'mine' }
    const { config } = await api(adapter, signer).get(site.origin, { headers })
    expect(authorizationsOf(site)).toEqual(['Own proof'])
    expect(config.headers.get('authorization')).toBe('mine')
  })

  test('maxRedirects is the caller’s, and its error axios’s own', async () => {
    const site = await serve(({ target }) => ({
      status: 302,
      headers: { location: `/${Number(target.slice(1)) + 1}` },
    }))
    await expect(api(adapter).get(`${site.origin}/0`, { maxRedirects: 2 })).rejects.toMatchObject({
      isAxiosError: true,
      code: 'ERR_FR_TOO_MANY_REDIRECTS',
    })
    expect(site.arrivals).toHaveLength(3)
    const native = api(adapter).get(`${site.origin}/0`, { maxRedirects: 0 })
    await expect(native).rejects.toMatchObject({ response: { status: 302 } })
    expect(site.arrivals).toHaveLength(4)
  })

  test('beforeRedirect sees each hop without its signature, and may change or refuse it', async () => {
    const verify = verifying()
    const site = await serve((arrival) =>
      arrival.target === '/a' ? { status: 307, headers: { location: '/b' } } : verify(arrival),
    )
    const seen: unknown[] = []
    const beforeRedirect: NonNullable<AxiosRequestConfig['beforeRedirect']> = (
      options,
      by,
      from,
    ) => {
      seen.push([options.href, by.statusCode, from.url, from.headers.authorization])
      options.headers['X-Hop'] = 'one'
    }
    const answer = await api(adapter).post(`${site.origin}/a`, 'content', { beforeRedirect })
    expect(answer.data).toBe('valid')
    expect(seen).toEqual([[`${site.origin}/b`, 307, `${site.origin}/a`, undefined]])
    expect(site.arrivals[1]?.headers['x-hop']).toBe('one')

    const refuse = () => {
      throw new Error('not there')
    }
    const refused = api(adapter).get(`${site.origin}/a`, { beforeRedirect: refuse })
    await expect(refused).rejects.toThrow('not there')
  })

  test('what the caller calls sensitive stays at home on a redirect that is followed hop by hop', async () => {
    const foreign = await serve(() => ({}))
    const home = await serve(() => ({ status: 302, headers: { location: foreign.origin } }))
    await api(adapter).get(home.origin, {
      headers: { 'X-Own-Key': 'mine', 'x-harmless': 'kept' },
      sensitiveHeaders: ['X-Own-Key'],
    })
    const seen = [home, foreign].map(({ arrivals: [first] }) => first?.headers)
    expect(seen[0]).toMatchObject({ 'x-own-key': 'mine', 'x-harmless': 'kept' })
    expect(seen[1]).toMatchObject({ 'x-harmless': 'kept' })
    expect(seen[1]).not.toHaveProperty('x-own-key')
  })

  test('a cancel token ends a wait', async () => {
    const site = await serve(() => ({}))
    const source = axios.CancelToken.source()
    const call = api(adapter, never()).get(site.origin, { cancelToken: source.token })
    source.cancel('enough')
    await expect(call).rejects.toMatchObject({ code: 'ERR_CANCELED', message: 'enough' })
    expect(site.arrivals).toHaveLength(0)
  })

  test('a timeout during a wait has the caller’s message and code, and leaves no timer behind', async () => {
    const site = await serve(verifying())
    const config = {
      timeout: 1,
      timeoutErrorMessage: 'too slow',
      transitional: { clarifyTimeoutError: true },
    }
    const call = api(adapter, never()).get(site.origin, config)
    await expect(call).rejects.toMatchObject({ code: 'ETIMEDOUT', message: 'too slow' })

    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await api(adapter).get(site.origin, { timeout: 60_000 })
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('an adapter of one request is signed too, and so is one that an interceptor chose', async () => {
  const site = await serve(verifying())
  const instance = api('http')
  expect((await instance.get(site.origin, { adapter: 'fetch' })).data).toBe('valid')
  instance.interceptors.request.use((config) => ({ ...config, adapter: 'fetch' as const }))
  expect((await instance.get(site.origin)).data).toBe('valid')
})

test('an adapter that an interceptor takes away is the default one, as with axios alone', async () => {
  const site = await serve(verifying())
  const instance = api('http')
  instance.interceptors.request.use((config) => ({ ...config, adapter: undefined as never }))
  expect((await instance.get(site.origin)).data).toBe('valid')
})

const own = new AxiosError('my own')
const another = new Error('my own')
test.each<[string, Error, AxiosAdapter]>([
  ['axios’s', own, () => Promise.reject(own)],
  ['another', another, () => Promise.reject(another)],
  [
    'thrown at once',
    another,
    () => {
      throw another
    },
  ],
])('an error of an adapter’s own, %s, reaches the caller as it is', async (_, error, adapter) => {
  for (const signer of [epi(), bearer('token')]) {
    const call = api('http', signer).get('https://api.example/', { adapter })
    await expect(call).rejects.toBe(error)
  }
})

test.each(['error', 'manual'])(
  'a redirect under fetchOptions that say `%s` is not followed',
  async (redirect) => {
    const site = await serve(() => ({ status: 302, headers: { location: '/b' } }))
    const call = api('fetch').get(site.origin, { fetchOptions: { redirect } })
    await expect(call).rejects.toMatchObject({ isAxiosError: true })
    expect(site.arrivals).toHaveLength(1)
  },
)

test('instance.defaults go on counting', async () => {
  const site = await serve(verifying())
  const instance = signed(axios.create(), epi())
  instance.defaults.baseURL = site.origin
  instance.defaults.headers.common['x-default'] = 'yes'
  instance.defaults.adapter = 'fetch'
  expect((await instance.get('/a')).data).toBe('valid')
  expect(site.arrivals[0]?.headers['x-default']).toBe('yes')
})

test('a header that the caller switched off stays off, also on the next hop', async () => {
  const site = await serve(({ target }) =>
    target === '/' ? { status: 302, headers: { location: '/b' } } : {},
  )
  const headers: RawAxiosRequestHeaders = { 'User-Agent': false }
  await api('http').get(site.origin, { headers })
  expect(site.arrivals.map(({ headers }) => headers['user-agent'])).toEqual([undefined, undefined])
})

describe('redirects over http', () => {
  const chain = ({ target }: { target: string }) =>
    target === '/a' ? { status: 307, headers: { location: '/b' } } : {}
  const signers = [
    ['a token', bearer('token')],
    ['a signature', epi()],
  ] as const

  test('a refused token and then a redirect', async () => {
    const issued = tokens()
    const site = await serve((arrival) => {
      const answer = issued.guard(arrival)
      return answer.status === 401 ? answer : chain(arrival)
    })
    const instance = api('http', issued.signer)
    await instance.get(`${site.origin}/b`)
    issued.good = 't2'
    expect((await instance.get(`${site.origin}/a`)).status).toBe(200)
    expect(site.arrivals.map(({ target, headers }) => [target, headers.authorization])).toEqual([
      ['/b', 'Bearer t1'],
      ['/a', 'Bearer t1'],
      ['/a', 'Bearer t2'],
      ['/b', 'Bearer t2'],
    ])
  })

  test.each(signers)('that lead nowhere or are not wanted are answers: %s', async (_, signer) => {
    const site = await serve(({ target }) => ({
      status: 302,
      headers: target === '/' ? { location: '/b' } : target === '/empty' ? { location: '' } : {},
    }))
    const calls: [string, AxiosRequestConfig][] = [
      ['/lost', {}],
      ['/empty', {}],
      ['/', { maxRedirects: 0 }],
    ]
    for (const [path, config] of calls) {
      for (const caller of [axios.create({ adapter: 'http' }), api('http', signer)]) {
        const call = caller.get(site.origin + path, config)
        await expect(call).rejects.toMatchObject({
          code: 'ERR_BAD_RESPONSE',
          message: 'Request failed with status code 302',
          response: { status: 302 },
        })
        const own = { ...config, validateStatus: () => true }
        expect((await caller.get(site.origin + path, own)).status).toBe(302)
      }
    }
    expect(site.arrivals).toHaveLength(12)
  })

  test.each(signers)('`maxRedirects: null` is axios’s own number: %s', async (_, signer) => {
    const site = await serve(chain)
    const config = { maxRedirects: null } as object
    expect((await api('http', signer).get(`${site.origin}/a`, config)).status).toBe(200)
  })

  test.each(signers)('`sensitiveHeaders` that are none are refused: %s', async (_, signer) => {
    const foreign = await serve(() => ({}))
    const home = await serve(() => ({ status: 302, headers: { location: foreign.origin } }))
    for (const sensitiveHeaders of ['x-api-key', [1]]) {
      const call = api('http', signer).get(home.origin, {
        headers: { 'x-api-key': 'secret' },
        sensitiveHeaders: sensitiveHeaders as never,
      })
      await expect(call).rejects.toMatchObject({
        isAxiosError: true,
        code: 'ERR_BAD_OPTION_VALUE',
        message: 'sensitiveHeaders must be an array of strings',
      })
    }
    expect(foreign.arrivals).toEqual([])
  })

  test.each([700, '700'])('a timeout is for all of a call: %j', async (timeout) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    vi.advanceTimersByTime(50)
    const left: unknown[] = []
    const adapter: AxiosAdapter = async (config) => {
      left.push([config.timeout, config.timeoutErrorMessage])
      vi.advanceTimersByTime(400)
      const status = left.length < 3 ? 302 : 200
      const headers = { location: '/next' }
      return { data: '', status, statusText: '', headers, config }
    }
    const instance = signed(axios.create({ adapter }), epi())
    await instance.get('https://a.example/', { timeout: timeout as number })
    expect(left).toEqual([
      [timeout, undefined],
      [300, 'timeout of 700ms exceeded'],
      [1, 'timeout of 700ms exceeded'],
    ])
  })

  test('one whose stream nobody reads leaves no connection open', async () => {
    const server = createServer(({ url }, response) => {
      if (url === '/b') return response.end('there')
      return response.writeHead(302, { location: '/b' }).write('an endless')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const agent = new Agent()
    const { port } = server.address() as AddressInfo
    const { data } = await api('http').get(`http://127.0.0.1:${port}/a`, {
      responseType: 'stream',
      // With a limit, axios wraps what it hands out.
      maxContentLength: 1000,
      httpAgent: agent,
    })
    expect(await text(data)).toBe('there')
    await vi.waitFor(() => expect(Object.keys(agent.sockets)).toEqual([]))
  })
})

test('a signer that covers nothing leaves URL and form to axios', async () => {
  const site = await serve(() => ({}))
  const form = new FormDataPackage()
  form.append('field', 'value')
  const signer = apiKey({ in: 'header', name: 'x-api-key', key: 'key' })
  await api('http', signer).post(site.origin, form)
  expect(site.arrivals[0]?.headers['content-type']).toMatch(/^multipart\/form-data/)
  expect(String(site.arrivals[0]?.body)).toContain('value')
})

test.each(['/relative?token=pass-word', 'https://'])(
  'a URL that cannot be signed (%s)',
  async (url) => {
    const error = await api('http')
      .get(url)
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'invalid-url' })
    expect(error).not.toHaveProperty('input')
  },
)

test('mistakes are found when it is built, and name the option', () => {
  const mistakes: [() => unknown, string][] = [
    [() => signed(axios.create(), undefined as never), 'signer'],
    [() => signed(axios.create(), {} as Signer), 'signer'],
    [() => signed(axios.create(), bearer('t'), { buffer: -1 }), 'buffer'],
  ]
  for (const [build, option] of mistakes) {
    expect(build).toThrow(expect.objectContaining({ name: 'OptionError', option }))
  }
})
