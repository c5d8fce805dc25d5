import {
  type ClientCredentialsOptions,
  cached,
  clientCredentials,
  ExchangeError,
  type ExchangeOptions,
  exchange,
  header,
  OptionError,
} from '@countersign/core'
import { refusing } from '@countersign/testing/contract'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { HOUR, never, SECOND, START } from './support/cache.ts'
import { type Loopback, loopback } from './support/loopback.ts'

const SECRET = 'countersign-secret'

type Answer = () => Response | Promise<Response>

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers })
const token = (rest?: object): Response => json({ access_token: 'token-of-it', ...rest })

/** A token endpoint that gives these answers in turn, the last one for ever, and counts. */
function endpoint(...answers: Answer[]) {
  const requests: Request[] = []
  return {
    requests,
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      requests.push(new Request(input, init))
      const answer = answers[Math.min(requests.length, answers.length) - 1] as Answer
      return answer()
    },
  }
}

const options = (rest: Partial<ClientCredentialsOptions>) =>
  ({
    tokenEndpoint: 'https://id.example/token?tenant=of-mine',
    clientId: 'me',
    clientSecret: SECRET,
    now: () => START,
    retry: { delay: 0 },
    ...rest,
  }) as ClientCredentialsOptions

/** What a token request comes to, whose answers are these. */
async function outcome(...answers: Answer[]) {
  const { fetch, requests } = endpoint(...answers)
  const result: unknown = await Promise.resolve(clientCredentials(options({ fetch }))()).catch(
    (error: unknown) => error,
  )
  return { result, requests, error: result as ExchangeError }
}

async function server(answer: Parameters<typeof loopback>[0]): Promise<Loopback> {
  const own = await loopback(answer)
  onTestFinished(own.close)
  return own
}

