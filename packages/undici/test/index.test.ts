import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  type AccessToken,
  apiKey,
  bearer,
  cached,
  compose,
  header,
  type Signer,
} from '@countersign/core'
import { epi, loopback, type Site, tokens, verifying } from '@countersign/testing/contract'
import { faulty } from '@countersign/testing/faults'
import { type SignedDispatcherOptions, signed } from '@countersign/undici'
import * as undici8 from 'undici'
import * as undici7 from 'undici-7'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Undici } from './client.ts'

/** What is undici's own, beside the contract of every client in `contract.test.ts`. */

const ends: (() => unknown)[] = []
async function serve(answer: Parameters<typeof loopback>[0]): Promise<Site> {
  const site = await loopback(answer)
  ends.push(() => site.close())
  return site
}
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const never = () => bearer(() => new Promise<string>(() => {}))
const authorizations = ({ arrivals }: Site) => arrivals.map(({ headers }) => headers.authorization)

type Interceptor = undici8.Dispatcher.DispatcherComposeInterceptor
type Interceptors = (auth: Interceptor) => Interceptor[]

describe.each([
  ['8', undici8],
  ['7', undici7 as unknown as Undici],
])('undici %s', (version, undici) => {
  const { Agent, Client, interceptors, request } = undici
  const composed = (auth: Interceptor, order: Interceptors = (auth) => [auth]) => {
    const agent = new Agent()
    ends.push(() => agent.destroy())
    return agent.compose(...order(auth))
  }
  const dispatcherFor = (
    { origin }: Site,
    signer: Signer = epi(),
    options: Partial<SignedDispatcherOptions> = {},
    order?: Interceptors,
  ) => composed(signed(signer, { origins: origin, ...options }), order)

  describe('what is signed is what is sent', () => {
    test('a raw path, its query option and a lower-case method', async () => {
      const site = await serve(verifying())
      const client = new Client(site.origin)
      ends.push(() => client.destroy())
      const dispatcher = client.compose(signed(epi(), { origins: site.origin }))
      const { origin } = site
      const calls = [
        { path: "/it's[1]|a", method: 'get' },
        { path: '/search', query: { q: "it's", list: ['a b', 'ü'], none: null }, method: 'GET' },
        { path: '//two/../slashes?#', method: 'Delete' },
      ] as const
      for (const call of calls) {
        const { body } = await dispatcher.request({ origin, ...call } as never)
        expect(await body.text()).toBe('valid')
      }
      expect(site.arrivals.map(({ method, target }) => `${method} ${target}`)).toEqual([
        "GET /it's[1]|a",
        'GET /search?q=it%27s&list=a%20b&list=%C3%BC&none=',
        'DELETE //slashes',
      ])
    })

    test('headers that are no text arrive as undici alone sends them', async () => {
      const site = await serve(() => ({}))
      const given = { 'x-null': null, 'X-List': [null], 'x-empty': [], 'x-none': undefined }
      const signer = apiKey({ in: 'query', name: 'key', key: 'k' })
      const agent = new Agent()
      ends.push(() => agent.destroy())
      for (const dispatcher of [agent, dispatcherFor(site, signer)]) {
        await (await request(site.origin, { dispatcher, headers: given as never })).body.dump()
      }
      const [native, signed] = site.arrivals
      expect(native?.headers).toMatchObject({ 'x-null': '', 'x-list': '' })
      expect(signed?.headers).toEqual(native?.headers)
    })

    test('two queries are undici’s own error', async () => {
      const site = await serve(verifying())
      const call = request(`${site.origin}/?a=1`, {
        dispatcher: dispatcherFor(site),
        query: { b: 2 },
      })
      await expect(call).rejects.toThrow(/[Qq]uery/)
      expect(site.arrivals).toHaveLength(0)
    })

    test.each<[string, () => undici8.Dispatcher.RequestOptions['headers']]>([
      ['a record', () => ({ 'X-Two': ['1', '2'], 'x-one': '1', 'x-none': undefined })],
      ['a flat list', () => ['X-Two', '1', 'x-two', '2', 'x-one', '1']],
      [
        'pairs',
        () =>
          new Map<string, string | string[]>([
            ['X-Two', ['1', '2']],
            ['x-one', '1'],
          ]),
      ],
    ])('headers as %s: one that repeats is one line, as it was signed', async (_, headers) => {
      const raw: string[] = []
      const server = createServer(({ rawHeaders }, response) => {
        raw.push(...rawHeaders)
        response.end()
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      ends.push(() => server.close())
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const seen: unknown[] = []
      const signer: Signer = {
        sign({ headers }) {
          seen.push(headers)
          return { headers: { 'x-one': 'signed' } }
        },
      }
      const dispatcher = composed(signed(signer, { origins: origin }))
      const { body } = await request(origin, { dispatcher, headers: headers() ?? null })
      await body.dump()
      expect(seen).toEqual([{ 'x-two': '1, 2', 'x-one': '1' }])
      const own = raw.flatMap((name, i) => (/^x-/i.test(name) ? [`${name}: ${raw[i + 1]}`] : []))
      expect(own.toSorted()).toEqual(['x-one: signed', 'x-two: 1, 2'])
    })

    const form = () => {
      const form = new undici.FormData()
      form.append('field', 'välue')
      return form
    }
    function* pieces() {
      yield 'one-'
      yield 'shot'
    }
    test.each<[string, () => unknown, RegExp]>([
      ['an ArrayBuffer', () => Uint8Array.of(65, 66).buffer, /^AB$/],
      ['a Blob', () => new Blob(['blob']), /^blob$/],
      ['undici’s own form', form, /name="field"\r\n\r\nvälue/],
      ['a generator of text', pieces, /^one-shot$/],
      ['a stream of text', () => Readable.from(pieces()), /^one-shot$/],
    ])('%s is signed as the bytes that are sent', async (_, body, bytes) => {
      const site = await serve(verifying())
      const dispatcher = dispatcherFor(site, epi(), { buffer: 100 })
      const answer = await request(site.origin, {
        dispatcher,
        method: 'POST',
        body: body() as never,
      })
      expect(await answer.body.text()).toBe('valid')
      expect(String(site.arrivals[0]?.body)).toMatch(bytes)
      expect(site.arrivals[0]?.headers['content-length']).toBeDefined()
    })

    test('a form and a Blob are sent again after a refusal, a generator is not', async () => {
      const issued = tokens('t2')
      const site = await serve(issued.guard)
      const dispatcher = dispatcherFor(site, issued.signer)
      const post = async (body: unknown) => {
        issued.good = `t${issued.count + 2}`
        issued.cache.clear()
        const answer = await request(site.origin, {
          dispatcher,
          method: 'POST',
          body: body as never,
        })
        await answer.body.dump()
        return answer.statusCode
      }
      expect(await post(form())).toBe(200)
      expect(await post(new Blob(['blob']))).toBe(200)
      expect(await post(pieces())).toBe(401)
      const bodies = site.arrivals.map(({ body }) => String(body))
      expect(bodies[1]).toContain('välue')
      expect(bodies.slice(2)).toEqual(['blob', 'blob', 'one-shot'])
    })
  })

  describe('where credentials may go', () => {
    test('a request to another origin is handed on as it is', () => {
      const dispatch = vi.fn(() => false)
      const handler = { onRequestStart() {} }
      const sign = vi.fn()
      const signing = signed(
        { sign },
        { origins: ['https://a.example', 'https://b.example'] },
      )(dispatch)
      for (const origin of ['https://c.example', new URL('https://a.example:8443')]) {
        const opts = { origin, path: '/', method: 'GET' }
        expect(signing(opts, handler)).toBe(false)
        expect(dispatch).toHaveBeenLastCalledWith(opts, handler)
      }
      const tunnel = { origin: 'https://a.example', path: 'c.example:443', method: 'CONNECT' }
      expect(signing(tunnel, handler)).toBe(false)
      expect(sign).not.toHaveBeenCalled()
    })

    test('plain http to another machine, with `allowInsecure`', async () => {
      const site = await serve(verifying())
      const { port } = new URL(site.origin)
      const agent = new Agent({
        connect: {
          lookup: (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }] as never),
        },
      })
      ends.push(() => agent.destroy())
      const origins = `http://api.example.com:${port}`
      const refusing = agent.compose(signed(epi(), { origins }))
      await expect(request(origins, { dispatcher: refusing })).rejects.toMatchObject({
        code: 'insecure-url',
      })
      const dispatcher = agent.compose(signed(epi(), { origins, allowInsecure: true }))
      expect(await (await request(origins, { dispatcher })).body.text()).toBe('valid')
      expect(site.arrivals).toHaveLength(1)
    })

    test('a redirect() on the inner side does not carry a signature on', async () => {
      const foreign = await serve(() => ({}))
      const site = await serve(() => ({ status: 302, headers: { location: foreign.origin } }))
      const signer = apiKey({ in: 'header', name: 'x-api-key', key: 'secret-key' })
      const inner: Interceptors = (auth) => [interceptors.redirect({ maxRedirections: 3 }), auth]
      const dispatcher = dispatcherFor(site, signer, {}, inner)
      const { statusCode, body } = await request(site.origin, { dispatcher })
      await body.dump()
      expect([statusCode, foreign.arrivals.length]).toEqual([302, 0])
    })

    test('a dispatcher that tells no origin is an error, not an unsigned request', async () => {
      const site = await serve(verifying())
      const client = new Client(site.origin)
      ends.push(() => client.destroy())
      const dispatcher = client.compose(signed(epi(), { origins: site.origin }))
      const call = dispatcher.request({ path: '/', method: 'GET' })
      if (version === '7') await expect(call).rejects.toMatchObject({ code: 'invalid-url' })
      else expect(await (await call).body.text()).toBe('valid')
    })
  })

  describe('attempts', () => {
    const retry = () => interceptors.retry({ maxRetries: 2, minTimeout: 0, statusCodes: [503] })
    const flaky = () => {
      const nonces = new Set<string>()
      const verify = verifying(nonces)
      let hits = 0
      return serve((arrival) => {
        const reply = verify(arrival)
        return ++hits < 3 && reply.status === 200 ? { status: 503 } : reply
      })
    }

    test('inside of retry() each is signed anew', async () => {
      const site = await flaky()
      const dispatcher = dispatcherFor(site, epi(), {}, (auth) => [auth, retry()])
      expect(await (await request(site.origin, { dispatcher })).body.text()).toBe('valid')
      expect(new Set(authorizations(site)).size).toBe(3)
    })

    test('around retry() they repeat one signature, which is why not', async () => {
      const site = await flaky()
      const dispatcher = dispatcherFor(site, epi(), {}, (auth) => [retry(), auth])
      const answer = await request(site.origin, { dispatcher })
      expect([answer.statusCode, await answer.body.text()]).toEqual([401, 'repeated nonce'])
      expect(authorizations(site)[1]).toBe(authorizations(site)[0])
    })

    test('a long refusal is not read to its end, and the replay arrives', async () => {
      const issued = tokens('t2')
      const long = 'x'.repeat(10_000_000)
      const site = await serve((arrival) => {
        const reply = issued.guard(arrival)
        return reply.status === 401 ? { ...reply, body: long } : reply
      })
      const dispatcher = dispatcherFor(site, issued.signer)
      expect(await (await request(site.origin, { dispatcher })).body.text()).toBe('welcome')
      issued.good = 'never'
      expect(await (await request(site.origin, { dispatcher })).body.text()).toBe(long)
    })

    test('two services on one agent: each origin gets its own tokens, whatever is refused', async () => {
      const service = async (name: string) => {
        let count = 0
        const signer = bearer(cached<AccessToken>(async () => ({ token: `${name}-${++count}` })))
        const guard = `Bearer ${name}-2`
        return {
          signer,
          site: await serve(({ headers }) => ({
            status: headers.authorization === guard ? 200 : 401,
          })),
        }
      }
      const [one, other] = [await service('one'), await service('other')]
      const dispatcher = composed(signed(one.signer, { origins: one.site.origin }), (auth) => [
        auth,
        signed(other.signer, { origins: other.site.origin }),
      ])
      const calls = Array.from({ length: 20 }, (_, n) =>
        request((n % 2 ? one : other).site.origin, { dispatcher }),
      )
      const answers = await Promise.all(calls)
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200))
      for (const [name, { site }] of Object.entries({ one, other })) {
        const tokens = [`Bearer ${name}-1`, `Bearer ${name}-2`]
        expect(new Set(authorizations(site))).toEqual(new Set(tokens))
      }
    })

    test('a refusal whose body stops half-way keeps no connection beyond its call', async () => {
      const issued = tokens('t2')
      await using server = await faulty(
        (connection) => (connection ? undefined : 'silent-in-body'),
        {
          answer: ({ headers }) => {
            const good = headers.get('authorization') === `Bearer ${issued.good}`
            return new Response(good ? 'welcome' : 'who are you?', { status: good ? 200 : 401 })
          },
        },
      )
      const dispatcher = composed(signed(issued.signer, { origins: server.origin }))
      expect(await (await request(server.origin, { dispatcher })).body.text()).toBe('welcome')
      await expect.poll(() => server.connections[0]).toMatchObject({ open: false, requests: 1 })
    })

    test('a refusal that breaks off is the caller’s, as it came', async () => {
      const server = createServer((_, response) => {
        response.writeHead(401, { 'content-length': '9' }).write('broken', () => {
          response.destroy()
        })
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      ends.push(() => server.close())
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const heard: string[] = []
      const signer: Signer = {
        sign: () => ({ headers: { authorization: 'Own x' } }),
        async recover({ text }) {
          heard.push(await text())
          return false
        },
      }
      const dispatcher = composed(signed(signer, { origins: origin }))
      const answer = await request(origin, { dispatcher })
      expect(answer.statusCode).toBe(401)
      await expect(answer.body.text()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
      expect(heard).toEqual(['broken'])
    })

    test('a handler hears of one start and one response', async () => {
      const issued = tokens('t2')
      const site = await serve(issued.guard)
      const events: string[] = []
      await new Promise<void>((resolve, reject) => {
        const taken = dispatcherFor(site, issued.signer).dispatch(
          { origin: site.origin, path: '/', method: 'GET' },
          {
            onRequestStart: (controller) =>
              void events.push(`start ${controller.aborted} ${controller.reason}`),
            onResponseStart: (_, status) => void events.push(String(status)),
            onResponseData: (controller, chunk) =>
              void events.push(`${chunk} ${controller.paused}`),
            onResponseEnd: () => resolve(),
            onResponseError: (_, error) => reject(error),
          },
        )
        expect(taken).toBe(true)
      })
      expect(events).toEqual(['start false null', '200', 'welcome false'])
      expect(site.arrivals).toHaveLength(2)
    })

    test('early hints and trailers reach the handler', async () => {
      const server = createServer((_, response) => {
        response.writeEarlyHints({ link: '</a>; rel=preload' })
        response.writeHead(200, { trailer: 'x-end' })
        response.write('content')
        response.addTrailers({ 'x-end': 'yes' })
        response.end()
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      ends.push(() => server.close())
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const dispatcher = composed(signed(bearer('token'), { origins: origin }))
      const events: unknown[] = []
      await new Promise<void>((resolve, reject) => {
        dispatcher.dispatch(
          { origin, path: '/', method: 'GET' },
          {
            onRequestStart: ({ rawHeaders, rawTrailers }) =>
              void events.push(rawHeaders, rawTrailers),
            onResponseStart: ({ rawTrailers }, status) => void events.push(status, rawTrailers),
            onResponseData() {},
            onResponseEnd({ rawTrailers }, trailers) {
              events.push(trailers, String(rawTrailers))
              resolve()
            },
            onResponseError: (_, error) => reject(error),
          },
        )
      })
      // undici 7 tells none of them raw.
      const end = [{ 'x-end': 'yes' }, version === '7' ? 'null' : 'x-end,yes']
      expect(events).toEqual([null, null, 103, null, 200, null, ...end])
    })

    test('a handler that pauses at the start gets nothing of the body before it resumes', async () => {
      const site = await serve(verifying())
      const events: string[] = []
      await new Promise<void>((resolve, reject) => {
        dispatcherFor(site).dispatch(
          { origin: site.origin, path: '/', method: 'GET' },
          {
            onRequestStart: (controller) => controller.pause(),
            onResponseStart(controller, status) {
              events.push(String(status))
              setImmediate(() => {
                events.push('resumes')
                controller.resume()
              })
            },
            onResponseData: (_, chunk) => void events.push(String(chunk)),
            onResponseEnd: () => resolve(),
            onResponseError: (_, error) => reject(error),
          },
        )
      })
      expect(events).toEqual(['200', 'resumes', 'valid'])
    })

    test('a refusal is answered under a handler that has paused', async () => {
      const issued = tokens('t2')
      const site = await serve(issued.guard)
      const statuses: number[] = []
      await new Promise<void>((resolve, reject) => {
        dispatcherFor(site, issued.signer).dispatch(
          { origin: site.origin, path: '/', method: 'GET' },
          {
            onRequestStart: (controller) => controller.pause(),
            onResponseStart(controller, status) {
              statuses.push(status)
              controller.resume()
            },
            onResponseData() {},
            onResponseEnd: () => resolve(),
            onResponseError: (_, error) => reject(error),
          },
        )
      })
      expect([statuses, site.arrivals.length]).toEqual([[200], 2])
    })

    test('an API key in a header is put on once, whichever way it is installed twice', async () => {
      const site = await serve(({ headers }) => ({ body: headers['x-nonce'] ?? '' }))
      let nonce = 0
      const signer = compose(header('x-nonce', () => String(++nonce)))
      const dispatcher = dispatcherFor(site, signer, {}, (auth) => [auth, auth])
      expect(await (await request(site.origin, { dispatcher })).body.text()).toBe('1')
      expect(nonce).toBe(1)
    })
  })

  describe('waiting', () => {
    test('an event emitter as the signal', async () => {
      const site = await serve(() => ({}))
      const signal = new EventEmitter()
      const call = request(site.origin, { dispatcher: dispatcherFor(site, never()), signal })
      signal.emit('abort')
      await expect(call).rejects.toMatchObject({ name: 'AbortError' })
      expect(site.arrivals).toHaveLength(0)
    })

    test('a signal that is aborted already asks for no token', async () => {
      const site = await serve(() => ({}))
      const issued = tokens()
      const dispatcher = dispatcherFor(site, issued.signer)
      const call = request(site.origin, { dispatcher, signal: AbortSignal.abort() })
      await expect(call).rejects.toMatchObject({ name: 'AbortError' })
      expect([issued.count, site.arrivals.length]).toEqual([0, 0])
    })

    test('an abort on the way to a dispatcher that is late keeps the request from being sent', async () => {
      const site = await serve(() => ({}))
      const late: (() => unknown)[] = []
      const queue: Interceptor = (dispatch) => (opts, handler) =>
        late.push(() => dispatch(opts, handler)) > 0
      const dispatcher = dispatcherFor(site, epi(), {}, (auth) => [queue, auth])
      const controller = new AbortController()
      const { signal } = controller
      const call = request(site.origin, { dispatcher, signal })
      await vi.waitFor(() => expect(late).toHaveLength(1))
      controller.abort(new Error('enough'))
      await expect(call).rejects.toThrow('enough')
      late[0]?.()
      await (await request(`${site.origin}/next`)).body.dump()
      expect(site.arrivals.map(({ target }) => target)).toEqual(['/next'])
    })

    test('under fetch, an abort ends the request for a token too', async () => {
      const site = await serve(() => ({}))
      const controller = new AbortController()
      const ended = new Promise((resolve) => {
        const source = cached<AccessToken>(({ signal } = {}) => {
          controller.abort()
          return new Promise((_, reject) =>
            signal?.addEventListener('abort', () => {
              resolve('ended')
              reject(signal.reason)
            }),
          )
        })
        const dispatcher = dispatcherFor(site, bearer(source))
        const { signal } = controller
        undici.fetch(site.origin, { dispatcher, signal }).catch(() => {})
      })
      expect(await ended).toBe('ended')
      expect(site.arrivals).toHaveLength(0)
    })

    test('a handler that throws at an error does not end the process', async () => {
      const site = await serve(() => ({}))
      const unhandled = vi.fn()
      process.on('unhandledRejection', unhandled)
      ends.push(() => process.off('unhandledRejection', unhandled))
      const signer = bearer(async () => {
        throw new Error('no token')
      })
      const onResponseError = vi.fn(() => {
        throw new Error('careless')
      })
      const handler = { onRequestStart() {}, onResponseError }
      const opts = { origin: site.origin, path: '/', method: 'GET' }
      dispatcherFor(site, signer).dispatch(opts, handler)
      await vi.waitFor(() => expect(onResponseError).toHaveBeenCalledOnce())
      await new Promise(setImmediate)
      expect(unhandled).not.toHaveBeenCalled()
    })
  })

  describe('what undici has beside request', () => {
    test('pipeline sends what is written into it, and can be given up in a wait', async () => {
      const issued = tokens()
      const site = await serve(({ body }) => ({ body: `got ${body}` }))
      const options = (signer: Signer) => ({
        dispatcher: dispatcherFor(site, signer),
        method: 'POST' as const,
      })
      const duplex = undici.pipeline(site.origin, options(issued.signer), ({ body }) => body)
      duplex.end('piped')
      expect(await text(duplex)).toBe('got piped')
      expect(authorizations(site)).toEqual(['Bearer t1'])

      const given = undici.pipeline(site.origin, options(never()), ({ body }) => body)
      given.destroy(new Error('given up'))
      await expect(text(given)).rejects.toThrow('given up')
      expect(site.arrivals).toHaveLength(1)
    })

    test('an upgrade is signed', async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      ends.push(() => server.close())
      const seen: unknown[] = []
      server.on('upgrade', ({ headers }, socket: Socket) => {
        seen.push(headers.authorization)
        socket.end('HTTP/1.1 101 Yes\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
      })
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const dispatcher = composed(signed(bearer('token'), { origins: origin }))
      const { socket } = await undici.upgrade(origin, { dispatcher, protocol: 'echo' })
      socket.destroy()
      expect(seen).toEqual(['Bearer token'])
    })

    test('under fetch, what is over `buffer` is a stream: the 401 surfaces', async () => {
      const issued = tokens('t2')
      const site = await serve(issued.guard)
      const dispatcher = dispatcherFor(site, issued.signer, { buffer: 3 })
      const post = async (body: string) => {
        const answer = await undici.fetch(site.origin, { method: 'POST', body, dispatcher })
        await answer.text()
        return answer.status
      }
      expect(await post('four')).toBe(401)
      issued.good = 't3'
      expect(await post('abc')).toBe(200)
      expect(site.arrivals.map(({ body }) => String(body))).toEqual(['four', 'abc', 'abc'])
    })

    test('as the global dispatcher it serves every call', async () => {
      const site = await serve(verifying())
      const before = undici.getGlobalDispatcher()
      undici.setGlobalDispatcher(dispatcherFor(site))
      ends.push(() => undici.setGlobalDispatcher(before))
      // undici 7 does not know where the newest Node.js looks for it.
      for (const send of version === '7' ? [undici.fetch] : [undici.fetch, fetch]) {
        const init = { method: 'POST', body: 'content' }
        expect(await (await send(site.origin, init)).text()).toBe('valid')
      }
      expect(await (await request(`${site.origin}/a?b`)).body.text()).toBe('valid')
    })
  })
})

test('undici 7 serves the fetch of every Node.js', async () => {
  const issued = tokens('t2')
  const site = await serve(issued.guard)
  const agent = new undici7.Agent()
  ends.push(() => agent.destroy())
  const signing = signed(issued.signer, { origins: site.origin }) as unknown
  const dispatcher = agent.compose(signing as undici7.Dispatcher.DispatcherComposeInterceptor)
  const init = { method: 'POST', body: 'content', dispatcher }
  expect(await (await fetch(site.origin, init as RequestInit)).text()).toBe('welcome')
  expect(site.arrivals.map(({ body }) => String(body))).toEqual(['content', 'content'])
})

test('a handler of another undici is refused at once, before a token is asked for', async () => {
  const issued = tokens()
  const site = await serve(issued.guard)
  const agent = new undici8.Agent()
  ends.push(() => agent.destroy())
  const dispatcher = agent.compose(signed(issued.signer, { origins: site.origin }))
  const old = { onConnect() {}, onHeaders() {}, onData() {}, onComplete() {}, onError() {} }
  const opts = { origin: site.origin, path: '/', method: 'GET' }
  expect(() => dispatcher.dispatch(opts, old as never)).toThrow('onRequestStart')
  expect([issued.count, site.arrivals.length]).toEqual([0, 0])
})

test.each<[string, () => unknown]>([
  ['signer', () => signed('token' as never, { origins: 'https://a.example' })],
  ['origins', () => signed(bearer('token'), {} as never)],
  ['origins', () => signed(bearer('token'), { origins: [] })],
  ['origins', () => signed(bearer('token'), { origins: 'a.example' })],
  ['buffer', () => signed(bearer('token'), { origins: 'https://a.example', buffer: -1 })],
])('a wrong %s is a TypeError that names it', (option, build) => {
  expect(build).toThrow(TypeError)
  expect(build).toThrow(option)
})

test('an interceptor and its dispatch have the lengths that undici asks for', () => {
  const interceptor = signed(bearer('token'), { origins: 'https://a.example' })
  expect([interceptor.length, interceptor(() => true).length]).toEqual([1, 2])
})
