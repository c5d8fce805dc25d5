import {
  cached,
  type ClientAuth,
  type ClientCredentialsOptions,
  clientCredentials,
  clientSecretBasic,
  clientSecretPost,
  ExchangeError,
  OptionError,
  type RefreshTokenOptions,
  refreshToken,
} from '@countersign/core'
import { describe, expect, test, vi } from 'vitest'

const NOW = Date.UTC(2026, 10, 21)
const tokenEndpoint = 'https://id.example/oauth2/token'

/** A token endpoint: what it was asked, and what it answers, one after the other. */
function endpoint(...answers: (object | Response)[]) {
  const asked: { url: string; method: string; headers: Headers; form: URLSearchParams }[] = []
  const last = answers.at(-1) ?? { access_token: 't', token_type: 'Bearer', expires_in: 3600 }
  const answer: typeof fetch = async (input, init) => {
    const { url, method, headers, body } = { ...init, url: String(input) } as Required<
      RequestInit & { url: string }
    >
    asked.push({
      url,
      method,
      headers: new Headers(headers),
      form: new URLSearchParams(String(body)),
    })
    const next = answers.shift() ?? last
    return next instanceof Response ? next : Response.json(next)
  }
  return { asked, options: { fetch: answer, now: () => NOW } }
}

const fields = (form: URLSearchParams | undefined) => Object.fromEntries(form ?? [])

