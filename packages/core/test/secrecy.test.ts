import { format, inspect } from 'node:util'
import {
  type AccessToken,
  type AwsCredentials,
  apiKey,
  basic,
  bearer,
  type CacheEvent,
  cached,
  clientCredentials,
  clientSecretBasic,
  clientSecretPost,
  compose,
  CountersignError,
  type ExchangeOptions,
  exchange,
  header,
  OptionError,
  type Provider,
  type Refusal,
  refreshToken,
  type Signature,
  type Signer,
  signedFetch,
  within,
} from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { privateKeyJwt } from '@countersign/core/jwt'
import { explain, presign, sigv4 } from '@countersign/core/sigv4'
import { describe, expect, test } from 'vitest'
import { refusal, request } from './support/sign.ts'

/** Marked at both ends, with whatever an encoding changes in between: no form of it may be seen. */
const HEAD = 'S3CR3T'
const TAIL = 'F1NAL'
const SECRET = `${HEAD} a+b&c=d/e%41'"\\(~!)ü€-${TAIL}`
/** The same, for a header. */
const TOKEN = `${HEAD}.a+b&c=d/e%41'"\\(~!)-${TAIL}`
const BASE64 = Buffer.from(SECRET).toString('base64')
const HEX = Buffer.from(SECRET).toString('hex')
const PEM = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(SECRET).toString('base64')}\n-----END PRIVATE KEY-----`

/** The marks in clear, in hex, and in base64, where a text looks different at each of three places. */
const MARKS = [HEAD, TAIL, HEX.slice(0, 12), ...[HEAD, TAIL].flatMap(inBase64)]
function inBase64(mark: string): string[] {
  return ['', '.', '..'].map((before) => {
    const whole = Buffer.from(before + mark).toString('base64')
    return whole.slice(
      Math.ceil((before.length * 4) / 3),
      Math.floor(((before.length + mark.length) * 8) / 6),
    )
  })
}

const deep = { depth: null, maxArrayLength: null, maxStringLength: null } as const

/** What a console makes of a value, and of others that hold it. */
function printed(value: unknown): string {
  return [
    inspect(value, deep),
    inspect(value, { ...deep, showHidden: true, getters: true }),
    inspect({ held: [new Map([[value, value]])] }, { ...deep, showHidden: true }),
    format('%s %o %O', value, value, value),
  ].join('\n')
}

/** Everything that a program may make a text of a value by. */
function shown(value: unknown): string {
  const texts = [
    printed(value),
    format('%j', value),
    JSON.stringify(value),
    JSON.stringify({ held: [value] }),
    String(value),
  ]
  for (let at = value; at instanceof Error; at = at.cause) {
    const own = Object.getOwnPropertyNames(at).map((name) => Reflect.get(at as Error, name))
    texts.push(at.message, String(at.stack), JSON.stringify(own), inspect(own, deep))
  }
  return texts.join('\n')
}

function expectSilence(...values: unknown[]): void {
  const all = values.map(shown).join('\n')
  for (const mark of MARKS) expect(all).not.toContain(mark)
}

/** For what a program gets to use, store and send: only a console must not show it. */
function expectUnprinted(...values: unknown[]): void {
  const all = values.map(printed).join('\n')
  for (const mark of MARKS) expect(all).not.toContain(mark)
}

test('the test would see a secret, in every form', () => {
  const forms = [
    SECRET,
    encodeURIComponent(SECRET),
    BASE64,
    HEX,
    Buffer.from(`x:${SECRET}`).toString('base64'),
    Buffer.from(`xy:${SECRET}`).toString('base64'),
  ]
  const holders = [
    ...forms.map((form) => new Error(form)),
    Object.assign(new Error('x'), { config: { form: SECRET } }),
    new Error('x', { cause: new Error(SECRET) }),
    { deep: { deeper: new Set([SECRET]) } },
  ]
  for (const holder of holders) expect(() => expectSilence(holder)).toThrow(/not to contain/)
})

const NOW = 1_800_000_000_000
const now = () => NOW
const tokenEndpoint = 'https://id.example/token'
const session: AwsCredentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: TOKEN,
  sessionToken: TOKEN,
}
const aws = (credentials: AwsCredentials | Provider<AwsCredentials>) => ({
  credentials,
  region: 'us-east-1',
  service: 's3',
  now,
})
const token: AccessToken = { token: TOKEN, type: 'Bearer', expiresAt: NOW + 3_600_000 }

/** What is thrown, at once or later. */
async function thrown(act: () => unknown): Promise<unknown> {
  try {
    await act()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown')
}

describe('a signer', () => {
  const signers: Record<string, () => Signer> = {
    'bearer of a token': () => bearer(TOKEN),
    'bearer of a function': () => bearer(async () => TOKEN),
    'bearer of a provider': () => bearer(cached<AccessToken>(() => token, { now })),
    header: () => header('x-key', TOKEN),
    'header of a function': () => header('x-key', () => TOKEN),
    basic: () => basic({ username: 'user', password: SECRET }),
    'basic of a function': () => basic({ username: 'user', password: async () => SECRET }),
    'apiKey in a header': () => apiKey({ in: 'header', name: 'x-key', key: TOKEN }),
    'apiKey in the query': () => apiKey({ in: 'query', name: 'key', key: SECRET }),
    'hmac of a text': () => hmacOf(SECRET, 'utf8'),
    'hmac of base64': () => hmacOf(BASE64, 'base64'),
    'hmac of hex': () => hmacOf(HEX, 'hex'),
    'hmac of a function': () => hmacOf(() => SECRET, 'utf8'),
    'sigv4 of credentials': () => sigv4(aws(session)),
    'sigv4 of a provider': () => sigv4(aws(cached<AwsCredentials>(() => session, { now }))),
    'sigv4 of a promise': () => sigv4(aws(async () => session)),
    composed: () => compose(bearer(TOKEN), header('x-key', TOKEN), basicAfter()),
    within: () => within('https://api.example', compose(bearer(TOKEN))),
  }
  const hmacOf = (secret: string | (() => string), secretEncoding: 'utf8' | 'base64' | 'hex') =>
    hmac({
      secret,
      secretEncoding,
      message: ['method', 'timestamp'],
      headers: { authorization: 'x {timestamp} {signature}' },
      now,
    })
  const basicAfter = () => apiKey({ in: 'query', name: 'key', key: SECRET })

  test.each(Object.entries(signers))(
    '%s shows nothing, nor does what it signs',
    async (_, build) => {
      const signer = build()
      expectSilence(signer)
      const signature = await signer.sign(request())
      expect(signature.url ?? Object.keys(signature.headers)).not.toHaveLength(0)
      expectSilence(signer, signature, [signature], { config: { signature } })
      await signer.recover?.(refusal(signature))
      expectSilence(signer, await signer.sign(request()), signedFetch(signer))
    },
  )

  test('explains its signature without its credentials, now and in a URL', async () => {
    for (const expiresIn of [undefined, 60]) {
      const options = { ...aws(session), ...(expiresIn !== undefined && { expiresIn }) }
      const explained = await explain(options, request())
      expect(explained.signature).toMatch(/^[\da-f]{64}$/)
      expectSilence(explained, ...Object.values(explained), ...Object.values(explained.parts))
    }
  })

  test('shows nothing while it waits', async () => {
    const signer = bearer(() => new Promise<string>(() => {}))
    expectSilence(signer, signer.sign(request()))
    expect.hasAssertions()
  })
})

describe('a provider', () => {
  const answering = (body: unknown) => ({
    now,
    fetch: (async () => Response.json(body)) as typeof fetch,
  })
  const answer = { access_token: TOKEN, refresh_token: SECRET, expires_in: 3600 }
  const providers: Record<string, () => Provider<object>> = {
    clientCredentials: () =>
      clientCredentials({
        tokenEndpoint,
        clientId: 'app',
        clientSecret: SECRET,
        parameters: { more: SECRET },
        headers: { 'x-key': TOKEN },
        ...answering(answer),
      }),
    refreshToken: () =>
      refreshToken({ tokenEndpoint, clientId: 'app', refreshToken: SECRET, ...answering(answer) }),
    exchange: () =>
      exchange({
        url: `${tokenEndpoint}?key=${encodeURIComponent(SECRET)}`,
        json: { secret: SECRET },
        signer: bearer(TOKEN),
        read: () => ({ token: TOKEN }),
        ...answering(answer),
      }),
    'credentials of AWS': () => (): AwsCredentials => ({
      accessKeyId: TOKEN,
      secretAccessKey: TOKEN,
      sessionToken: SECRET,
      expiresAt: NOW + 900_000,
    }),
  }

  test.each(Object.entries(providers))(
    '%s shows nothing, nor do its cache and its value',
    async (_, build) => {
      const events: CacheEvent[] = []
      const source = build()
      const cache = cached(source as Provider<AccessToken>, {
        now,
        onEvent: (event) => events.push(event),
      })
      expectSilence(source, cache)
      const value = await cache()
      expect(Object.values(value).join()).toContain(HEAD)
      await cache({ refused: value })
      expectSilence(source, cache, events)
      expectUnprinted(value, cache.peek(), [value], { config: { value } })
      expect(events.length).toBeGreaterThan(1)
    },
  )

  test.each([
    ['clientSecretBasic', clientSecretBasic(SECRET)],
    ['clientSecretPost', clientSecretPost(SECRET)],
    ['privateKeyJwt', privateKeyJwt({ key: PEM, alg: 'ES256' })],
  ])('%s shows nothing', (_, auth) => {
    expectSilence(auth)
    expect.hasAssertions()
  })
})

describe('a mistake in the options', () => {
  const wrong = `${SECRET}\r\n`
  const credentials = { tokenEndpoint, clientId: 'app', clientSecret: SECRET }
  const mistakes: Record<string, () => unknown> = {
    'a token': () => bearer(wrong),
    'a token object': () => bearer({ token: wrong } as unknown as string),
    'a header': () => header('x-key', wrong),
    "a header's name": () => header(wrong, 'x'),
    'a user agent as a key': () => apiKey({ in: 'header', name: 'x', key: wrong }),
    'a place': () => apiKey({ in: SECRET as 'header', name: 'x', key: 'k' }),
    'a password': () => basic({ username: 'user', password: wrong }),
    'a user name': () => basic({ username: wrong, password: SECRET }),
    'a secret that is not base64': () => scheme({ secret: SECRET, secretEncoding: 'base64' }),
    'a secret that is not hex': () => scheme({ secret: SECRET, secretEncoding: 'hex' }),
    'a secret for an encoding': () => scheme({ secretEncoding: SECRET }),
    'a secret for a hash': () => scheme({ hash: SECRET }),
    'a secret for an id': () => scheme({ id: SECRET, message: ['id'] }),
    'a secret for a header': () => scheme({ headers: { 'x-key': wrong } }),
    'a secret for a separator': () => scheme({ separator: [SECRET] }),
    'a secret access key': () => sigv4(aws({ ...session, secretAccessKey: wrong })),
    'a session token': () => sigv4(aws({ ...session, sessionToken: wrong })),
    'an access key for credentials': () => sigv4(aws(SECRET as never)),
    'a secret for a region': () => sigv4({ ...aws(session), region: SECRET }),
    'a URL with a user to presign': () =>
      presign({ ...aws(session), url: `https://${HEAD}:${TAIL}@api.example`, expiresIn: 1 }),
    'a URL that is presigned': () =>
      presign({
        ...aws(session),
        url: `https://api.example?X-Amz-Signature=${TOKEN}`,
        expiresIn: 1,
      }),
    'a header to presign': () =>
      presign({ ...aws(session), url: 'https://b.example', headers: { x: wrong }, expiresIn: 1 }),
    'a key': () => privateKeyJwt({ key: SECRET, alg: 'ES256' }),
    'a key of the older form': () =>
      privateKeyJwt({ key: PEM.replaceAll('PRIVATE', 'EC PRIVATE'), alg: 'ES256' }),
    'a key without its kind': () => privateKeyJwt({ key: { d: SECRET } as never, alg: 'ES256' }),
    'a certificate': () => privateKeyJwt({ key: PEM, alg: 'ES256', certificate: SECRET }),
    'an algorithm': () => privateKeyJwt({ key: PEM, alg: SECRET }),
    'a key id': () => privateKeyJwt({ key: PEM, alg: 'ES256', kid: [SECRET] as never }),
    'a lifetime': () => privateKeyJwt({ key: PEM, alg: 'ES256', lifetime: SECRET as never }),
    'an endpoint with a user': () =>
      clientCredentials({ ...credentials, tokenEndpoint: `https://${HEAD}:${TAIL}@id.example/` }),
    'an endpoint over http': () =>
      clientCredentials({ ...credentials, tokenEndpoint: `http://id.example/?${HEAD}` }),
    'a secret and an authentication': () =>
      clientCredentials({ ...credentials, clientAuth: clientSecretPost(SECRET) } as never),
    'a secret as a list': () =>
      clientCredentials({ ...credentials, clientSecret: [SECRET] as never }),
    'a header of an exchange': () =>
      clientCredentials({ ...credentials, headers: { 'x-key': wrong } }),
    'a seam': () => clientCredentials({ ...credentials, fetch: SECRET as never }),
    'a refresh token': () => refreshToken({ ...credentials, refreshToken: [SECRET] as never }),
    'an origin': () => within(`https://${HEAD}:${TAIL}@api.example`, bearer('t')),
    'a source': () => cached(SECRET as never),
    'a cache': () => cached(() => token, { timeout: SECRET as never }),
    'a signer': () => signedFetch({ secret: SECRET } as never),
    signers: () => compose(SECRET as never),
  }
  const scheme = (changes: object) =>
    hmac({
      secret: SECRET,
      message: ['method'],
      headers: { 'x-signature': '{signature}' },
      ...changes,
    })

  test.each(Object.entries(mistakes))('does not quote %s', async (_, build) => {
    const error = await thrown(build)
    expect(error).toBeInstanceOf(OptionError)
    expectSilence(error)
  })
})