describe('what endpoints say', () => {
  it.each([
    [3600, START + HOUR],
    ['3600', START + HOUR],
    [' 3600.5 ', START + HOUR + 500],
    [undefined, undefined],
    [null, undefined],
  ])('27. expires_in %j is read', async (expires_in, expiresAt) => {
    const { result } = await outcome(() => token({ expires_in }))
    expect(result).toEqual({ token: 'token-of-it', ...(expiresAt && { expiresAt }) })
  })

  it.each([false, true, {}, [], [3600], 'soon', '', '1e3', '0x10', -1, '-1', 0, '0'])(
    '27. expires_in %j is a failed exchange that names the field',
    async (expires_in) => {
      const { error } = await outcome(() => token({ expires_in }))
      expect(error).toBeInstanceOf(ExchangeError)
      expect(error).toMatchObject({
        code: 'invalid-response',
        status: 200,
        message: expect.stringContaining('`expires_in`'),
      })
    },
  )

  it.each(['{"access_token":"token-of-it","expires_in":NaN}'])(
    '27. expires_in NaN is no JSON',
    async (text) => {
      const { error } = await outcome(() => new Response(text))
      expect(error).toMatchObject({ code: 'invalid-response' })
    },
  )

  it.each([1e20, 1e300, START, '99999999999'])(
    '28. expires_in %j never reaches the cache',
    async (expires_in) => {
      const { fetch } = endpoint(() => token({ expires_in }))
      const cache = cached(clientCredentials(options({ fetch })), { now: () => START })
      const { expiresAt } = await cache()
      expect(expiresAt).toBe(START + 3652.5 * 24 * HOUR)
    },
  )

  it('29. expires_in counts from the moment the request was sent', async () => {
    let now = START
    const { fetch } = endpoint(() => {
      now += 20 * SECOND
      return token({ expires_in: 3600 })
    })
    const provider = clientCredentials(options({ fetch, now: () => now, timeout: HOUR }))
    expect(await provider()).toMatchObject({ expiresAt: START + HOUR })
  })

  it('29. … the request that brought it, not an earlier attempt', async () => {
    let now = START
    const { fetch } = endpoint(
      () => {
        now += 20 * SECOND
        return json({}, 503)
      },
      () => token({ expires_in: 3600 }),
    )
    const provider = clientCredentials(options({ fetch, now: () => now, timeout: HOUR }))
    expect(await provider()).toMatchObject({ expiresAt: START + 20 * SECOND + HOUR })
  })

  it.each([
    { error: 'invalid_grant', error_description: 'too old' },
    { access_token: 'token-of-it', error: 'invalid_grant', error_description: 'too old' },
    { error: { code: 'invalid_grant', message: 'too old' } },
  ])('30. status 200 with an error member is an error: %j', async (body) => {
    const { error, requests } = await outcome(() => json(body))
    expect(error).toBeInstanceOf(ExchangeError)
    expect(error).toMatchObject({
      code: 'exchange-refused',
      status: 200,
      error: 'invalid_grant',
      errorDescription: 'too old',
      retryable: false,
    })
    expect(requests).toHaveLength(1)
  })

  it('30. status 200 that says that it is passing is tried again', async () => {
    const { result, requests } = await outcome(
      () => json({ error: 'temporarily_unavailable' }),
      () => token(),
    )
    expect(result).toEqual({ token: 'token-of-it' })
    expect(requests).toHaveLength(2)
  })

  it.each([
    ['server_error', 'exchange-unavailable', 'Try again later.'],
    ['temporarily_unavailable', 'exchange-unavailable', 'Try again later.'],
    ['server_error_of_theirs', 'exchange-refused', 'Check the credentials.'],
    ['no_server_error', 'exchange-refused', 'Check the credentials.'],
  ])('30. the error %s is %s, and its message says what to do', async (name, code, advice) => {
    const { error } = await outcome(() => json({ error: name, error_description: 'so it is' }, 400))
    expect(error).toMatchObject({
      code,
      message: `POST https://id.example/token answered 400 (${name}: so it is). ${advice}`,
    })
  })

  it.each([
    [{ error: '', code: 'E7', message: 'locked' }, 'E7', ' (E7: locked)'],
    [{ message: 'locked' }, undefined, ' (locked)'],
    [{}, undefined, ''],
  ])('30. of %j there is no more in the message than it says', async (body, name, words) => {
    const { error } = await outcome(() => json(body, 400))
    expect(error.error).toBe(name)
    expect(error.message).toBe(
      `POST https://id.example/token answered 400${words}. Check the credentials.`,
    )
  })

  it('30. what is no secret of a request is shown, and a name like it hides nothing', async () => {
    const { fetch } = endpoint(() =>
      json({ error_description: 'no read:all for my-client by 1234-a or 1234-b' }, 400),
    )
    const provider = clientCredentials(
      options({
        fetch,
        clientId: 'my-client',
        clientAuth: ({ clientId }) => ({ form: { client_id: clientId } }),
        clientSecret: undefined as never,
        scope: 'read:all',
        parameters: { scope_key: '1234-a', my_scope: '1234-b' },
      } as Partial<ClientCredentialsOptions>),
    )
    await expect(provider()).rejects.toMatchObject({
      errorDescription: 'no read:all for my-client by *** or ***',
    })
  })

  it('30. no part of a proof is shown, nor of a URL as it is written there', async () => {
    const { fetch } = endpoint(() =>
      json({ error_description: 'neither 0123-part nor query%2Epart is known' }, 400),
    )
    const provider = exchange({
      url: 'https://id.example/?key=query%2Epart',
      fetch,
      signer: header('authorization', 'Proof 0123-part:more'),
      read: (body) => body,
    })
    await expect(provider()).rejects.toMatchObject({
      errorDescription: 'neither *** nor *** is known',
    })
  })

  it.each([
    ['', 'its body is empty'],
    [' ', 'its body is empty'],
    ['null', 'its body is not JSON'],
    ['<p>', 'its body is not JSON'],
  ])('31. status 200 with %j says that %s', async (body, words) => {
    const { error } = await outcome(() => new Response(body))
    expect(error.message).toBe(`POST https://id.example/token answered 200, but ${words}`)
  })

  const nonsense: [what: string, body: string][] = [
    ['HTML', `<!doctype html><p>Sign in, ${SECRET}</p>${'long '.repeat(1000)}`],
    ['an empty body', ''],
    ['blanks', ' \r\n '],
    ['truncated JSON', `{"access_token":"${SECRET}`],
    ['an array', `["${SECRET}"]`],
    ['null', 'null'],
    ['a number', '0'],
    ['a string', `"${SECRET}"`],
    ['no access_token', `{"accessToken":"${SECRET}"}`],
    ['an empty access_token', '{"access_token":""}'],
    ['an access_token that is a number', '{"access_token":5}'],
    ['an access_token that is an object', `{"access_token":{"value":"${SECRET}"}}`],
    ['an access_token with a line break', `{"access_token":"${SECRET}\\r\\nx-evil: 1"}`],
    ['an access_token with a blank at its end', `{"access_token":"${SECRET} "}`],
    ['an access_token beyond ASCII', `{"access_token":"${SECRET}é"}`],
    ['another type of token', `{"access_token":"${SECRET}","token_type":"DPoP"}`],
  ]
  it.each(nonsense)(
    '31. status 200 with %s: an ExchangeError without the secret',
    async (_, body) => {
      const { error, requests } = await outcome(() => new Response(body))
      expect(error).toBeInstanceOf(ExchangeError)
      expect(error).toMatchObject({ code: 'invalid-response', status: 200, retryable: true })
      expect(error.message).toMatch(/^POST https:\/\/id\.example\/token answered 200/)
      expect(error.message).not.toContain('of-mine')
      expect(error.message.length).toBeLessThan(300)
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(SECRET)
      expect(requests).toHaveLength(1)
    },
  )

  it.each([400, 401, 503])('31. status %i: at most 200 characters of the body', async (status) => {
    const { error } = await outcome(() =>
      json(
        { error: 'e'.repeat(1000), error_description: `${SECRET} ${'long '.repeat(1000)}` },
        status,
      ),
    )
    expect(error.errorDescription?.length).toBeLessThanOrEqual(200)
    expect(error.error?.length).toBeLessThanOrEqual(200)
    expect(error.message).not.toContain(SECRET)
    expect(error.message.length).toBeLessThan(600)
  })

  it('31. what a reader throws is told, but not what the answer holds', async () => {
    const { fetch } = endpoint(() => json({ key: SECRET }))
    const provider = exchange({
      url: 'https://id.example/key',
      fetch,
      read: (body) => {
        throw new Error(`no use for ${JSON.stringify(body)}`)
      },
    })
    const failed = provider()
    await expect(failed).rejects.toThrow('no use for {"key":"***"}')
    await expect(failed).rejects.toMatchObject({ code: 'invalid-response' })
  })

  it('32. a body of more than 1 MiB is refused without reading it all', async () => {
    const chunk = Buffer.alloc(64 * 1024, ' ')
    let sent = 0
    let ended: (() => void) | undefined
    const closed = new Promise<void>((resolve) => {
      ended = resolve
    })
    const { origin } = await server((_, response) => {
      response.once('close', () => ended?.())
      const more = () => {
        while (!response.destroyed && sent < 2 ** 30) {
          sent += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', more)
            return
          }
        }
      }
      more()
      return undefined
    })
    const provider = clientCredentials(options({ tokenEndpoint: `${origin}/token` }))
    const failed = provider()
    await expect(failed).rejects.toThrow('1 MiB')
    await expect(failed).rejects.toMatchObject({ code: 'invalid-response', status: 200 })
    await closed
    expect(sent).toBeLessThan(64 * 2 ** 20)
  })

  it('32. a body of exactly 1 MiB is read', async () => {
    const body = JSON.stringify({ access_token: 'token-of-it' })
    const { result } = await outcome(() => new Response(body.padEnd(2 ** 20, ' ')))
    expect(result).toEqual({ token: 'token-of-it' })
    const { error } = await outcome(() => new Response(body.padEnd(2 ** 20 + 1, ' ')))
    expect(error).toMatchObject({ code: 'invalid-response' })
  })

  it.each([301, 302, 303, 307, 308])(
    '33. a %i of a token endpoint to another origin is refused, and the secret not sent on',
    async (status) => {
      const abroad = await server(() => ({ body: '{"access_token":"evil"}' }))
      const home = await server(() => ({
        status,
        headers: { location: `${abroad.origin}/login?secret=${SECRET}` },
      }))
      const failed = clientCredentials(options({ tokenEndpoint: `${home.origin}/token` }))()
      await expect(failed).rejects.toMatchObject({
        code: 'exchange-redirected',
        status,
        retryable: false,
        message: expect.stringContaining(`${abroad.origin}/login`),
      })
      await expect(failed).rejects.not.toThrow(SECRET)
      expect(home.arrivals).toHaveLength(1)
      expect(abroad.arrivals).toHaveLength(0)
    },
  )

  it('33. … to its own origin, too: the final URL is to be given', async () => {
    const home = await server(({ target }) =>
      target === '/token' ? { status: 307, headers: { location: '/v2/token' } } : { body: '{}' },
    )
    const failed = clientCredentials(options({ tokenEndpoint: `${home.origin}/token` }))()
    await expect(failed).rejects.toThrow(`${home.origin}/v2/token`)
    expect(home.arrivals).toHaveLength(1)
  })

  it('33. a redirect that a browser hides is refused, too', async () => {
    const hidden = Object.defineProperties(new Response(), {
      type: { value: 'opaqueredirect' },
      status: { value: 0 },
    })
    const { error } = await outcome(() => hidden)
    expect(error).toMatchObject({ code: 'exchange-redirected', retryable: false })
  })

  it.each([
    ['to nowhere', undefined],
    ['to no URL', 'https://['],
    ['to what is no place on the web', 'mailto:someone@other.example'],
  ])('33. a redirect %s is not said to lead anywhere', async (_, location) => {
    const headers = new Headers(location === undefined ? {} : { location })
    const { error } = await outcome(() => new Response(null, { status: 302, headers }))
    expect(error).toMatchObject({
      code: 'exchange-redirected',
      message:
        'POST https://id.example/token redirects. Credentials do not follow: give the final URL.',
    })
  })
})