describe('clientCredentials', () => {
  const credentials = (changes: Partial<ClientCredentialsOptions> = {}) => {
    const { asked, options } = endpoint()
    const given = { tokenEndpoint, clientId: 'app', clientSecret: 'hunter22', ...options }
    const provider = clientCredentials({ ...given, ...changes } as ClientCredentialsOptions)
    return { asked, provider }
  }

  test('asks for a token with the password by HTTP Basic', async () => {
    const { asked, provider } = credentials()
    await expect(provider()).resolves.toEqual({
      token: 't',
      type: 'Bearer',
      expiresAt: NOW + 3_600_000,
    })
    expect(asked).toHaveLength(1)
    const [{ url, method, headers, form }] = asked as [(typeof asked)[0]]
    expect([url, method]).toEqual([tokenEndpoint, 'POST'])
    expect(Object.fromEntries(headers)).toEqual({
      accept: 'application/json',
      authorization: `Basic ${btoa('app:hunter22')}`,
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(fields(form)).toEqual({ grant_type: 'client_credentials' })
  })

  test('says what the token is for', async () => {
    const { asked, provider } = credentials({
      scope: 'read write',
      audience: 'https://api.example',
      resource: 'urn:example:api',
      parameters: { acr: 'gold', scope: 'lost', grant_type: 'lost' },
      headers: { 'X-Tenant': 'acme' },
    })
    await provider()
    expect(fields(asked[0]?.form)).toEqual({
      grant_type: 'client_credentials',
      scope: 'read write',
      audience: 'https://api.example',
      resource: 'urn:example:api',
      acr: 'gold',
    })
    expect(asked[0]?.headers.get('x-tenant')).toBe('acme')
  })

  test('asks anew each time: it keeps nothing', async () => {
    const { asked, provider } = credentials()
    await Promise.all([provider(), provider()])
    expect(asked).toHaveLength(2)
  })

  test('reads a secret from a function for each request', async () => {
    const secrets = ['one', 'two']
    const { asked, provider } = credentials({ clientSecret: async () => secrets.shift() as string })
    await provider()
    await provider()
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual([
      `Basic ${btoa('app:one')}`,
      `Basic ${btoa('app:two')}`,
    ])
  })

  test('does not ask without a secret, and says whose fault that is', async () => {
    const failure = new Error('the vault is sealed')
    for (const [clientSecret, error] of [
      [() => '', expect.objectContaining({ code: 'invalid-secret' })],
      [() => Promise.reject(failure), failure],
    ] as const) {
      const { asked, provider } = credentials({ clientSecret })
      await expect(provider()).rejects.toEqual(error)
      expect(asked).toEqual([])
    }
  })

  test('takes any other authentication, told for whom and when', async () => {
    const clientAuth = vi.fn<ClientAuth>(() => ({
      form: { client_id: 'other', proof: 'p' },
      headers: { dpop: 'd' },
    }))
    const { asked, provider } = credentials({ clientSecret: undefined, clientAuth } as object)
    await provider()
    expect(clientAuth).toHaveBeenCalledWith({ clientId: 'app', tokenEndpoint, now: NOW })
    expect(asked[0]?.headers.get('dpop')).toBe('d')
    expect(asked[0]?.headers.get('authorization')).toBeNull()
    expect(fields(asked[0]?.form)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'other',
      proof: 'p',
    })
  })

  test.each([
    ['tokenEndpoint', { tokenEndpoint: undefined }],
    ['tokenEndpoint', { tokenEndpoint: '/token' }],
    ['tokenEndpoint', { tokenEndpoint: 'http://id.example/token' }],
    ['tokenEndpoint', { tokenEndpoint: 'https://u:p@id.example/token' }],
    ['clientId', { clientId: '' }],
    ['clientId', { clientId: undefined }],
    ['clientSecret', { clientSecret: undefined }],
    ['clientSecret', { clientSecret: '' }],
    ['clientSecret', { clientSecret: 7 }],
    ['clientAuth', { clientAuth: clientSecretPost('s') }],
    ['clientAuth', { clientSecret: undefined, clientAuth: 'post' }],
    ['fetch', { fetch: 'fetch' }],
    ['now', { now: NOW }],
    ['timeout', { timeout: -1 }],
    ['retry.attempts', { retry: { attempts: '3' } }],
  ])('refuses a wrong %s when it is built: %j', (option, changes) => {
    const build = () => credentials(changes as Partial<ClientCredentialsOptions>)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(
      expect.objectContaining({ option, message: expect.stringMatching(RegExp(`^${option} `)) }),
    )
    expect(build).not.toThrow(/hunter22/)
  })
})

describe('the password of a client', () => {
  const client = { clientId: 's6BhdRkqt3', tokenEndpoint, now: NOW }

  test.each([
    // RFC 6749 §2.3.1, its own example.
    ['s6BhdRkqt3', '7Fjfp0ZBr1KtDRbnfVdmIw', 'Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3'],
    ['a b', 'c:d', `Basic ${btoa('a+b:c%3Ad')}`],
    ['a:b', '%+&=', `Basic ${btoa('a%3Ab:%25%2B%26%3D')}`],
    ['ü', '€😀', `Basic ${btoa('%C3%BC:%E2%82%AC%F0%9F%98%80')}`],
    // Appendix B: what HTML's forms leave as it is.
    ["~!'()", '*-._', `Basic ${btoa('%7E%21%27%28%29:*-._')}`],
  ])('is form-encoded for Basic: %s %s', (clientId, secret, authorization) => {
    expect(clientSecretBasic(secret)({ ...client, clientId })).toEqual({
      headers: { authorization },
    })
  })

  test('stands in the form as it is', () => {
    expect(clientSecretPost('a b:%+&ü')(client)).toEqual({
      form: { client_id: 's6BhdRkqt3', client_secret: 'a b:%+&ü' },
    })
  })

  test('is encoded once in the form that is sent', async () => {
    const { asked, options } = endpoint()
    const clientAuth = clientSecretPost('a b:%+&ü')
    await clientCredentials({ tokenEndpoint, clientId: 'ä&b', clientAuth, ...options })()
    expect(fields(asked[0]?.form)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'ä&b',
      client_secret: 'a b:%+&ü',
    })
  })

  test.each([clientSecretBasic, clientSecretPost])(
    'is read at once, or later: %o',
    async (auth) => {
      const given = auth('secret')(client)
      expect(auth(() => 'secret')(client)).toEqual(given)
      const later = auth(async () => 'secret')(client)
      expect(later).toBeInstanceOf(Promise)
      await expect(later).resolves.toEqual(given)
      for (const wrong of ['', undefined, 7]) {
        expect(() => auth(wrong as string)).toThrow(
          expect.objectContaining({ option: 'clientSecret' }),
        )
        expect(() => auth(() => wrong as string)(client)).toThrow(
          expect.objectContaining({
            code: 'invalid-secret',
            message: expect.stringContaining('The source of clientSecret takes'),
          }),
        )
      }
    },
  )
})

