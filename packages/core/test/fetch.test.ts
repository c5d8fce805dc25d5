import {
  type AccessToken,
  apiKey,
  bearer,
  cached,
  header,
  type Provider,
  type Signer,
  type SignedFetch,
  signedFetch,
} from '@countersign/core'
import { epi, loopback, type Site, tokens, verifying } from '@countersign/testing/contract'
import vm from 'node:vm'
import { ofetch } from 'ofetch'
import createClient from 'openapi-fetch'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'

/** What is fetch's own, beside the contract of every client in `contract.test.ts`. */

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

async function valid(...call: Parameters<SignedFetch>): Promise<void> {
  const response = await signedFetch(epi())(...call)
  expect([response.status, await response.text()]).toEqual([200, 'valid'])
}

test('a signer that covers the body sees what there is of one, and its type', async () => {
  const seen: unknown[] = []
  const signer: Signer = {
    readsBody: true,
    sign(request) {
      seen.push(request)
      return { headers: {} }
    },
  }
  const send = signedFetch(signer, { fetch: async () => new Response() })
  const url = 'https://api.example/a'
  const bytes = new Uint8Array([1, 2])
  await send(url)
  await send(url, { method: 'POST', body: 'text' })
  await send(url, { method: 'POST', body: bytes, headers: { 'Content-Type': 'application/own' } })
  await send(url, { method: 'POST', body: bytes })
  const type = 'content-type'
  expect(seen).toStrictEqual([
    { method: 'GET', url, headers: {} },
    { method: 'POST', url, headers: { [type]: 'text/plain;charset=UTF-8' }, body: 'text' },
    { method: 'POST', url, headers: { [type]: 'application/own' }, body: bytes },
    { method: 'POST', url, headers: {}, body: bytes },
  ])
})