describe('34. what is tried again', () => {
  it.each([408, 429, 500, 502, 503, 504])(
    '34. status %i: three attempts at most',
    async (status) => {
      const { error, requests } = await outcome(() => json({ error: 'busy' }, status))
      expect(requests).toHaveLength(3)
      expect(error).toMatchObject({ code: 'exchange-unavailable', status, retryable: true })
      const again = await outcome(
        () => json({}, status),
        () => token(),
      )
      expect(again.result).toEqual({ token: 'token-of-it' })
      expect(again.requests).toHaveLength(2)
    },
  )

  it.each([400, 401, 403, 404, 410, 422])('34. status %i: one attempt', async (status) => {
    const { error, requests } = await outcome(() => json({ error: 'no' }, status))
    expect(requests).toHaveLength(1)
    expect(error).toMatchObject({ code: 'exchange-refused', status, retryable: false })
  })

  it('34. a reset connection: tried again, on a new one', async () => {
    let count = 0
    const home = await server((_, response) => {
      count++
      if (count < 3) {
        response.destroy()
        return undefined
      }
      return { body: '{"access_token":"token-of-it"}' }
    })
    const provider = clientCredentials(options({ tokenEndpoint: home.origin }))
    expect(await provider()).toEqual({ token: 'token-of-it' })
    expect(home.arrivals.map(({ body }) => String(body))).toEqual(
      Array(3).fill('grant_type=client_credentials'),
    )
  })

  it('34. an answer that breaks off: tried again', async () => {
    const home = await server((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"access_token":"')
      setImmediate(() => response.destroy())
      return undefined
    })
    const failed = clientCredentials(options({ tokenEndpoint: home.origin }))()
    await expect(failed).rejects.toMatchObject({ code: 'exchange-unreachable', retryable: true })
    expect(home.arrivals).toHaveLength(3)
  })

  it('34. a connection refused: three attempts, and an error that says so', async () => {
    const { origin, close } = await refusing()
    onTestFinished(close)
    const attempts = vi.fn((...args: Parameters<typeof fetch>) => fetch(...args))
    const failed = clientCredentials(options({ tokenEndpoint: origin, fetch: attempts }))()
    await expect(failed).rejects.toMatchObject({
      code: 'exchange-unreachable',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    })
    await expect(failed).rejects.not.toHaveProperty('status')
    await expect(failed).rejects.toMatchObject({
      cause: { name: 'TypeError', cause: { name: 'Error', code: 'ECONNREFUSED' } },
    })
    expect(attempts).toHaveBeenCalledTimes(3)
  })

  it('34. of the causes of a failed request five are told, also of one that causes itself', async () => {
    const endless = new Error('endless')
    endless.cause = endless
    const { error } = await outcome(() => {
      throw endless
    })
    let told = 0
    for (let at: unknown = error; at instanceof Error; at = at.cause) told++
    expect(told).toBe(1 + 5)
  })

  it('34. as many attempts as given', async () => {
    const { fetch, requests } = endpoint(() => json({}, 503))
    await expect(
      clientCredentials(options({ fetch, retry: { attempts: 1 } }))(),
    ).rejects.toMatchObject({ status: 503 })
    expect(requests).toHaveLength(1)
  })

  it('34. a lost answer is not tried again, where told so', async () => {
    const { fetch, requests } = endpoint(() => {
      throw new TypeError('fetch failed')
    })
    const provider = clientCredentials(options({ fetch, retry: { delay: 0, unanswered: false } }))
    await expect(provider()).rejects.toMatchObject({ code: 'exchange-unreachable' })
    expect(requests).toHaveLength(1)
  })
})