describe('a token response', () => {
  const read = async (answer: object) => {
    const { options } = endpoint(answer)
    const retry = { attempts: 1 }
    return clientCredentials({
      tokenEndpoint,
      clientId: 'app',
      clientSecret: 'hunter22',
      ...options,
      retry,
    })()
  }

  test.each([
    // RFC 6749 §4.4.3, with what more servers say.
    [
      {
        access_token: '2YotnFZFEjr1zCsicMWpAA',
        token_type: 'example-of-none',
        expires_in: 3600,
        example_parameter: 'example_value',
      },
      undefined,
    ],
    [
      { access_token: 't', token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 },
      { token: 't', type: 'Bearer', expiresAt: NOW + 3_599_000 },
    ],
    [
      { access_token: 't', token_type: 'bearer', expires_in: '3600' },
      { token: 't', type: 'bearer', expiresAt: NOW + 3_600_000 },
    ],
    [{ access_token: 't' }, { token: 't' }],
    [{ access_token: 't', token_type: null, expires_in: null }, { token: 't' }],
    [{ access_token: 't', id_token: 'x', refresh_token: 'r', scope: '' }, { token: 't' }],
    [{ access_token: 't', token_type: 'DPoP' }, undefined],
    [{ access_token: 't', token_type: 'mac' }, undefined],
    [{ access_token: 't', token_type: 'Bearer2' }, undefined],
    [{ access_token: 't', token_type: 'x-bearer' }, undefined],
    [{ access_token: 't', token_type: {} }, undefined],
    [{ access_token: '' }, undefined],
    [{ access_token: 7 }, undefined],
    [{ access_token: 'a\r\nb' }, undefined],
    [{ access_token: 't', expires_in: 'soon' }, undefined],
    [{ access_token: 't', expires_in: 0 }, undefined],
    [{ token: 't' }, undefined],
  ])('is read, or refused: %j', async (answer, expected) => {
    const outcome = await read(answer).catch((error: unknown) => error)
    const refused = expect.objectContaining({ name: 'ExchangeError', code: 'invalid-response' })
    expect(outcome).toEqual(expected ?? refused)
  })

  test.each([
    ['access_token', {}],
    ['access_token', { access_token: 7 }],
    ['token_type', { access_token: 't', token_type: 'mac' }],
    ['expires_in', { access_token: 't', expires_in: 'soon' }],
  ])('names what is wrong with its %s', async (field, answer) => {
    await expect(read(answer)).rejects.toThrow(field)
  })
})

