import {
  bearer,
  clientCredentials,
  exchange,
  OptionError,
  type RetryOptions,
} from '@countersign/core'
import { describe, expect, test, vi } from 'vitest'

/** What a hostile or broken endpoint can do to who asks it. */

const SECRET = 's3cr3t/Abc&def-XYZ'
const provider = (
  answer: () => Response | Promise<Response>,
  retry: RetryOptions = { attempts: 1 },
) =>
  clientCredentials({
    tokenEndpoint: 'https://id.example/token',
    clientId: 'app',
    clientSecret: SECRET,
    fetch: async () => answer(),
    retry,
  })

async function failureOf(answer: () => Response): Promise<{ code: string; message: string }> {
  try {
    await provider(answer)()
  } catch (error) {
    return error as never
  }
  return { code: 'none', message: '' }
}

describe('an answer that is deep or wide', () => {
  const wide = JSON.stringify(Array(150_000).fill('a'))
  test.each([
    ['deep', '['.repeat(400_000) + ']'.repeat(400_000)],
    ['deep in `error`', `${'{"error":'.repeat(90_000)}1${'}'.repeat(90_000)}`],
    ['deep and wide', '['.repeat(3_000) + wide + ']'.repeat(3_000)],
    ['wide', `{${Array.from({ length: 25_000 }, (_, n) => `"k${n}":"value-${n}"`).join()}}`],
  ])('%s: an ExchangeError like any other', async (_, body) => {
    for (const status of [200, 400]) {
      const error = await failureOf(() => new Response(body, { status }))
      expect(error).toMatchObject({ name: 'ExchangeError' })
      expect(error.message.length).toBeLessThan(400)
    }
  })

  test('a reader that quotes a wide answer shows none of its strings', async () => {
    const source = exchange({
      url: 'https://id.example/',
      read: (body) => {
        throw new Error(`no token in ${JSON.stringify(body)}`)
      },
      fetch: async () =>
        Response.json(
          Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, `token-${n}-x`])),
        ),
    })
    await expect(source()).rejects.toThrow(expect.not.stringMatching(/token-\d+-x/))
  })

  test('what an asynchronous reader throws is concealed and typed, too', async () => {
    const source = exchange({
      url: 'https://id.example/',
      read: async (body) => {
        throw new Error(`no token in ${JSON.stringify(body)}`)
      },
      fetch: async () => Response.json({ secret: 'a-token-of-theirs' }),
    })
    await expect(source()).rejects.toMatchObject({
      code: 'invalid-response',
      message: expect.not.stringContaining('a-token-of-theirs'),
    })
  })

  test('the words of an endpoint are at most 200 characters of the message', async () => {
    const body = JSON.stringify({ error: 'e'.repeat(300), error_description: 'd'.repeat(300) })
    const { message } = await failureOf(() => new Response(body, { status: 400 }))
    expect(message.match(/[ed]{3,}(?:: [ed]+)?/)?.[0].length).toBeLessThanOrEqual(200)
  })
})