describe('a request that cannot be signed', () => {
  const wrong = `${SECRET}\r\n`
  const elsewhere = `https://${HEAD}:${TAIL}@evil.example/a?${HEAD}=${TAIL}#${HEAD}`
  const signing =
    (signer: Signer, changes = {}) =>
    () =>
      signer.sign(request(changes))
  const body = new ReadableStream({ start: (it) => it.enqueue(new TextEncoder().encode(SECRET)) })
  const covering = hmac({ secret: SECRET, message: ['body'], headers: { s: '{signature}' } })
  const never: typeof fetch = () => Promise.reject(new Error('Something was sent'))
  const api = (signer: Signer, options = {}) => signedFetch(signer, { fetch: never, ...options })
  const failures: Record<string, () => unknown> = {
    'a token of a function': signing(bearer(() => wrong)),
    'a token of a promise': signing(bearer(async () => wrong)),
    'a token of a provider': signing(bearer(() => ({ token: wrong, secret: SECRET }))),
    'a provider of something else': signing(bearer((() => [SECRET]) as never)),
    'a header of a function': signing(header('x', () => wrong)),
    'a password of a function': signing(basic({ username: 'u', password: () => wrong })),
    'a key of a function': signing(apiKey({ in: 'header', name: 'x', key: () => wrong })),
    'a secret of a function': signing(
      hmac({
        secret: () => SECRET,
        secretEncoding: 'base64',
        message: ['method'],
        headers: { s: '{signature}' },
      }),
    ),
    'a session token of a function': signing(
      sigv4(aws(() => ({ ...session, sessionToken: wrong }))),
    ),
    'a secret access key for credentials': signing(sigv4(aws((() => SECRET) as never))),
    'a nonce': signing(
      hmac({
        secret: SECRET,
        message: ['nonce'],
        headers: { n: '{nonce}', s: '{signature}' },
        nonce: () => wrong,
      }),
    ),
    'a foreign URL': signing(within('https://api.example', bearer(TOKEN)), { url: elsewhere }),
    'a relative URL': () => api(bearer(TOKEN))(`/${HEAD}`),
    'a URL with a user': () => api(bearer(TOKEN))(elsewhere),
    'an insecure URL': () => api(bearer(TOKEN))(`http://api.example/?${HEAD}=${TAIL}`),
    'a stream': () => api(covering)('https://api.example/', { method: 'POST', body }),
    'a stream that is too long': () =>
      api(covering, { buffer: 3 })('https://api.example/', {
        method: 'POST',
        body: new Blob([SECRET]).stream(),
      }),
    'a redirect that is refused': () =>
      api(apiKey({ in: 'query', name: 'key', key: SECRET }), {
        fetch: async () =>
          new Response(null, { status: 302, headers: { location: `ftp://${HEAD}/${TAIL}` } }),
      })(`https://api.example/?${HEAD}=${TAIL}`),
  }

  test.each(Object.entries(failures))('does not quote %s', async (_, act) => {
    const error = await thrown(act)
    expect(error).toBeInstanceOf(CountersignError)
    expectSilence(error)
  })
})