describe('refreshToken', () => {
  const refresh = (answers: (object | Response)[], changes: Partial<RefreshTokenOptions> = {}) => {
    const { asked, options } = endpoint(...answers)
    const given = { tokenEndpoint, clientId: 'app', refreshToken: 'r0', ...options }
    return { asked, provider: refreshToken({ ...given, ...changes } as RefreshTokenOptions) }
  }
  const answer = (n: number, next?: string) => ({
    access_token: `t${n}`,
    ...(next && { refresh_token: next }),
  })
  const sent = (asked: { form: URLSearchParams }[]) =>
    asked.map(({ form }) => form.get('refresh_token'))

  test('asks as a public client, if it has no secret', async () => {
    const { asked, provider } = refresh([answer(1)], { scope: 'read' })
    await expect(provider()).resolves.toEqual({ token: 't1' })
    expect(asked[0]?.headers.get('authorization')).toBeNull()
    expect(fields(asked[0]?.form)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r0',
      client_id: 'app',
      scope: 'read',
    })
  })

  test.each([
    [{ clientSecret: 'hunter22' }, `Basic ${btoa('app:hunter22')}`, undefined],
    [{ clientAuth: clientSecretPost('hunter22') }, null, 'hunter22'],
  ])('authenticates the client that has one', async (changes, authorization, secret) => {
    const { asked, provider } = refresh([answer(1)], changes as object)
    await provider()
    expect(asked[0]?.headers.get('authorization')).toBe(authorization)
    expect(fields(asked[0]?.form).client_secret).toBe(secret)
  })

  test('follows a server that rotates the token, and tells of each new one before its access token', async () => {
    const told: string[] = []
    const { asked, provider } = refresh([answer(1, 'r1'), answer(2, 'r2'), answer(3)], {
      onRefreshToken: async (next) => {
        await Promise.resolve()
        told.push(next)
      },
    })
    for (const [token, known] of [
      ['t1', ['r1']],
      ['t2', ['r1', 'r2']],
      ['t3', ['r1', 'r2']],
      ['t3', ['r1', 'r2']],
    ] as const) {
      await expect(provider()).resolves.toEqual({ token })
      expect(told).toEqual(known)
    }
    expect(sent(asked)).toEqual(['r0', 'r1', 'r2', 'r2'])
  })

  test('keeps the token that it has, where the server gives none or nonsense', async () => {
    const { asked, provider } = refresh([
      answer(1),
      { access_token: 't2', refresh_token: '' },
      { access_token: 't3', refresh_token: 7 },
      { access_token: 't4', refresh_token: null },
      answer(5),
    ])
    for (let n = 0; n < 5; n++) await provider()
    expect(sent(asked)).toEqual(Array(5).fill('r0'))
  })

  test('prefers what its source has come to know since', async () => {
    const stored = ['r0', 'r0', 'given by hand', 'given by hand']
    const { asked, provider } = refresh(
      [answer(1, 'r1'), answer(2, 'r2'), answer(3, 'r3'), answer(4)],
      {
        refreshToken: () => stored.shift() as string,
      },
    )
    for (let n = 0; n < 4; n++) await provider()
    expect(sent(asked)).toEqual(['r0', 'r1', 'given by hand', 'r3'])
  })

  test('works with a source that stores what it is told', async () => {
    let stored = 'r0'
    const { asked, provider } = refresh([answer(1, 'r1'), answer(2, 'r2'), answer(3)], {
      refreshToken: async () => stored,
      onRefreshToken: (next) => {
        stored = next
      },
    })
    for (let n = 0; n < 3; n++) await provider()
    expect(sent(asked)).toEqual(['r0', 'r1', 'r2'])
  })

  test('keeps a rotated token even if it cannot be stored', async () => {
    const failure = new Error('the disk is full')
    const { asked, provider } = refresh([answer(1, 'r1'), answer(2)], {
      onRefreshToken: () => Promise.reject(failure),
    })
    await expect(provider()).rejects.toBe(failure)
    await expect(provider()).resolves.toEqual({ token: 't2' })
    expect(sent(asked)).toEqual(['r0', 'r1'])
  })

  test('does not ask without a refresh token, and names it', async () => {
    const { asked, provider } = refresh([answer(1)], { refreshToken: () => '' })
    await expect(provider()).rejects.toMatchObject({
      code: 'invalid-secret',
      message: expect.stringContaining('The source of refreshToken takes'),
    })
    expect(asked).toEqual([])
  })

  test('does not ask again after a lost answer, since the token may be used up', async () => {
    const sends = vi.fn<typeof fetch>(() => Promise.reject(new TypeError('fetch failed')))
    const { provider } = refresh([], { fetch: sends })
    await expect(provider()).rejects.toMatchObject({ code: 'exchange-unreachable' })
    expect(sends).toHaveBeenCalledOnce()
  })

  test('asks again after an answer that says so, with the same token', async () => {
    const busy = Response.json({ error: 'temporarily_unavailable' }, { status: 503 })
    const { asked, provider } = refresh([busy, answer(1)], { retry: { delay: 0 } })
    await expect(provider()).resolves.toEqual({ token: 't1' })
    expect(sent(asked)).toEqual(['r0', 'r0'])
  })

  test('fails for good when the grant is gone', async () => {
    const gone = Response.json(
      { error: 'invalid_grant', error_description: 'Token r0-of-the-user is revoked' },
      { status: 400 },
    )
    const { asked, provider } = refresh([gone], { refreshToken: 'r0-of-the-user' })
    const error = await Promise.resolve(provider()).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ExchangeError)
    expect(error).toMatchObject({ status: 400, error: 'invalid_grant', retryable: false })
    expect(String(error)).not.toContain('r0-of-the-user')
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['refreshToken', { refreshToken: undefined }],
    ['refreshToken', { refreshToken: '' }],
    ['clientAuth', { clientSecret: 's', clientAuth: clientSecretPost('s') }],
    ['clientAuth', { clientAuth: {} }],
    ['onRefreshToken', { onRefreshToken: 'store' }],
    ['clientId', { clientId: undefined }],
    ['tokenEndpoint', { tokenEndpoint: 'id.example' }],
  ])('refuses a wrong %s when it is built', (option, changes) => {
    const build = () => refresh([], changes as object)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option }))
  })
})