describe('input', () => {
  test.each([
    ["/search?q=it's", '/search?q=it%27s'],
    ['/p a/ü?x=a b#frag', '/p%20a/%C3%BC?x=a%20b'],
    ['/x?', '/x'],
    ['', '/'],
  ])('%j is the same as a string, a URL and a Request', async (target, onTheWire) => {
    const site = await serve(verifying())
    await valid(site.origin + target)
    await valid(new URL(site.origin + target))
    await valid(new Request(site.origin + target))
    expect(site.arrivals.map(({ target }) => target)).toEqual(Array(3).fill(onTheWire))
  })

  test.each<[string, BodyInit | null, string, RegExp | undefined]>([
    ['null', null, '', undefined],
    ['an empty string', '', '', /^text\/plain;charset=UTF-8$/],
    ['a DataView', new DataView(Uint8Array.of(9, 65, 66, 9).buffer, 1, 2), 'AB', undefined],
    ['a Blob without a type', new Blob(['x']), 'x', undefined],
  ])('a body: %s', async (_, body, bytes, type) => {
    const site = await serve(verifying())
    await valid(site.origin, { method: 'POST', body })
    expect(String(site.arrivals[0]?.body)).toBe(bytes)
    if (type) expect(site.arrivals[0]?.headers['content-type']).toMatch(type)
    else expect(site.arrivals[0]?.headers['content-type']).toBeUndefined()
  })

  test('pairs with a repeated name are one header', async () => {
    const site = await serve(verifying())
    await valid(site.origin, {
      headers: [
        ['accept', 'a/b'],
        ['accept', 'c/d'],
      ],
    })
    expect(site.arrivals[0]?.headers.accept).toBe('a/b, c/d')
  })

  test('a Host of the caller’s, which Fetch does not send, is not signed', async () => {
    const site = await serve(() => ({}))
    const seen: unknown[] = []
    const signer: Signer = {
      sign({ headers: { host } }) {
        seen.push(host)
        return { headers: { authorization: 'x' } }
      },
    }
    await signedFetch(signer)(site.origin, { headers: { Host: 'example.com' } })
    expect(seen).toEqual([undefined])
    expect(site.arrivals[0]?.headers.host).toBe(new URL(site.origin).host)
  })

  test('a Request: its parts are kept, and the init has precedence', async () => {
    const site = await serve(verifying())
    const request = new Request(`${site.origin}/r`, {
      method: 'PUT',
      body: 'of the request',
      headers: { 'x-one': '1' },
    })
    await valid(request.clone())
    await valid(request, { method: 'POST', body: 'of the init', headers: { 'x-two': '2' } })
    const [first, second] = site.arrivals
    expect(first).toMatchObject({ method: 'PUT', target: '/r', headers: { 'x-one': '1' } })
    expect(second).toMatchObject({ method: 'POST', headers: { 'x-two': '2' } })
    expect(second?.headers['x-one']).toBeUndefined()
    expect(site.arrivals.map(({ body }) => String(body))).toEqual(['of the request', 'of the init'])
  })

  test('the body of a Request is sent again after a 401', async () => {
    const issued = tokens('t2')
    const site = await serve(issued.guard)
    const request = new Request(site.origin, { method: 'POST', body: 'content' })
    expect((await signedFetch(issued.signer)(request)).status).toBe(200)
    expect(site.arrivals.map(({ body }) => String(body))).toEqual(['content', 'content'])
  })

  test('the signal of a Request ends a wait', async () => {
    const controller = new AbortController()
    const request = new Request('http://localhost', { signal: controller.signal })
    const call = signedFetch(bearer(() => new Promise<string>(() => {})))(request)
    controller.abort(new Error('mine'))
    await expect(call).rejects.toThrow('mine')
  })

  test.each(['/relative', 'https://user:pass-word@example.com/', 'not a url', 'ftp://localhost'])(
    'a URL that cannot be signed (%s) is an error that does not repeat it',
    async (url) => {
      await expect(signedFetch(bearer('t'))(url)).rejects.toMatchObject({
        code: expect.stringMatching(/^in(valid|secure)-url$/),
        message: expect.not.stringContaining('pass-word'),
      })
    },
  )

  test.each(['localhost', 'api.localhost', '127.8.9.1', '[::1]'])(
    'plain http to %s is at home',
    async (host) => {
      const fetch = async () => new Response('ok')
      const response = await signedFetch(bearer('t'), { fetch })(`http://${host}/`)
      expect(await response.text()).toBe('ok')
    },
  )
})

