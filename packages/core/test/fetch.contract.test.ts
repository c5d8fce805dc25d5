import {
  apiKey,
  bearer,
  compose,
  ExchangeError,
  header,
  type Signer,
  signedFetch,
  within,
} from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { http, HttpResponse } from 'msw/http'
import { setupServer } from 'msw/node'
import { ofetch } from 'ofetch'
import createClient from 'openapi-fetch'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  type Arrival,
  epiFault,
  KEY,
  type Loopback,
  loopback,
  type Reply,
  SECRET,
  verifying,
} from './support/loopback.ts'
import { tokens } from './support/tokens.ts'

/** Lines 15–43 of the contract of every client, for fetch. */

const open: Loopback[] = []
async function serve(answer: Parameters<typeof loopback>[0]): Promise<Loopback> {
  const server = await loopback(answer)
  open.push(server)
  return server
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

const epi = (options: { now?: () => number } = {}) =>
  hmac({
    id: KEY,
    secret: SECRET,
    secretEncoding: 'base64',
    message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
    body: { hash: 'md5' },
    headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
    ...options,
  })

const authorizations = ({ arrivals }: Loopback) =>
  arrivals.map(({ headers }) => headers.authorization)
/** Resolves once `count` requests have arrived, without a clock. */
const gate = (count: number) => {
  let arrived = 0
  let openGate!: () => void
  const opened = new Promise<void>((resolve) => {
    openGate = resolve
  })
  return () => {
    if (++arrived === count) openGate()
    return opened
  }
}

describe('refused and repeated', () => {
  test('15. 401 then 200: exactly two requests, the second with the new token', async () => {
    const issued = tokens()
    issued.good = 't2'
    const server = await serve(issued.guard)
    const response = await signedFetch(issued.signer)(server.origin)
    expect([response.status, await response.text()]).toEqual([200, 'welcome'])
    expect(authorizations(server)).toEqual(['Bearer t1', 'Bearer t2'])
  })

  test.each<[string, (url: string) => [string | Request, RequestInit?], string]>([
    ['JSON', (url) => [url, { method: 'POST', body: '{"a":"ü"}' }], '{"a":"ü"}'],
    ['a Request', (url) => [new Request(url, { method: 'POST', body: '{"a":"ü"}' })], '{"a":"ü"}'],
    ['bytes', (url) => [url, { method: 'PUT', body: new Uint8Array([65, 66]) }], 'AB'],
    ['a Blob', (url) => [url, { method: 'PUT', body: new Blob(['AB']) }], 'AB'],
  ])('16. the same with %s: both bodies are identical', async (_, call, body) => {
    const issued = tokens()
    issued.good = 't2'
    const server = await serve(issued.guard)
    const response = await signedFetch(issued.signer)(...call(server.origin))
    expect(response.status).toBe(200)
    expect(server.arrivals.map(({ body }) => body.toString())).toEqual([body, body])
    expect(server.arrivals.every(({ headers }) => headers['content-length'] !== '0')).toBe(true)
  })

  test('17. 401 for ever: exactly two requests, and the response is the server’s own', async () => {
    const issued = tokens()
    issued.good = 'never'
    const server = await serve(issued.guard)
    const response = await signedFetch(issued.signer)(server.origin)
    expect([response.status, await response.text()]).toEqual([401, 'who are you?'])
    expect(server.arrivals).toHaveLength(2)
    expect(issued.count).toBe(2)
  })

  test('20. each attempt of a retrying client has a nonce and a timestamp of its own', async () => {
    const nonces = new Set<string>()
    const verify = verifying(nonces)
    let clock = 1_700_000_000_000
    const server = await serve((arrival) => {
      const reply = verify(arrival)
      return reply.status === 200 && nonces.size < 3 ? { status: 503 } : reply
    })
    const fetch = signedFetch(epi({ now: () => clock++ })) as typeof globalThis.fetch
    const text = await ofetch.create({}, { fetch })(server.origin, { retry: 2, retryDelay: 0 })
    expect(text).toBe('valid')
    expect(nonces.size).toBe(3)
    const timestamps = authorizations(server).map((value) => value?.split(':')[1])
    expect(new Set(timestamps).size).toBe(3)
  })

  test('21. a body stream and a 401: one request, the 401, the token dropped for the next call', async () => {
    const issued = tokens()
    issued.good = 't2'
    const server = await serve(issued.guard)
    const send = signedFetch(issued.signer)
    const body = new Blob(['one-shot']).stream()
    const response = await send(server.origin, {
      method: 'POST',
      body,
      duplex: 'half',
    } as RequestInit)
    expect([response.status, await response.text()]).toEqual([401, 'who are you?'])
    expect(server.arrivals.map(({ body }) => body.toString())).toEqual(['one-shot'])
    expect((await send(server.origin)).status).toBe(200)
    expect(server.arrivals).toHaveLength(2)
  })

  test('22. 20 concurrent 401s: one token request, 40 resource requests, all 200', async () => {
    const issued = tokens()
    await issued.cache()
    issued.good = 't2'
    const all = gate(20)
    const server = await serve(async (arrival) => {
      if (arrival.headers.authorization === 'Bearer t1') await all()
      return issued.guard(arrival)
    })
    const send = signedFetch(issued.signer)
    const responses = await Promise.all(Array.from({ length: 20 }, () => send(server.origin)))
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect([issued.count, server.arrivals.length]).toEqual([2, 40])
  })

  test('23. a late 401 for a token already replaced: replayed with the current one, no token request', async () => {
    const issued = tokens()
    issued.good = 't2'
    let release!: () => void
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const server = await serve(async (arrival) => {
      if (arrival.target === '/late' && arrival.headers.authorization === 'Bearer t1') await held
      return issued.guard(arrival)
    })
    const send = signedFetch(issued.signer)
    const late = send(`${server.origin}/late`)
    await vi.waitUntil(() => server.arrivals.length === 1)
    expect((await send(`${server.origin}/early`)).status).toBe(200)
    expect(issued.count).toBe(2)
    release()
    expect((await late).status).toBe(200)
    expect(issued.count).toBe(2)
  })

  test('24. 403: no refresh, no replay', async () => {
    const issued = tokens()
    const server = await serve(() => ({ status: 403, body: 'no' }))
    const response = await signedFetch(issued.signer)(server.origin)
    expect([response.status, await response.text()]).toEqual([403, 'no'])
    expect([issued.count, server.arrivals.length]).toEqual([1, 1])
  })

  test('27. the caller’s stream holds only the second body', async () => {
    const issued = tokens()
    issued.good = 't2'
    const server = await serve(issued.guard)
    const { body } = await signedFetch(issued.signer)(server.origin)
    const chunks: Uint8Array[] = []
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('welcome')
  })

  test('28. a clock ten minutes wrong is learned from a refusal, once, and kept', async () => {
    const server = await serve(clockwise())
    const send = signedFetch(epi({ now: () => Date.now() - 600_000 }))
    expect((await send(server.origin)).status).toBe(200)
    expect(server.arrivals).toHaveLength(2)
    expect((await send(server.origin)).status).toBe(200)
    expect(server.arrivals).toHaveLength(3)
  })

  test('28. a response with an Age teaches nothing', async () => {
    const server = await serve(clockwise({ age: '7' }))
    const response = await signedFetch(epi({ now: () => Date.now() - 600_000 }))(server.origin)
    expect(response.status).toBe(401)
    expect(server.arrivals).toHaveLength(1)
  })

  test('29. installed twice: one signature, at most two requests', async () => {
    const issued = tokens()
    issued.good = 'never'
    const server = await serve(issued.guard)
    const once = signedFetch(issued.signer)
    const twice = signedFetch(issued.signer, { fetch: once as typeof fetch })
    expect((await twice(server.origin)).status).toBe(401)
    expect(authorizations(server)).toEqual(['Bearer t1', 'Bearer t2'])
  })

  test('the refusal can be read by the signer, and the caller’s response stays whole', async () => {
    const heard: string[] = []
    const server = await serve(() => ({ status: 401, body: 'x'.repeat(100_000) }))
    const signer: Signer = {
      sign: () => ({ headers: { authorization: 'Own proof' } }),
      recover: async ({ text, signature, status }) => {
        heard.push(`${status} ${signature.headers.authorization} ${(await text()).length}`)
        return false
      },
    }
    const response = await signedFetch(signer)(server.origin)
    expect(heard).toEqual(['401 Own proof 65536'])
    expect(await response.text()).toHaveLength(100_000)
  })

  test('a refresh that fails for good reaches the caller as the error that it is', async () => {
    const failing = vi.fn(async () => {
      if (failing.mock.calls.length > 1)
        throw new ExchangeError('exchange-refused', 'revoked', { retryable: false })
      return { token: 't1' }
    })
    const { cached } = await import('@countersign/core')
    const server = await serve(() => ({ status: 401 }))
    const call = signedFetch(bearer(cached(failing)))(server.origin)
    await expect(call).rejects.toMatchObject({ code: 'exchange-refused' })
    expect(server.arrivals).toHaveLength(1)
  })
})

/** Verifies like {@link verifying}, and refuses a timestamp more than five minutes off, with a Date. */
function clockwise(headers: Record<string, string> = {}): (arrival: Arrival) => Reply {
  return (arrival) => {
    const fault = epiFault(arrival)
    const [, timestamp] = arrival.headers.authorization?.split(':') ?? []
    const stale = Math.abs(Number(timestamp) - Date.now()) > 300_000
    return fault || stale ? { status: 401, body: fault ?? 'stale', headers } : { body: 'valid' }
  }
}

describe('where credentials may go', () => {
  const REDIRECTS = [301, 302, 303, 307, 308]
  const secretHeaders = ({ arrivals }: Loopback) =>
    arrivals.flatMap(({ headers }) =>
      ['authorization', 'x-api-key', 'x-tenant', 'x-signature', 'cookie'].filter(
        (name) => name in headers,
      ),
    )
  const proofs: [string, () => Signer][] = [
    ['a bearer token', () => bearer('secret-token')],
    ['an API key', () => apiKey({ in: 'header', name: 'x-api-key', key: 'secret-key' })],
    ['a signature', () => epi()],
    [
      'a signature header',
      () =>
        hmac({
          secret: SECRET,
          message: ['method', 'target'],
          headers: { 'x-signature': '{signature}' },
        }),
    ],
    ['a token and a tenant', () => compose(bearer('secret-token'), header('x-tenant', 'acme'))],
  ]

  test.each(
    REDIRECTS.flatMap((status) => proofs.map(([name, signer]) => [status, name, signer] as const)),
  )('30. %i to another origin with %s: nothing secret arrives there', async (status, _, signer) => {
    const foreign = await serve(({ body }) => ({ body: `foreign ${body}` }))
    const home = await serve(() => ({
      status,
      headers: { location: `${foreign.origin}/there?a=b` },
    }))
    const response = await signedFetch(signer())(home.origin, {
      method: 'POST',
      body: 'content',
      headers: { cookie: 'session=1', 'x-harmless': 'kept' },
    })
    const keeps = status === 307 || status === 308
    expect(await response.text()).toBe(keeps ? 'foreign content' : 'foreign ')
    expect(foreign.arrivals).toMatchObject([
      { method: keeps ? 'POST' : 'GET', target: '/there?a=b', headers: { 'x-harmless': 'kept' } },
    ])
    expect(secretHeaders(foreign)).toEqual([])
    expect(secretHeaders(home)).not.toEqual([])
    expect([response.url, response.redirected]).toEqual([`${foreign.origin}/there?a=b`, true])
  })

  test('30. an API key in the query stays at home', async () => {
    const foreign = await serve(() => ({ body: 'foreign' }))
    const home = await serve(({ target }) =>
      target.startsWith('/next')
        ? { status: 302, headers: { location: foreign.origin } }
        : { status: 302, headers: { location: '/next?page=2' } },
    )
    const signer = apiKey({ in: 'query', name: 'key', key: 'a b&c' })
    await signedFetch(signer)(`${home.origin}/first`)
    expect(home.arrivals.map(({ target }) => target)).toEqual([
      '/first?key=a%20b%26c',
      '/next?page=2&key=a%20b%26c',
    ])
    expect(foreign.arrivals.map(({ target }) => target)).toEqual(['/'])
  })

  test('30. a foreign origin that sends the request home again gets nothing signed', async () => {
    const home = await serve(({ target }) => ({
      status: target === '/' ? 302 : 200,
      headers: target === '/' ? { location: foreign.origin } : {},
    }))
    const foreign: Loopback = await serve(() => ({
      status: 302,
      headers: { location: `${home.origin}/delete-everything` },
    }))
    const response = await signedFetch(epi())(home.origin)
    expect(response.status).toBe(200)
    expect(authorizations(home)).toEqual([expect.stringMatching(/^epi-hmac /), undefined])
  })

  test('30. a foreign 401 asks for no new token', async () => {
    const issued = tokens()
    const foreign = await serve(() => ({ status: 401 }))
    const home = await serve(() => ({ status: 302, headers: { location: foreign.origin } }))
    const signer = compose(issued.signer, header('x-tenant', 'acme'))
    expect((await signedFetch(signer)(home.origin)).status).toBe(401)
    expect([issued.count, foreign.arrivals.length]).toEqual([1, 1])
  })

  test('30. a foreign 401 after a redirect that fetch followed itself refuses nothing of ours', async () => {
    const issued = tokens()
    const foreign = await serve(() => ({ status: 401, body: 'foreign' }))
    const home = await serve(() => ({ status: 302, headers: { location: foreign.origin } }))
    const response = await signedFetch(issued.signer)(home.origin)
    expect([response.status, await response.text()]).toEqual([401, 'foreign'])
    expect([issued.count, home.arrivals.length, foreign.arrivals.length]).toEqual([1, 1, 1])
    expect(issued.cache.peek()).toBeDefined()
  })

  test('32. a URL of another origin: an error before a token is fetched, unless unsigned by choice', async () => {
    const issued = tokens()
    const foreign = await serve(() => ({ body: 'open' }))
    const send = signedFetch(within('https://api.example.com', issued.signer))
    await expect(send(`${foreign.origin}/page/2?secret=1`)).rejects.toMatchObject({
      name: 'SigningError',
      code: 'foreign-origin',
      message: expect.not.stringContaining('secret'),
    })
    expect([issued.count, foreign.arrivals.length]).toEqual([0, 0])
    expect(await (await send(foreign.origin, { signer: false })).text()).toBe('open')
    expect(authorizations(foreign)).toEqual([undefined])
  })

  test.each([307, 308])(
    '33. %i at home under a path signature: signed anew, the body kept',
    async (status) => {
      const verify = verifying()
      const server = await serve((arrival) => {
        const reply = verify(arrival)
        if (reply.status !== 200 || arrival.target === '/b') return reply
        return { status, headers: { location: '/b#frag' } }
      })
      const response = await signedFetch(epi())(`${server.origin}/a`, {
        method: 'POST',
        body: 'content',
      })
      expect(await response.text()).toBe('valid')
      expect(
        server.arrivals.map(({ method, target, body }) => `${method} ${target} ${body}`),
      ).toEqual(['POST /a content', 'POST /b content'])
    },
  )

  test.each([301, 302, 303])(
    '33. %i at home turns POST into GET, without the body and its headers',
    async (status) => {
      const verify = verifying()
      const server = await serve((arrival) => {
        const reply = verify(arrival)
        if (reply.status !== 200 || arrival.target === '/b') return reply
        return { status, headers: { location: '/b' } }
      })
      const response = await signedFetch(epi())(`${server.origin}/a`, {
        method: 'POST',
        body: 'content',
      })
      expect(await response.text()).toBe('valid')
      expect(server.arrivals[1]).toMatchObject({ method: 'GET', body: Buffer.alloc(0) })
      expect(server.arrivals[1]?.headers['content-type']).toBeUndefined()
    },
  )

  test('33. a loop of redirects ends in an error; manual and error are the caller’s', async () => {
    const server = await serve(() => ({ status: 302, headers: { location: '/again' } }))
    const send = signedFetch(epi())
    await expect(send(server.origin)).rejects.toMatchObject({ code: 'redirect-refused' })
    expect(server.arrivals).toHaveLength(21)
    const manual = await send(server.origin, { redirect: 'manual' })
    expect([manual.status, manual.headers.get('location')]).toEqual([302, '/again'])
    await expect(send(server.origin, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(server.arrivals).toHaveLength(23)
  })

  test('33. a stream is not sent on without its body', async () => {
    const server = await serve(() => ({ status: 307, headers: { location: '/b' } }))
    const signer = header('x-api-key', 'secret-key')
    const init = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' } as RequestInit
    await expect(signedFetch(signer)(server.origin, init)).rejects.toMatchObject({
      code: 'redirect-refused',
    })
    expect(server.arrivals).toHaveLength(1)
  })

  test('34. plain http to another machine: refused before a token is fetched, or allowed', async () => {
    const issued = tokens()
    const sent: string[] = []
    const fetch = async (input: string | URL | Request) => {
      sent.push(String(input))
      return new Response('ok')
    }
    for (const url of [
      'http://example.com/?a=secret',
      'http://127.0.0.1.example.com',
      'http://10.0.0.1',
      'ftp://localhost',
    ]) {
      await expect(signedFetch(issued.signer, { fetch })(url)).rejects.toMatchObject({
        code: 'insecure-url',
        message: expect.not.stringContaining('secret'),
      })
    }
    expect([issued.count, sent.length]).toEqual([0, 0])
    for (const url of [
      'http://localhost/',
      'http://api.localhost/',
      'http://127.8.9.1/',
      'http://[::1]/',
      'https://example.com/',
    ]) {
      await signedFetch(issued.signer, { fetch })(url)
      expect(sent.at(-1)).toBe(url)
    }
    await signedFetch(issued.signer, { fetch, allowInsecure: true })('http://example.com/')
    expect(sent.at(-1)).toBe('http://example.com/')
  })

  test('35. an Authorization of the caller’s own is kept, no token is fetched, nothing is replayed', async () => {
    const issued = tokens()
    const server = await serve(() => ({ status: 401 }))
    for (const signer of [issued.signer, epi(), compose(issued.signer)]) {
      const headers = { Authorization: 'Basic b3du' }
      expect((await signedFetch(signer)(server.origin, { headers })).status).toBe(401)
    }
    expect(authorizations(server)).toEqual(Array(3).fill('Basic b3du'))
    expect(issued.count).toBe(0)
  })

  test('36. `signer: false` is untouched, `signer: other` signs alone', async () => {
    const issued = tokens()
    const server = await serve(({ headers }) => ({ body: headers.authorization ?? 'none' }))
    const send = signedFetch(issued.signer)
    expect(await (await send(server.origin, { signer: false })).text()).toBe('none')
    expect(await (await send(server.origin, { signer: bearer('other') })).text()).toBe(
      'Bearer other',
    )
    expect(issued.count).toBe(0)
    await expect(send(server.origin, { signer: {} as Signer })).rejects.toThrow(TypeError)
  })
})

describe('waiting', () => {
  const never = (signal: AbortSignal | undefined) =>
    new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

  test('37. an abort during a token wait rejects at once with the abort’s own error', async () => {
    const issued = tokens(never)
    const server = await serve(issued.guard)
    const controller = new AbortController()
    const call = signedFetch(issued.signer)(server.origin, { signal: controller.signal })
    controller.abort()
    await expect(call).rejects.toMatchObject({ name: 'AbortError' })
    expect(server.arrivals).toHaveLength(0)
  })

  test('37. also with a provider that knows no signal, and with the signal of a Request', async () => {
    const server = await serve(() => ({}))
    const controller = new AbortController()
    const request = new Request(server.origin, { signal: controller.signal })
    const call = signedFetch(bearer(() => new Promise<string>(() => {})))(request)
    controller.abort(new Error('mine'))
    await expect(call).rejects.toThrow('mine')
    expect(server.arrivals).toHaveLength(0)
  })

  test('38. two wait, one aborts: the other is served, with one token request', async () => {
    let release!: () => void
    const issued = tokens(
      () =>
        new Promise((resolve) => {
          release = resolve
        }),
    )
    const server = await serve(issued.guard)
    const send = signedFetch(issued.signer)
    const controller = new AbortController()
    const first = send(server.origin, { signal: controller.signal })
    const second = send(server.origin)
    controller.abort()
    await expect(first).rejects.toMatchObject({ name: 'AbortError' })
    release()
    expect((await second).status).toBe(200)
    expect([issued.count, server.arrivals.length]).toEqual([1, 1])
  })

  test('39. a token endpoint that refuses connections: our error, no resource request, three attempts', async () => {
    const { cached, clientCredentials } = await import('@countersign/core')
    const gone = await loopback(() => ({}))
    await gone.close()
    const server = await serve(() => ({}))
    const attempts = vi.fn(fetch)
    const provider = clientCredentials({
      tokenEndpoint: `${gone.origin}/token`,
      clientId: 'id',
      clientSecret: 'secret-of-client',
      fetch: attempts,
      retry: { delay: 0 },
    })
    const call = signedFetch(bearer(cached(provider)))(server.origin)
    await expect(call).rejects.toMatchObject({
      name: 'ExchangeError',
      code: 'exchange-unreachable',
      retryable: true,
      message: expect.stringContaining(`POST ${gone.origin}/token`),
    })
    expect([attempts.mock.calls.length, server.arrivals.length]).toEqual([3, 0])
  })

  test('40. a timeout during a token wait is the client’s own timeout error', async () => {
    const issued = tokens(never)
    const server = await serve(issued.guard)
    const call = signedFetch(issued.signer)(server.origin, { signal: AbortSignal.timeout(1) })
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(server.arrivals).toHaveLength(0)
  })

  test('an abort while the new token is awaited leaves no request behind', async () => {
    const controller = new AbortController()
    const server = await serve(() => ({ status: 401 }))
    let calls = 0
    const signer = bearer(({ refused } = {}) => {
      if (!refused) return { token: `t${++calls}` }
      controller.abort()
      return new Promise(() => {})
    })
    const call = signedFetch(signer)(server.origin, { signal: controller.signal })
    await expect(call).rejects.toMatchObject({ name: 'AbortError' })
    expect(server.arrivals).toHaveLength(1)
  })
})

describe('a drop-in', () => {
  test('41. a custom fetch sends, and gets every key of the init but ours', async () => {
    const seen: [unknown, RequestInit | undefined][] = []
    const fetch = async (input: string | URL | Request, init?: RequestInit) => {
      seen.push([input, init])
      return new Response('custom')
    }
    const send = signedFetch(bearer('token'), { fetch })
    const init = { cache: 'no-store', keepalive: true, signer: bearer('other') } as const
    expect(await (await send('https://example.com/a', init)).text()).toBe('custom')
    expect(seen).toMatchObject([
      [
        'https://example.com/a',
        { cache: 'no-store', keepalive: true, headers: { authorization: 'Bearer other' } },
      ],
    ])
    expect(seen[0]?.[1]).not.toHaveProperty('signer')
  })

  test('a Request that is sent as it is reaches the custom fetch as the same object', async () => {
    const seen: unknown[] = []
    const fetch = async (input: string | URL | Request) => {
      seen.push(input)
      return new Response()
    }
    const request = new Request('https://example.com/a', { method: 'POST', body: 'x' })
    await signedFetch(bearer('token'), { fetch })(request)
    expect(seen).toEqual([request])
  })

  test('ofetch', async () => {
    const issued = tokens()
    issued.good = 't2'
    const server = await serve((arrival) => {
      const reply = issued.guard(arrival)
      return reply.status === 200
        ? {
            body: `{"method":"${arrival.method}","body":${arrival.body}}`,
            headers: { 'content-type': 'application/json' },
          }
        : reply
    })
    const api = ofetch.create(
      { baseURL: server.origin },
      { fetch: signedFetch(issued.signer) as typeof fetch },
    )
    const answer = await api('/items', { method: 'POST', body: { a: 1 }, query: { q: 'ü' } })
    expect(answer).toEqual({ method: 'POST', body: { a: 1 } })
    expect(server.arrivals.map(({ target }) => target)).toEqual([
      '/items?q=%C3%BC',
      '/items?q=%C3%BC',
    ])
  })

  test('openapi-fetch', async () => {
    interface Paths {
      '/items/{id}': {
        post: {
          parameters: { path: { id: string } }
          requestBody: { content: { 'application/json': { a: number } } }
          responses: { 200: { content: { 'application/json': { ok: boolean } } } }
        }
      }
    }
    const server = await serve((arrival) => {
      const fault = epiFault(arrival)
      return {
        status: fault ? 401 : 200,
        body: '{"ok":true}',
        headers: { 'content-type': 'application/json' },
      }
    })
    const client = createClient<Paths>({ baseUrl: server.origin, fetch: signedFetch(epi()) })
    const { data, response } = await client.POST('/items/{id}', {
      params: { path: { id: 'a b' } },
      body: { a: 1 },
    })
    expect([response.status, data]).toEqual([200, { ok: true }])
    expect(server.arrivals).toMatchObject([
      { target: '/items/a%20b', body: Buffer.from('{"a":1}') },
    ])
  })

  test('43. under MSW, in process', async () => {
    const issued = tokens()
    const server = setupServer(
      http.post('https://api.example.com/items', async ({ request }) => {
        const good = request.headers.get('authorization') === 'Bearer t2'
        return good
          ? HttpResponse.json({ echo: await request.text() })
          : new HttpResponse(null, { status: 401 })
      }),
    )
    server.listen({ onUnhandledFrame: 'error' })
    try {
      const send = signedFetch(issued.signer)
      const response = await send('https://api.example.com/items', { method: 'POST', body: 'ü' })
      expect(await response.json()).toEqual({ echo: 'ü' })
      expect(issued.count).toBe(2)
    } finally {
      server.close()
    }
  })

  test('mistakes are found when it is built, and name the option', () => {
    const mistakes: [() => unknown, string][] = [
      [() => signedFetch(undefined as never), 'signer'],
      [() => signedFetch('token' as never), 'signer'],
      [() => signedFetch(bearer('t'), { fetch: 1 as never }), 'fetch'],
      [() => signedFetch(bearer('t'), { buffer: -1 }), 'buffer'],
    ]
    for (const [build, option] of mistakes) {
      expect(build).toThrow(
        expect.objectContaining({ name: 'OptionError', code: 'invalid-option', option }),
      )
      expect(build).toThrow(TypeError)
    }
  })

  test.each(['/relative', 'https://user:pass-word@example.com/', 'not a url'])(
    'a URL that cannot be signed (%s) is an error that does not repeat it',
    async (url) => {
      await expect(signedFetch(bearer('t'))(url)).rejects.toMatchObject({
        code: 'invalid-url',
        message: expect.not.stringContaining('pass-word'),
      })
    },
  )
})