describe('an exchange that fails', () => {
  /** What a server, or what stands before it, may repeat: all that it was sent, raw and decoded. */
  function echo(input: unknown, init: RequestInit | undefined): string {
    const headers = [...new Headers(init?.headers)].map(([name, value]) => `${name}: ${value}`)
    const pairs = headers.flatMap((line) => {
      const [, pair = ''] = /Basic (.+)$/.exec(line) ?? []
      const decoded = Buffer.from(pair, 'base64').toString()
      const isForm = /^[\w.~*%+-]*:[\w.~*%+-]*$/.test(decoded)
      return isForm
        ? [decoded, ...new URLSearchParams(decoded.replace(':', '=')).values()]
        : [decoded]
    })
    const body = String(init?.body ?? '')
    const values = headers.some((line) => line.includes('urlencoded'))
      ? [...new URLSearchParams(body).values()]
      : [JSON.stringify(body)]
    const url = new URL(String(input))
    return [url, ...url.searchParams.values(), ...headers, ...pairs, body, ...values].join(' | ')
  }
  const echoing =
    (answer: (echoed: string) => Response): typeof fetch =>
    async (...args) =>
      answer(echo(...args))

  const answers: Record<string, typeof fetch> = {
    'a refusal that repeats the request': echoing((error_description) =>
      Response.json({ error: 'invalid_client', error_description }, { status: 401 }),
    ),
    'a code that repeats the request': echoing((error) =>
      Response.json({ error }, { status: 400 }),
    ),
    'an error of status 200': echoing((message) =>
      Response.json({ error: { message, code: 'x' } }),
    ),
    'a page that repeats the request': echoing((text) => new Response(`<html>${text}</html>`)),
    'a page of an error': echoing((text) => new Response(`<h1>${text}</h1>`, { status: 500 })),
    'a body cut off': echoing((text) => new Response(`{"access_token":"${text}`)),
    'a token that no header can carry': async () => Response.json({ access_token: `${SECRET}\n` }),
    'a token beside another type': async () =>
      Response.json({ access_token: TOKEN, token_type: SECRET, refresh_token: SECRET }),
    'a lifetime that is a secret': async () =>
      Response.json({ access_token: TOKEN, expires_in: SECRET }),
    'half a surrogate pair': async () =>
      new Response(`{"access_token":7,"more":"\\ud800${HEAD}-${TAIL}"}`),
    'a redirect with secrets': echoing(
      (text) =>
        new Response(null, {
          status: 302,
          headers: {
            location: `https://${HEAD}:${TAIL}@other.example/next?${encodeURIComponent(text)}#${HEAD}`,
          },
        }),
    ),
    'a body that is too long': async () => Response.json({ access_token: TOKEN.repeat(60_000) }),
    'a body that breaks off': async () =>
      new Response(
        new ReadableStream({
          start(it) {
            it.enqueue(new TextEncoder().encode(`{"access_token":"${TOKEN}`))
            it.error(new Error('ECONNRESET'))
          },
        }),
      ),
    'no connection, by an error that holds the request': async (input, init) => {
      const sent = String(init?.body)
      const cause = new AggregateError([new Error(`no way for ${sent}`)], sent)
      throw Object.assign(new TypeError(`fetch failed: ${echo(input, init)}`, { cause }), {
        config: { input, init },
        request: init,
        code: 'ECONNREFUSED',
      })
    },
    'no connection, by something that is no error': () => Promise.reject({ secret: SECRET }),
  }

  const settings = { now, retry: { attempts: 1 } }
  const doors: Record<string, (answer: typeof fetch) => Provider<object>> = {
    'client credentials by HTTP Basic': (fetch) =>
      clientCredentials({
        tokenEndpoint,
        clientId: 'app',
        clientSecret: SECRET,
        fetch,
        ...settings,
      }),
    'client credentials by the form': (fetch) =>
      clientCredentials({
        tokenEndpoint,
        clientId: 'app',
        clientAuth: clientSecretPost(SECRET),
        parameters: { assertion: SECRET },
        headers: { 'x-key': TOKEN },
        fetch,
        ...settings,
      }),
    'a refresh token': (fetch) =>
      refreshToken({ tokenEndpoint, clientId: 'app', refreshToken: SECRET, fetch, ...settings }),
    'an exchange of JSON': (fetch) =>
      exchange({
        ...exchanging,
        json: { username: 'user', access_token: SECRET, deep: [{ er: SECRET }] },
        signer: compose(
          bearer(TOKEN),
          apiKey({ in: 'query', name: 'key', key: `${HEAD}?a b&c${TAIL}` }),
        ),
        fetch,
      }),
    'an exchange behind a signature': (fetch) =>
      exchange({
        ...exchanging,
        form: async () => ({ secret: SECRET }),
        signer: basic({ username: 'user', password: `${HEAD}!a b:c${TAIL}` }),
        fetch,
      }),
    'an exchange by a key in the place of a name': (fetch) =>
      exchange({
        ...exchanging,
        headers: { authorization: `Basic ${btoa(`${HEAD}!a b${TAIL}:`)}` },
        fetch,
      }),
    'an exchange by Basic credentials of one part': (fetch) =>
      exchange({
        ...exchanging,
        headers: { authorization: `Basic ${btoa(`${HEAD}!a b${TAIL}`)}` },
        fetch,
      }),
  }
  const exchanging = {
    url: tokenEndpoint,
    read: (body: unknown): object => {
      throw new Error(`no token in ${JSON.stringify(body)}`)
    },
    ...settings,
  } satisfies Partial<ExchangeOptions<object>>

  const cases = Object.entries(doors).flatMap(([door, build]) =>
    Object.entries(answers).map(([what, answer]) => [door, what, build(answer)] as const),
  )
  test.each(cases)('%s: does not quote %s', async (_, __, provider) => {
    const events: CacheEvent[] = []
    const error = await thrown(() => provider())
    expect(error).toBeInstanceOf(CountersignError)
    expectSilence(error)

    const cache = cached(provider as Provider<AccessToken>, {
      now,
      onEvent: (event) => events.push(event),
    })
    const again = await thrown(() => cache())
    expectSilence(again, events, cache)
    const signer = bearer(cache)
    expectSilence(await thrown(() => signer.sign(request())), signer)
    expect(events.map(({ type }) => type)).toContain('refresh-failed')
  })

  test('does not quote what its own readers say', async () => {
    const body = { error: 'x', hint: SECRET, access_token: TOKEN }
    const fetch: typeof globalThis.fetch = async () => Response.json(body, { status: 400 })
    const provider = exchange({
      ...exchanging,
      form: { secret: SECRET },
      fetch,
      readError: () => ({ error: SECRET, errorDescription: `sent ${SECRET}` }),
    })
    expectSilence(await thrown(() => provider()))
    expect.hasAssertions()
  })
})