describe('redirects', () => {
  test('a Request with a body goes where a redirect leads, as with a fetch that does not sign', async () => {
    const site = await serve(({ target, body }) =>
      target === '/' ? { status: 307, headers: { location: '/b' } } : { body: String(body) },
    )
    const request = new Request(site.origin, { method: 'POST', body: 'content' })
    expect(await (await signedFetch(bearer('t'))(request)).text()).toBe('content')
  })

  test('the response says where it comes from, and that there were others', async () => {
    const foreign = await serve(() => ({ body: 'foreign' }))
    const home = await serve(() => ({ status: 302, headers: { location: `${foreign.origin}/b` } }))
    const response = await signedFetch(epi())(home.origin)
    expect([response.url, response.redirected]).toEqual([`${foreign.origin}/b`, true])
  })

  test('a foreign 401 after a redirect that fetch followed itself refuses nothing of ours', async () => {
    const issued = tokens()
    const foreign = await serve(() => ({ status: 401, body: 'foreign' }))
    const home = await serve(() => ({ status: 302, headers: { location: foreign.origin } }))
    const response = await signedFetch(issued.signer)(home.origin)
    expect([response.status, await response.text()]).toEqual([401, 'foreign'])
    expect([issued.count, home.arrivals.length, foreign.arrivals.length]).toEqual([1, 1, 1])
    expect(issued.cache.peek()).toBeDefined()
  })

  test('a loop is our error; `error` is the caller’s own', async () => {
    const site = await serve(() => ({ status: 302, headers: { location: '/again' } }))
    const send = signedFetch(epi())
    await expect(send(site.origin)).rejects.toMatchObject({ code: 'redirect-refused' })
    expect(site.arrivals).toHaveLength(21)
    await expect(send(site.origin, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(site.arrivals).toHaveLength(22)
  })

  test('a POST that becomes a GET leaves the headers of its body behind', async () => {
    const site = await serve(({ target }) =>
      target === '/' ? { status: 303, headers: { location: '/b' } } : {},
    )
    await signedFetch(epi())(site.origin, { method: 'POST', body: 'content' })
    expect(site.arrivals[1]).toMatchObject({ method: 'GET', body: Buffer.alloc(0) })
    expect(site.arrivals[1]?.headers['content-type']).toBeUndefined()
  })
})

describe('a drop-in', () => {
  test('a custom fetch gets every key of the init but ours', async () => {
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

  test('a custom fetch gets the proof of a call that is nothing but a URL, and nothing more', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response())
    await signedFetch(bearer('token'), { fetch })('https://example.com/a')
    expect(fetch.mock.calls).toEqual([
      ['https://example.com/a', { headers: { authorization: 'Bearer token' } }],
    ])
  })

  test('a custom fetch gets a call that is not to be signed as it is', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response())
    const init = { method: 'post', signer: false } as const
    await signedFetch(bearer('token'), { fetch })('https://example.com/a?#b', init)
    expect(fetch.mock.calls).toEqual([['https://example.com/a?#b', { method: 'post' }]])
  })

  test('what is no signer of a call is refused by its name, before anything is sent', async () => {
    const fetch = vi.fn(async () => new Response())
    const call = signedFetch(bearer('token'), { fetch })('https://example.com/a', {
      signer: 'a token' as unknown as Signer,
    })
    await expect(call).rejects.toThrow(
      'signer takes an object with a `sign` function, not this string',
    )
    expect(fetch).not.toHaveBeenCalled()
  })

  test('a Request reaches the custom fetch: itself, or with a body a copy that can be sent again', async () => {
    const seen: unknown[] = []
    const fetch = async (input: string | URL | Request) => {
      seen.push(input)
      return new Response()
    }
    const send = signedFetch(bearer('token'), { fetch })
    const request = new Request('https://example.com/a')
    await send(request)
    expect(seen[0]).toBe(request)
    await send(new Request('https://example.com/b', { method: 'POST', body: 'x' }))
    expect(seen[1]).toBeInstanceOf(Request)
    expect(await (seen[1] as Request).text()).toBe('x')
  })

  test('ofetch: each attempt of its retries has a nonce and a timestamp of its own', async () => {
    const nonces = new Set<string>()
    const verify = verifying(nonces)
    let clock = 1_700_000_000_000
    const site = await serve((arrival) => {
      const reply = verify(arrival)
      return reply.status === 200 && nonces.size < 3 ? { status: 503 } : reply
    })
    const fetch = signedFetch(epi({ now: () => clock++ })) as typeof globalThis.fetch
    const text = await ofetch.create({}, { fetch })(site.origin, { retry: 2, retryDelay: 0 })
    expect([text, nonces.size]).toEqual(['valid', 3])
    const timestamps = authorizations(site).map((value) => value?.split(':')[1])
    expect(new Set(timestamps).size).toBe(3)
  })

  test('ofetch: a 401 is answered', async () => {
    const issued = tokens('t2')
    const site = await serve((arrival) => {
      const reply = issued.guard(arrival)
      if (reply.status !== 200) return reply
      const headers = { 'content-type': 'application/json' }
      return { body: `{"method":"${arrival.method}","body":${arrival.body}}`, headers }
    })
    const fetch = signedFetch(issued.signer) as typeof globalThis.fetch
    const api = ofetch.create({ baseURL: site.origin }, { fetch })
    const answer = await api('/items', { method: 'POST', body: { a: 1 }, query: { q: 'ü' } })
    expect(answer).toEqual({ method: 'POST', body: { a: 1 } })
    expect(site.arrivals.map(({ target }) => target)).toEqual(Array(2).fill('/items?q=%C3%BC'))
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
    const verify = verifying()
    const site = await serve((arrival) => ({
      status: verify(arrival).status ?? 0,
      body: '{"ok":true}',
      headers: { 'content-type': 'application/json' },
    }))
    const client = createClient<Paths>({ baseUrl: site.origin, fetch: signedFetch(epi()) })
    const { data, response } = await client.POST('/items/{id}', {
      params: { path: { id: 'a b' } },
      body: { a: 1 },
    })
    expect([response.status, data]).toEqual([200, { ok: true }])
    expect(site.arrivals).toMatchObject([{ target: '/items/a%20b', body: Buffer.from('{"a":1}') }])
  })

  test('a provider that hands out a refused token again is asked once', async () => {
    let calls = 0
    const provider: Provider<AccessToken> = () => {
      calls += 1
      return { token: 'same' }
    }
    const site = await serve(() => ({ status: 401 }))
    expect((await signedFetch(bearer(provider))(site.origin)).status).toBe(401)
    expect([calls, site.arrivals.length]).toEqual([2, 1])
  })

  test('mistakes are found when it is built, and name the option', () => {
    const mistakes: [() => unknown, string][] = [
      [() => signedFetch(undefined as never), 'signer'],
      [() => signedFetch('token' as never), 'signer'],
      [() => signedFetch({} as Signer), 'signer'],
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
})

describe('a Request', () => {
  function recorder() {
    const seen: [unknown, RequestInit | undefined][] = []
    const send: typeof fetch = async (input, init) => {
      seen.push([input, init])
      return new Response('ok')
    }
    return { seen, send }
  }

  const arrivalsOf = ({ arrivals }: Site) =>
    arrivals.map(({ method, target, headers, body }) => ({
      is: `${method} ${target} ${body}`,
      length: headers['content-length'],
    }))

  test.each<[string, Signer]>([
    ['a constant token', bearer('token')],
    ['a provider', bearer(() => ({ token: 'token' }))],
  ])('keeps the length of its body under %s', async (_, signer) => {
    const site = await serve(() => ({}))
    await signedFetch(signer)(new Request(site.origin, { method: 'POST', body: 'content' }))
    expect(arrivalsOf(site)).toEqual([{ is: 'POST / content', length: '7' }])
  })

  test('is followed with its body where a 307 leads, and is whole in the replay', async () => {
    const issued = tokens()
    issued.good = 't2'
    const site = await serve((arrival) =>
      arrival.target === '/a'
        ? { status: 307, headers: { location: '/b' } }
        : issued.guard(arrival),
    )
    const request = new Request(`${site.origin}/a`, { method: 'POST', body: 'content' })
    expect((await signedFetch(issued.signer)(request)).status).toBe(200)
    expect(arrivalsOf(site).map(({ is }) => is)).toEqual([
      'POST /a content',
      'POST /b content',
      'POST /a content',
      'POST /b content',
    ])
  })

  test.each<[string, Signer, string]>([
    ['under a key that is kept at home', header('x-api-key', 'k'), '/b'],
    ['under a key in the URL', apiKey({ in: 'query', name: 'key', key: 'k' }), '/b?key=k'],
  ])('is followed by hand with its body: %s', async (_, signer, target) => {
    const site = await serve(({ target }) =>
      target.startsWith('/a') ? { status: 307, headers: { location: '/b' } } : {},
    )
    const request = new Request(`${site.origin}/a`, { method: 'POST', body: 'content' })
    expect((await signedFetch(signer)(request)).status).toBe(200)
    expect(site.arrivals).toMatchObject([
      { method: 'POST', body: Buffer.from('content') },
      { method: 'POST', target, body: Buffer.from('content') },
    ])
  })

  test('becomes a GET after a 303 to its own URL, followed by hand', async () => {
    const site = await serve(({ method }) =>
      method === 'POST' ? { status: 303, headers: { location: '/a' } } : { body: 'done' },
    )
    const request = new Request(`${site.origin}/a`, { method: 'POST', body: 'content' })
    const response = await signedFetch(header('x-api-key', 'some-key'))(request)
    expect(await response.text()).toBe('done')
    expect(arrivalsOf(site).map(({ is }) => is)).toEqual(['POST /a content', 'GET /a '])
  })

  test('whose init says `body: null` keeps its body, as in a native fetch', async () => {
    const site = await serve(verifying())
    const request = new Request(site.origin, { method: 'POST', body: 'content' })
    await valid(request, { body: null })
    expect(String(site.arrivals[0]?.body)).toBe('content')
  })

  test('can be the init of another URL', async () => {
    const site = await serve(verifying())
    const init = new Request('https://example.com', {
      method: 'POST',
      body: 'x',
      headers: { 'x-one': '1' },
    })
    await valid(`${site.origin}/a`, init)
    expect(site.arrivals).toMatchObject([
      { method: 'POST', target: '/a', headers: { 'x-one': '1' } },
    ])
    expect(String(site.arrivals[0]?.body)).toBe('x')
  })

  test('of another realm is one, too', async () => {
    const site = await serve(() => ({}))
    const { Request: Foreign } = vm.runInNewContext(
      '({ Request: class { constructor(r) { this.r = r; for (const k of ["url", "method", "headers", "body", "redirect"]) this[k] = r[k] } clone() { return this } } })',
    )
    const seen: unknown[] = []
    const send: typeof fetch = async (input) => {
      seen.push(input)
      return new Response('ok')
    }
    const foreign = new Foreign(new Request(site.origin))
    await signedFetch(bearer('token'), { fetch: send })(foreign)
    expect(seen).toEqual([foreign])
  })

  test('with a fragment is sent as it is', async () => {
    const seen: unknown[] = []
    const send: typeof fetch = async (input) => {
      seen.push(input)
      return new Response('ok')
    }
    const request = new Request('https://example.com/a#part')
    await signedFetch(bearer('token'), { fetch: send })(request)
    expect(seen).toEqual([request])
  })

  test('with a body is whole in the replay of a token that was there at once', async () => {
    const site = await serve(({ headers }) => ({
      status: headers.authorization === 'Bearer t2' ? 200 : 401,
    }))
    let count = 0
    const provider = cached(async () => ({ token: `t${++count}` }))
    await provider()
    const request = new Request(`${site.origin}/a`, { method: 'POST', body: 'content' })
    expect((await signedFetch(bearer(provider))(request)).status).toBe(200)
    expect(arrivalsOf(site).map(({ is }) => is)).toEqual(['POST /a content', 'POST /a content'])
  })

  test('with a body goes out itself where it goes out but once', async () => {
    const { seen, send } = recorder()
    const request = new Request('https://example.com/a', { method: 'POST', body: 'x' })
    await signedFetch({ sign: () => ({ headers: {} }) }, { fetch: send })(request)
    expect(seen[0]?.[0]).toBe(request)
  })

  test('whose URL is not the one on the wire is sent by that, and keeps its settings', async () => {
    const { seen, send } = recorder()
    const settings = {
      cache: 'no-store',
      credentials: 'include',
      integrity: 'sha256-x',
      keepalive: true,
      referrerPolicy: 'no-referrer',
    } as const
    await signedFetch(bearer('token'), { fetch: send })(
      new Request('https://example.com/a?', settings),
    )
    expect(seen).toMatchObject([
      ['https://example.com/a', { ...settings, headers: { authorization: 'Bearer token' } }],
    ])
  })

  test('of 100 KiB can be signed: it gives its body as a stream, of which 64 MiB are held', async () => {
    const site = await serve(verifying())
    await valid(new Request(site.origin, { method: 'POST', body: 'x'.repeat(100 * 1024) }))
    expect(site.arrivals[0]?.body).toHaveLength(100 * 1024)
  })

  test('that is aborted is sent under `signal: null`, as in a native fetch', async () => {
    const site = await serve(() => ({ body: 'sent' }))
    const request = new Request(site.origin, { signal: AbortSignal.abort() })
    const response = await signedFetch(bearer('token'))(request, { signal: null })
    expect(await response.text()).toBe('sent')
  })
})

describe('redirects followed by hand', () => {
  const key = header('x-api-key', 'some-key')

  test('a Location in raw UTF-8 is read as such', async () => {
    const site = await serve(({ target }) =>
      target === '/'
        ? { status: 302, headers: { location: Buffer.from('/ü').toString('latin1') } }
        : {},
    )
    await signedFetch(key)(site.origin)
    expect(site.arrivals.map(({ target }) => target)).toEqual(['/', '/%C3%BC'])
  })

  test('a Location in Latin-1 is read as the platform reads it', async () => {
    const site = await serve(({ target }) =>
      target === '/' ? { status: 302, headers: { location: '/caf\xe9' } } : {},
    )
    await signedFetch(key)(site.origin)
    expect(site.arrivals.map(({ target }) => target)).toEqual(['/', '/caf%C3%A9'])
  })

  test('a redirect that a browser hides is refused', async () => {
    const hidden: typeof fetch = async () => Response.error()
    const failed = signedFetch(key, { fetch: hidden })('https://example.com/a?secret')
    await expect(failed).rejects.toMatchObject({
      code: 'redirect-refused',
      message:
        'https://example.com/a redirects to where a browser does not tell, so this signature cannot follow',
    })
  })

  test('a Location with user and password is refused, and neither is repeated', async () => {
    const site = await serve(({ headers }) => ({
      status: 302,
      headers: { location: `http://user:pass-word@${headers.host}/b` },
    }))
    const failed = signedFetch(key)(site.origin)
    await expect(failed).rejects.toMatchObject({
      code: 'redirect-refused',
      message: expect.not.stringContaining('pass-word'),
    })
    expect(site.arrivals).toHaveLength(1)
  })

  test.each([
    ['to no http(s) URL', 'data:text/plain,x'],
    ['for ever', '/'],
  ])('a body is let go when the redirect is refused: %s', async (_, location) => {
    let cancelled = 0
    const send: typeof fetch = async () => {
      const body = new ReadableStream({ cancel: () => void cancelled++ })
      return new Response(body, { status: 302, headers: { location } })
    }
    const failed = signedFetch(key, { fetch: send })('https://example.com/')
    await expect(failed).rejects.toMatchObject({ code: 'redirect-refused' })
    expect(cancelled).toBe(location === '/' ? 21 : 1)
  })

  test('a signer that leads to another origin is refused', async () => {
    const signer: Signer = { sign: () => ({ headers: {}, url: 'https://evil.example/' }) }
    const send = vi.fn()
    const failed = signedFetch(signer, { fetch: send })('https://example.com/')
    await expect(failed).rejects.toMatchObject({ code: 'foreign-origin' })
    expect(send).not.toHaveBeenCalled()
  })
})

test('a fetch whose bodies are no web streams can be replayed', async () => {
  const issued = tokens()
  issued.good = 't2'
  const send = async (_: unknown, init?: RequestInit) => {
    const good = new Headers(init?.headers).get('authorization') === 'Bearer t2'
    return { status: good ? 200 : 401, headers: new Headers(), url: '', body: { destroy() {} } }
  }
  const response = await signedFetch(issued.signer, { fetch: send as never })(
    'https://example.com/',
  )
  expect(response.status).toBe(200)
})

test.each<[string, RequestInit & { signer?: Signer }]>([
  ['a prototype', Object.create({ method: 'PUT', headers: { 'x-one': '1' }, body: 'content' })],
  [
    'a class',
    new (class {
      headers = { 'x-one': '1' }
      get method() {
        return 'PUT'
      }
      get body() {
        return 'content'
      }
    })(),
  ],
])('an init that has its members from %s is read as in a native fetch', async (_, init) => {
  const site = await serve(({ method, body }) => ({ body: `${method} ${body}` }))
  const call = signedFetch(bearer('t'))
  expect(await (await call(site.origin, init)).text()).toBe('PUT content')
  await call(site.origin, Object.assign(Object.create(init), { signer: header('x-key', 'k') }))
  expect(site.arrivals.map(({ headers }) => headers)).toMatchObject([
    { authorization: 'Bearer t', 'x-one': '1' },
    { 'x-key': 'k', 'x-one': '1' },
  ])
})

test('an init without a prototype is a plain one: the fetch gets what was given', async () => {
  const send = vi.fn<typeof fetch>(async () => new Response())
  const init: RequestInit = Object.assign(Object.create(null), { method: 'POST', body: 'content' })
  await signedFetch(bearer('t'), { fetch: send })('https://api.example/', init)
  expect(send.mock.calls).toMatchObject([
    ['https://api.example/', { method: 'POST', body: 'content' }],
  ])
})

test('what is no URL is an error of ours', async () => {
  const call = signedFetch(bearer('t'))(null as never)
  await expect(call).rejects.toMatchObject({ code: 'invalid-url' })
})

test('a redirect abroad that repeats of the query what is the caller’s own is followed, without the key', async () => {
  const foreign = await serve(() => ({ body: 'foreign' }))
  const home = await serve(() => ({
    status: 302,
    headers: { location: `${foreign.origin}/?page=2` },
  }))
  const call = signedFetch(apiKey({ in: 'query', name: 'key', key: 'secret-key' }))
  expect(await (await call(`${home.origin}/?page=2`)).text()).toBe('foreign')
  expect([home, foreign].map(({ arrivals }) => arrivals.map(({ target }) => target))).toEqual([
    ['/?page=2&key=secret-key'],
    ['/?page=2'],
  ])
})

test('a redirect abroad that repeats the key in the query is refused', async () => {
  const foreign = await serve(() => ({ body: 'foreign' }))
  const home = await serve(({ target }) => ({
    status: 302,
    headers: { location: foreign.origin + target },
  }))
  const call = signedFetch(apiKey({ in: 'query', name: 'key', key: 'secret-key' }))
  await expect(call(`${home.origin}/?page=2`)).rejects.toMatchObject({ code: 'redirect-refused' })
  expect(foreign.arrivals).toEqual([])
})

test('an init of null is none, as in a native fetch', async () => {
  const site = await serve(() => ({ body: 'sent' }))
  const response = await signedFetch(bearer('token'))(site.origin, null as never)
  expect(await response.text()).toBe('sent')
})

describe('a call that needs nothing by hand', () => {
  test('of a warm token makes none of the platform’s objects, and waits for the fetch alone', async () => {
    const answer = new Response()
    const { signal } = new AbortController()
    const source = cached(async () => ({ token: 't', expiresAt: Date.now() + 3_600_000 }))
    const call = signedFetch(bearer(source), { fetch: async () => answer })
    await call('https://api.example.com/')

    const used: string[] = []
    const { then } = Promise.prototype
    onTestFinished(() => {
      vi.unstubAllGlobals()
      Reflect.set(Promise.prototype, 'then', then)
    })
    for (const name of ['AbortController', 'Headers', 'Request', 'Response', 'URL'] as const) {
      const note = () => {
        used.push(name)
        return {}
      }
      // `instanceof` alone costs nothing.
      const get = (_: object, key: string | symbol) =>
        typeof key === 'string' && key !== 'prototype' ? note() : Reflect.get(_, key)
      vi.stubGlobal(name, new Proxy(globalThis[name], { construct: note, get }))
    }
    let waits = 0
    Reflect.set(Promise.prototype, 'then', function (this: Promise<unknown>, ...reactions: []) {
      waits++
      return then.apply(this, reactions)
    })
    const headers = { accept: 'text/plain', 'X-One': '1' }
    for (const init of [undefined, { headers }, { method: 'POST', headers, body: 'text' }]) {
      waits = 0
      const response = call('https://api.example.com/v1/items?q=1', init)
      expect(waits).toBe(1)
      expect(await response).toBe(answer)
    }
    expect(used).toEqual([])

    const late = signedFetch(
      bearer(async () => 't'),
      { fetch: async () => answer },
    )
    used.length = 0
    expect(await late('https://api.example.com/v1/items', { signal })).toBe(answer)
    expect(used).toEqual([])
  })

  test('is sent to a redirect by hand as soon as its signer adds what a client would carry abroad', async () => {
    // One and the same object, to which a header comes later.
    const signature = { headers: { authorization: 'Bearer t' } as Record<string, string> }
    const modes: unknown[] = []
    const call = signedFetch(
      { sign: () => signature },
      {
        fetch: async (_, init) => {
          modes.push(init?.redirect)
          return new Response()
        },
      },
    )
    await call('https://api.example.com/')
    signature.headers['x-api-key'] = 'k'
    await call('https://api.example.com/')
    expect(modes).toEqual([undefined, 'manual'])
  })

  test('a stream is sent with its duplex, which callers leave out', async () => {
    const site = await serve(({ body }) => ({ status: 200, body: String(body) }))
    const body = new Blob(['in pieces']).stream()
    const call = signedFetch(bearer('t'))
    const response = await call(site.origin, { method: 'POST', body })
    expect(await response.text()).toBe('in pieces')
  })

  test('is replayed as it was, whatever its caller has done to the init meanwhile', async () => {
    const arrived: unknown[] = []
    let token = 'old'
    const source = () => token
    const call = signedFetch(bearer(source), {
      fetch: async (input, init) => {
        const { method, headers, body } = new Request(input, init)
        arrived.push([method, headers.get('x-one'), await new Response(body).text()])
        token = 'new'
        return new Response(null, { status: arrived.length === 1 ? 401 : 200 })
      },
    })
    const init = { method: 'POST', headers: { 'x-one': '1' }, body: 'first' }
    const response = call('https://api.example.com/', init)
    Object.assign(init, { method: 'PUT', body: 'second' })
    init.headers['x-one'] = '2'
    expect((await response).status).toBe(200)
    expect(arrived).toEqual(Array(2).fill(['POST', '1', 'first']))
  })
})

const BODIES: [string, () => { body: BodyInit; change(): void }][] = [
  [
    'a Buffer',
    () => {
      const body = Buffer.from('v=first')
      return { body, change: () => body.write('v=other') }
    },
  ],
  [
    'a DataView',
    () => {
      const bytes = Buffer.from('<v=first>')
      const { buffer, byteOffset, byteLength } = bytes
      const body = new DataView(buffer, byteOffset + 1, byteLength - 2)
      return { body, change: () => bytes.write('<v=other>') }
    },
  ],
  [
    'an ArrayBuffer',
    () => {
      const bytes = new TextEncoder().encode('v=first')
      return { body: bytes.buffer, change: () => bytes.fill(0) }
    },
  ],
  [
    'parameters',
    () => {
      const body = new URLSearchParams('v=first')
      return { body, change: () => body.set('v', 'other') }
    },
  ],
  [
    'a form',
    () => {
      const body = new FormData()
      body.set('v', 'v=first')
      return { body, change: () => body.set('v', 'other') }
    },
  ],
]
describe.each(BODIES)('%s that its caller fills anew', (_, make) => {
  test.each([
    ['in the wait for a token', true],
    ['before the replay', false],
  ])('%s is sent as it was, as in a native fetch', async (_, waits) => {
    const { body, change } = make()
    const arrived: string[] = []
    let token = ''
    const signer = bearer(() => {
      token += 't'
      return waits ? Promise.resolve(token) : token
    })
    const call = signedFetch(signer, {
      fetch: async (input, init) => {
        const request = new Request(input, init)
        arrived.push(await request.text())
        return new Response(null, { status: arrived.length === 1 ? 401 : 200 })
      },
    })
    const response = call('https://api.example.com/', { method: 'POST', body })
    change()
    expect((await response).status).toBe(200)
    expect(arrived).toEqual(Array(2).fill(expect.stringContaining('v=first')))
  })
})