test('nothing is built of no options', () => {
  const nothing = undefined as unknown as never
  expect(() => clientCredentials(nothing)).toThrow(TypeError)
  expect(() => refreshToken(nothing)).toThrow(TypeError)
})

describe('what must not be lost', () => {
  test('`parameters` may hold scope, audience and resource, and the options win', async () => {
    const { asked, options } = endpoint()
    const parameters = { scope: 's', audience: 'a', resource: 'r', other: 'o' }
    const given = {
      tokenEndpoint,
      clientId: 'app',
      clientSecret: 'hunter22',
      parameters,
      ...options,
    }
    await clientCredentials(given)()
    await clientCredentials({ ...given, scope: 'mine' })()
    expect(asked.map(({ form }) => fields(form))).toEqual([
      { grant_type: 'client_credentials', ...parameters },
      { grant_type: 'client_credentials', ...parameters, scope: 'mine' },
    ])
  })

  /** Rotates with each answer, and takes a token that it has already replaced for stolen. */
  function rotating() {
    let current = 'rt0'
    let release: (() => void) | undefined
    const sent: string[] = []
    const answer: typeof fetch = async (_, init) => {
      const used = new URLSearchParams(String(init?.body)).get('refresh_token') ?? ''
      sent.push(used)
      if (used !== current) return Response.json({ error: 'invalid_grant' }, { status: 400 })
      current = `rt${sent.length}`
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return Response.json({ access_token: `at${sent.length}`, refresh_token: current })
    }
    return { sent, fetch: answer, release: () => release?.() }
  }

  test('a caller that leaves does not take the new refresh token along', async () => {
    const server = rotating()
    const provider = cached(
      refreshToken({ tokenEndpoint, clientId: 'app', refreshToken: 'rt0', fetch: server.fetch }),
    )
    const controller = new AbortController()
    const left = provider({ signal: controller.signal })
    await vi.waitUntil(() => server.sent.length === 1)
    controller.abort()
    await expect(left).rejects.toMatchObject({ name: 'AbortError' })
    const next = provider()
    server.release()
    await expect(next).resolves.toMatchObject({ token: 'at1' })
    provider.clear()
    const after = provider()
    await vi.waitUntil(() => server.sent.length === 2)
    server.release()
    await expect(after).resolves.toMatchObject({ token: 'at2' })
    expect(server.sent).toEqual(['rt0', 'rt1'])
  })

  test.each([502, 504, 500])('a refresh token is not sent again after a %i', async (status) => {
    const { asked, options } = endpoint(new Response('gateway', { status }), { access_token: 't' })
    const given = { tokenEndpoint, clientId: 'app', refreshToken: 'rt0', retry: { delay: 0 } }
    await expect(refreshToken({ ...given, ...options })()).rejects.toMatchObject({ status })
    expect(asked).toHaveLength(1)
  })

  test.each([429, 503])('… but after a %i, which says that nothing was done', async (status) => {
    const { asked, options } = endpoint(new Response('later', { status }), { access_token: 't' })
    const given = { tokenEndpoint, clientId: 'app', refreshToken: 'rt0', retry: { delay: 0 } }
    await expect(refreshToken({ ...given, ...options })()).resolves.toEqual({ token: 't' })
    expect(asked).toHaveLength(2)
  })
})