describe('34. when it is tried again', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: START })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** At which milliseconds the requests go out, until the end. */
  async function times(
    answers: Answer[],
    rest: Partial<ClientCredentialsOptions> = {},
  ): Promise<{ at: number[]; end: number; result: unknown }> {
    const at: number[] = []
    const { fetch } = endpoint(...answers)
    const provider = clientCredentials({
      ...options({
        fetch: (...args) => {
          at.push(Date.now() - START)
          return fetch(...args)
        },
      }),
      now: Date.now,
      retry: {},
      ...rest,
    } as ClientCredentialsOptions)
    const ended = Promise.resolve(provider())
      .catch((error: unknown) => error)
      .then((result) => ({ at, end: Date.now() - START, result }))
    await vi.runAllTimersAsync()
    expect(vi.getTimerCount()).toBe(0)
    return ended
  }

  it.each([
    { random: 0, at: [0, 250, 750] },
    { random: 0.5, at: [0, 375, 1125] },
    { random: 1, at: [0, 500, 1500] },
  ])('34. after a delay that grows and is drawn at random ($random)', async ({ random, at }) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    expect((await times([() => json({}, 500)])).at).toEqual(at)
  })

  it.each([
    { what: 'seconds', headers: { 'retry-after': '2' }, wait: 2000 },
    {
      what: 'a date',
      headers: { 'retry-after': new Date(START + 3000).toUTCString() },
      wait: 3000,
    },
    {
      what: 'a date that has come',
      headers: { 'retry-after': new Date(START).toUTCString() },
      wait: 0,
    },
    {
      what: 'a date, by a server whose clock is an hour ahead',
      headers: {
        date: new Date(START + HOUR).toUTCString(),
        'retry-after': new Date(START + HOUR + 3000).toUTCString(),
      },
      wait: 3000,
    },
  ])('34. when a Retry-After in $what says', async ({ headers, wait }) => {
    for (const status of [429, 503]) {
      vi.setSystemTime(START)
      const { at, result } = await times([() => json({}, status, headers), () => token()])
      expect(at).toEqual([0, wait])
      expect(result).toEqual({ token: 'token-of-it' })
    }
  })

  it.each([
    '',
    'soon',
    '-5',
    '1.5',
    '5 minutes',
    new Date(START - 5000).toUTCString(),
    '2026-01-01T00:01:00Z',
  ])('34. a Retry-After of %j is none', async (value) => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const { at, result } = await times([() => json({}, 503, { 'retry-after': value })])
    expect(at).toEqual([0, 500, 1500])
    expect(result).not.toHaveProperty('retryAfter')
  })

  it('34. not at all when it would be beyond the deadline: the error tells how long', async () => {
    const { at, end, result } = await times([() => json({}, 503, { 'retry-after': '20' })])
    expect({ at, end }).toEqual({ at: [0], end: 0 })
    expect(result).toMatchObject({ code: 'exchange-unavailable', retryAfter: 20_000 })
  })

  it('34. all attempts together end at the deadline', async () => {
    for (const rest of [{}, { timeout: 5000 }]) {
      vi.setSystemTime(START)
      const { at, end, result } = await times([never], rest)
      expect({ at, end }).toEqual({ at: [0], end: rest.timeout ?? 20_000 })
      expect(result).toBeInstanceOf(ExchangeError)
      expect(result).toMatchObject({
        code: 'exchange-unreachable',
        retryable: true,
        message: expect.stringContaining(`${rest.timeout ?? 20_000} ms`),
        cause: { name: 'TimeoutError' },
      })
    }
  })

  it('34. a secret that never comes ends at the deadline, too', async () => {
    const { at, end, result } = await times([() => token()], { clientSecret: never })
    expect({ at, end }).toEqual({ at: [], end: 20_000 })
    expect(result).toMatchObject({ code: 'exchange-unreachable' })
  })

  it('34. a body that never ends ends at the deadline, too', async () => {
    const { end, result } = await times([() => new Response(new ReadableStream())])
    expect(end).toBe(20_000)
    expect(result).toMatchObject({ code: 'exchange-unreachable' })
  })

  it("34. the caller's abort ends it at once, with the caller's reason", async () => {
    for (const answer of [never, () => json({}, 503)]) {
      const controller = new AbortController()
      const { fetch, requests } = endpoint(answer)
      const failed = Promise.resolve(
        clientCredentials(options({ fetch, retry: { delay: 10_000 } }))({
          signal: controller.signal,
        }),
      ).catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(100)
      const reason = new Error('changed my mind')
      controller.abort(reason)
      expect(await failed).toBe(reason)
      expect(requests).toHaveLength(1)
      expect(requests[0]?.signal.aborted).toBe(true)
      expect(vi.getTimerCount()).toBe(0)
    }
  })

  it('34. who has aborted already sends nothing', async () => {
    const { fetch, requests } = endpoint(() => token())
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(clientCredentials(options({ fetch }))({ signal })).rejects.toThrow('too late')
    expect(requests).toHaveLength(0)
  })
})