describe('a reader that an answer breaks', () => {
  const hostile: [string, string][] = [
    ['cannot be made a text', '{"detail":{"toString":1}}'],
    ['is nested too deep to be joined', `{"detail":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    ['is no object', 'null'],
  ]
  const source = (body: string, status: number) =>
    exchange({
      url: 'https://id.example/',
      retry: { attempts: 1 },
      read: (body) => body,
      readError: (body) => ({ errorDescription: String(Object.values(body as object)) }),
      fetch: async () => new Response(body, { status }),
    })

  test.each(hostile)(
    'an error body that %s is a refusal with its status all the same',
    async (_, body) => {
      await expect(source(body, 400)()).rejects.toMatchObject({
        name: 'ExchangeError',
        code: 'exchange-refused',
        status: 400,
      })
      await expect(source(body, 503)()).rejects.toMatchObject({ code: 'exchange-unavailable' })
    },
  )

  test('a reader that reads no text is a refusal without one', async () => {
    const source = exchange({
      url: 'https://id.example/',
      read: (body) => body,
      readError: () => ({ error: 17 as never, errorDescription: 'no' }),
      fetch: async () => new Response(null, { status: 400 }),
    })
    await expect(source()).rejects.toMatchObject({ code: 'exchange-refused', status: 400 })
  })

  test('a reader that throws nothing is an answer that cannot be used', async () => {
    const source = exchange({
      url: 'https://id.example/',
      read: () => {
        throw null
      },
      fetch: async () => Response.json({}),
    })
    await expect(source()).rejects.toMatchObject({ code: 'invalid-response', status: 200 })
  })
})

test('no character of an endpoint’s words is halved in the message', async () => {
  const words = { error: 'e'.repeat(100), error_description: `${'d'.repeat(97)}😀` }
  const { message } = await failureOf(() => Response.json(words, { status: 400 }))
  expect(message).toContain(`${'e'.repeat(100)}: ${'d'.repeat(97)})`)
  expect(message).not.toMatch(/\p{Cs}/u)
})

describe('a secret that is repeated', () => {
  test.each([
    ['as it is', SECRET],
    ['in capitals', SECRET.toUpperCase()],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['in HTML', SECRET.replace('&', '&amp;')],
    ['in base64', btoa(SECRET)],
    ['in base64url', btoa(SECRET).replaceAll('/', '_').replaceAll('+', '-').replace(/=+$/, '')],
    ['in JSON', JSON.stringify(SECRET)],
  ])('%s: is not shown', async (_, echo) => {
    const error = await failureOf(() =>
      Response.json({ error: 'no', message: `wrong: <${echo}>` }, { status: 400 }),
    )
    expect(error.message).toContain('wrong: <')
    expect(error.message.toLowerCase()).not.toContain(echo.toLowerCase())
  })

  test.each([
    ['in the path', `https://evil.example/cb/${encodeURIComponent(SECRET)}/${'x'.repeat(5_000)}`],
    ['in the host', `https://${btoa(SECRET).replace(/\W/g, '').toLowerCase()}.example/`],
    ['in a data URL', `data:text/plain,${SECRET}`],
  ])('%s of a redirect: is not shown, nor is much of the rest', async (_, location) => {
    const error = await failureOf(() => new Response(null, { status: 302, headers: { location } }))
    expect(error).toMatchObject({ code: 'exchange-redirected' })
    expect(error.message.length).toBeLessThan(400)
    expect(error.message).not.toContain('s3cr3t')
  })

  test('a secret given as a number is refused without being repeated', () => {
    const mistakes = [
      () =>
        clientCredentials({
          tokenEndpoint: 'https://id.example',
          clientId: 'a',
          clientSecret: 987654321 as never,
        }),
      () => bearer(987654321 as never),
    ]
    for (const build of mistakes) {
      expect(build).toThrow(OptionError)
      expect(build).toThrow(expect.not.stringContaining('987654321'))
      expect(build).toThrow('a number')
    }
  })
})

describe('ends', () => {
  test.each([300, 304, 305, 399])('a %i is no redirect', async (status) => {
    const error = await failureOf(
      () => ({ status, headers: new Headers(), body: null, type: 'basic' }) as Response,
    )
    expect(error).toMatchObject({ code: 'exchange-refused', status })
  })

  test('the body of a redirect is let go', async () => {
    let cancelled = 0
    const endless = new ReadableStream({ cancel: () => void cancelled++ })
    const error = await failureOf(
      () => new Response(endless, { status: 302, headers: { location: 'https://b.example/' } }),
    )
    expect([error.code, cancelled]).toEqual(['exchange-redirected', 1])
  })

  test('a timeout beyond what a timer can hold is not an immediate one', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const source = exchange({
      url: 'https://id.example/',
      timeout: 2 ** 31,
      read: (body) => body,
      fetch: async () => Response.json({ a: 1 }),
    })
    await expect(source()).resolves.toEqual({ a: 1 })
    expect(timers.mock.calls.map(([, delay]) => delay)).toEqual([2 ** 31 - 1])
    timers.mockRestore()
  })
})