describe('a cache whose source fails', () => {
  const values: Record<string, unknown> = {
    'a text': SECRET,
    'an empty token': { token: '', secret: SECRET },
    'a token with a line break': { token: `${SECRET}\n` },
    'a token that has expired': { token: TOKEN, expiresAt: NOW - 1 },
    'an expiry that is none': { token: TOKEN, expiresAt: SECRET },
    'half a pair of credentials': { accessKeyId: TOKEN, secretAccessKey: '', sessionToken: SECRET },
  }

  test.each(Object.entries(values))('does not quote %s', async (_, value) => {
    for (const source of [() => value, async () => value]) {
      const events: CacheEvent[] = []
      const cache = cached(source as Provider<AccessToken>, {
        now,
        onEvent: (it) => events.push(it),
      })
      const error = await thrown(() => cache())
      expect(error).toBeInstanceOf(CountersignError)
      expectSilence(error, events, cache)
    }
  })

  test('tells of a foreign error by its name alone', async () => {
    const events: CacheEvent[] = []
    const failing: Provider<AccessToken> = () => {
      throw Object.assign(new RangeError(`wrong: ${SECRET}`), { response: SECRET })
    }
    const cache = cached(failing, { now, onEvent: (it) => events.push(it) })
    expect(await thrown(() => cache())).toBeInstanceOf(RangeError)
    expectSilence(events, cache)
    expect(events).toContainEqual(expect.objectContaining({ code: 'RangeError' }))
  })

  test('tells of every kind of event without a secret', async () => {
    let time = NOW
    let next: () => AccessToken = () => token
    const events: CacheEvent[] = []
    const cache = cached(() => next(), {
      now: () => time,
      random: () => 0,
      staleIfError: true,
      onEvent: (it) => events.push(it),
    })
    cache()
    time += 3_000_000
    cache()
    next = () => {
      throw new Error(SECRET)
    }
    time += 600_000
    cache()
    cache({ refused: cache() as AccessToken })
    next = () => ({ token: TOKEN, expiresAt: time + 3_600_000 })
    time += 3_600_000
    cache()
    expectSilence(events, cache)
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual([
      'refresh-failed',
      'refresh-ok',
      'refresh-start',
      'refused',
      'stale-served',
      'unchanged',
    ])
  })
})

test('a response that was refused shows nothing through the client', async () => {
  const seen: Refusal[] = []
  const signer: Signer = {
    sign: (): Signature => ({ headers: { 'x-a': 'b' } }),
    recover: (refused) => {
      seen.push(refused)
      return false
    },
  }
  const composed = compose(bearer(TOKEN), signer)
  const api = signedFetch(composed, { fetch: async () => new Response(SECRET, { status: 401 }) })
  const response = await api('https://api.example/')
  expect(await response.text()).toBe(SECRET)
  // The refusal holds the request without its proof; what each signer is told is its own part.
  expectSilence(seen, composed, api)
  expect(seen).toHaveLength(1)
})