describe('exchange()', () => {
  const read = (body: unknown) => body

  it.each([
    { given: {}, method: 'GET', type: null, body: '' },
    { given: { json: { a: [1] } }, method: 'POST', type: 'application/json', body: '{"a":[1]}' },
    { given: { json: null }, method: 'POST', type: 'application/json', body: 'null' },
    {
      given: { form: { a: 'ä b', gone: undefined, c: '&=' } },
      method: 'POST',
      type: 'application/x-www-form-urlencoded',
      body: 'a=%C3%A4+b&c=%26%3D',
    },
    {
      given: { method: 'put', json: () => ({ fresh: true }), headers: { 'X-Tenant': 'acme' } },
      method: 'PUT',
      type: 'application/json',
      body: '{"fresh":true}',
    },
    {
      given: { form: async () => ({ a: '1' }), headers: { 'Content-Type': 'text/odd' } },
      method: 'POST',
      type: 'text/odd',
      body: 'a=1',
    },
  ])('sends $given as $method', async ({ given, method, type, body }) => {
    const { fetch, requests } = endpoint(() => json({ got: 'it' }))
    const provider = exchange({
      url: 'https://id.example/trade',
      fetch,
      read,
      ...given,
    } as ExchangeOptions<unknown>)
    expect(await provider()).toEqual({ got: 'it' })
    const [sent] = requests as [Request]
    expect(sent.method).toBe(method)
    expect(sent.headers.get('content-type')).toBe(type)
    expect(sent.headers.get('accept')).toBe('application/json')
    expect(await sent.text()).toBe(body)
    expect(sent.redirect).toBe('manual')
  })

  it('makes body and proof anew for each attempt', async () => {
    let count = 0
    const { fetch, requests } = endpoint(
      () => json({}, 500),
      () => json({}),
    )
    await exchange({
      url: 'https://id.example/trade',
      fetch,
      read,
      retry: { delay: 0 },
      json: () => ({ attempt: ++count }),
      signer: { sign: ({ headers }) => ({ headers: { 'x-proof': `${count} ${headers.accept}` } }) },
    })()
    expect(await Promise.all(requests.map((request) => request.text()))).toEqual([
      '{"attempt":1}',
      '{"attempt":2}',
    ])
    expect(requests.map(({ headers }) => headers.get('x-proof'))).toEqual([
      '1 application/json',
      '2 application/json',
    ])
  })

  it('reads text where it is wanted, and JSON nonetheless', async () => {
    const { fetch } = endpoint(
      () => new Response(' a.b.c\n'),
      () => new Response('"a.b.c"'),
    )
    const provider = exchange({ url: 'https://id.example/', fetch, read, text: true })
    expect(await provider()).toBe('a.b.c')
    expect(await provider()).toBe('a.b.c')
  })

  it('tells the reader when it was begun, and of status and headers', async () => {
    const { fetch } = endpoint(() => json({}, 201, { 'x-id': '7' }))
    const provider = exchange({
      url: 'https://id.example/',
      fetch,
      now: () => START,
      read: (_, { startedAt, status, headers }) => [startedAt, status, headers.get('x-id')],
    })
    expect(await provider()).toEqual([START, 201, '7'])
  })

  it('reads an error shape of its own', async () => {
    const { fetch } = endpoint(() => json({ errors: [{ id: 'E7', text: 'locked' }] }, 409))
    const provider = exchange({
      url: 'https://id.example/',
      fetch,
      read,
      readError: (body) => {
        const [first] = (body as { errors: { id: string; text: string }[] }).errors
        return { error: first?.id, errorDescription: first?.text }
      },
    })
    await expect(provider()).rejects.toMatchObject({
      status: 409,
      error: 'E7',
      errorDescription: 'locked',
      message: 'GET https://id.example/ answered 409 (E7: locked). Check the credentials.',
    })
  })

  it('asks its signer once more when the proof was refused', async () => {
    const recover = vi.fn(async () => true)
    const { fetch, requests } = endpoint(
      () => json({ error: 'stale' }, 401),
      () => json({ got: 'it' }),
    )
    let nonce = 0
    const signer = { sign: () => ({ headers: { 'x-nonce': `${++nonce}` } }), recover }
    const provider = exchange({ url: 'https://id.example/', fetch, read, signer })
    expect(await provider()).toEqual({ got: 'it' })
    expect(requests.map(({ headers }) => headers.get('x-nonce'))).toEqual(['1', '2'])
    expect(recover).toHaveBeenCalledTimes(1)
  })

  const wrong: [option: string, rest: object][] = [
    ['url', { url: 'id.example' }],
    ['url', { url: 'http://id.example/' }],
    ['url', { url: 'https://me:secret@id.example/' }],
    ['url', { url: undefined }],
    ['read', { read: undefined }],
    ['json', { json: {}, form: {} }],
    ['timeout', { timeout: -1 }],
    ['retry.attempts', { retry: { attempts: '3' } }],
    ['retry.delay', { retry: { delay: Number.NaN } }],
    ['now', { now: 5 }],
    ['fetch', { fetch: {} }],
    ['headers.x-key', { headers: { 'x-key': 'a\nb' } }],
  ]
  it.each(wrong)('%s is checked when it is built: %o', (option, rest) => {
    const build = () => exchange({ url: 'https://id.example/', read, ...rest } as never)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(new RegExp(`^${option} `))
  })

  it('sends over plain http to another machine only if told so', async () => {
    const { fetch } = endpoint(() => json({ got: 'it' }))
    const provider = exchange({ url: 'http://id.example/', fetch, read, allowInsecure: true })
    expect(await provider()).toEqual({ got: 'it' })
  })
})
