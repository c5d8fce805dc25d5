import { inspect } from 'node:util'
import {
  type CacheEvent,
  type CountersignError,
  OptionError,
  type Provider,
  type Signer,
} from '@countersign/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { amperity } from '../src/amperity.ts'
import { angus } from '../src/angus.ts'
import { kalibrate } from '../src/kalibrate.ts'
import { optimizelyDxp } from '../src/optimizelyDxp.ts'
import { optimizelyEvents } from '../src/optimizelyEvents.ts'
import type { ServiceOptions } from '../src/service.ts'
import { failure, shown, stub } from './support.ts'

/** What must never be seen: every option that is a secret, and every token that comes of it. */
const SECRET = 'MARKEDsecretOFtheTEST0MARKED'
const ISSUED = 'MARKEDissuedTOKENofTHEtest'

/** Any service with good options, and with these in place of its seams. */
type Build = (options: ServiceOptions) => Signer & { baseUrl?: string }

const events = (options: ServiceOptions) => {
  const service = optimizelyEvents({ token: SECRET, ...options })
  const sign = async () => {
    const { secretAccessKey } = await service.credentials()
    return { headers: { authorization: secretAccessKey } }
  }
  return Object.freeze({ ...service, sign })
}

const SERVICES: Record<string, [build: Build, baseUrl?: string]> = {
  kalibrate: [
    (options) =>
      kalibrate({
        tenant: 'efa98c7b-2114-46e8-be99-954a4f1a2d9c',
        clientId: 'client',
        clientSecret: SECRET,
        scope: 'api://x/.default',
        userAgent: 'acme/1',
        ...options,
      }),
    'https://dev.data.thekalibratecloud.com',
  ],
  'amperity, token': [
    (options) => amperity({ tenant: 'acme', token: SECRET, ...options }),
    'https://acme.amperity.com',
  ],
  'amperity, issuer': [
    (options) => amperity({ tenant: 'acme', issuer: { apiKeyId: 'k', token: SECRET }, ...options }),
    'https://acme.amperity.com',
  ],
  'amperity, client': [
    (options) => amperity({ tenant: 'acme', clientId: 'c', clientSecret: SECRET, ...options }),
    'https://acme.amperity.com',
  ],
  angus: [
    (options) => angus({ username: 'u', clientId: 'c', accessToken: SECRET, ...options }),
    'https://data.angus.ai/api/1',
  ],
  optimizelyDxp: [
    (options) => optimizelyDxp({ key: 'key', secret: SECRET, ...options }),
    'https://paasportal.episerver.net/api/v1.0',
  ],
  optimizelyEvents: [events],
}
const all = Object.entries(SERVICES).map(([name, [build, baseUrl]]) => ({ name, build, baseUrl }))
const signers = all.filter(({ baseUrl }) => baseUrl !== undefined)
const exchanging = all.filter(({ name }) => !/token|Dxp/.test(name))

afterEach(() => {
  vi.useRealTimers()
})

const request = (url: string) => ({ method: 'GET', url, headers: {} })

describe.each(signers)('$name', ({ build, baseUrl }) => {
  test('has its address without a slash at the end', () => {
    expect(build({})).toHaveProperty('baseUrl', baseUrl)
    expect(build({ baseUrl: 'https://proxy.example' })).toHaveProperty(
      'baseUrl',
      'https://proxy.example',
    )
    expect(build({ baseUrl: new URL('https://proxy.example/a/b//') })).toHaveProperty(
      'baseUrl',
      'https://proxy.example/a/b',
    )
  })

  test('signs for another address in place of its own', async () => {
    const { fetch } = stub(() => Response.json({ access_token: ISSUED, token: ISSUED }))
    const signer = build({ baseUrl: 'http://127.0.0.1:4711/api', fetch })
    const { headers } = await signer.sign(request('http://127.0.0.1:4711/api/x'))
    expect(headers.authorization).toMatch(/^(?:Bearer|epi-hmac) /)
    const foreign = await failure(async () => signer.sign(request('http://127.0.0.1:4712/api/x')))
    expect(foreign).toMatchObject({ code: 'foreign-origin' })
  })

  test('leaves an authorization of the caller alone, and fetches no token for it', async () => {
    const { fetch, requests } = stub(() => Response.json({}))
    const headers = { authorization: 'Bearer of-the-caller' }
    const signature = await build({ fetch }).sign({ ...request(`${baseUrl}/x`), headers })
    expect(signature.headers).not.toHaveProperty('authorization')
    expect(requests).toHaveLength(0)
  })
})

describe.each(all)('$name', ({ build }) => {
  test('is frozen, and shows no secret', () => {
    const service = build({})
    expect(Object.isFrozen(service)).toBe(true)
    expect(shown(service)).not.toContain('MARKED')
    expect(inspect(service, { depth: null, getters: true, showProxy: true })).not.toMatch(/MARKED/)
  })

  test.each<[mistake: string, options: object | undefined, option: string]>([
    ['an address over http', { baseUrl: 'http://api.example' }, 'baseUrl'],
    ['an address with a user', { baseUrl: `https://user:${SECRET}@api.example` }, 'baseUrl'],
    ['an address with a query', { baseUrl: `https://api.example/?key=${SECRET}` }, 'baseUrl'],
    ['no address', { baseUrl: 'api.example' }, 'baseUrl'],
    ['an address of another kind', { baseUrl: 'ftp://api.example' }, 'baseUrl'],
  ])('refuses %s', async (_, options, option) => {
    const error = await failure(() => build(options as ServiceOptions))
    expect(error).toBeInstanceOf(OptionError)
    expect(error).toMatchObject({ option, code: 'invalid-option' })
    expect(shown(error)).not.toContain('MARKED')
  })

  test('takes plain http where it is asked to', () => {
    expect(() => build({ baseUrl: 'http://api.example', allowInsecure: true })).not.toThrow()
    expect(() => build({ baseUrl: 'http://localhost:1' })).not.toThrow()
  })

  test('refuses a clock that is no function', () => {
    expect(() => build({ now: 1 } as unknown as ServiceOptions)).toThrow(/^now takes a function/)
  })
})

describe.each(exchanging)('$name', ({ build, baseUrl = 'https://api.optimizely.com/v2' }) => {
  const sign = (options: ServiceOptions) => async () =>
    build({ retry: { attempts: 1 }, ...options }).sign(request(`${baseUrl}/api/x`))

  test.each<[mistake: string, options: object, words: RegExp]>([
    ['a fetch that is none', { fetch: 'x' }, /^fetch takes a function/],
    ['a timeout that is no number', { timeout: '1s' }, /^timeout takes a number/],
    ['a listener that is none', { onEvent: 'x' }, /^onEvent takes a function/],
    ['a timeout that cannot be counted with', { timeout: 5n }, /^timeout takes a number/],
    ['a wrapper that wraps nothing', { wrapSource: () => {} }, /^wrapSource takes a function that/],
  ])('refuses %s', (_, options, words) => {
    expect(() => build(options as ServiceOptions)).toThrow(words)
  })

  test.each([5_000, 120_000])(
    'gives up a token request after %i ms, not before',
    async (timeout) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const fetch = () => new Promise<never>(() => {})
      const failed = failure<CountersignError>(sign({ fetch, timeout }))
      let over = false
      void failed.then(() => {
        over = true
      })
      await vi.advanceTimersByTimeAsync(timeout - 1)
      expect(over).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      const { code, message } = await failed
      expect(code).toBe('exchange-unreachable')
      expect(message).toContain(`no answer within ${timeout} ms`)
    },
  )

  const words = `${SECRET} ${ISSUED} Bearer ${SECRET}`
  test.each<[what: string, answer: () => Response]>([
    ['a refusal that echoes', () => Response.json({ error: 'x', message: words }, { status: 400 })],
    ['a refused credential', () => Response.json({ message: words }, { status: 401 })],
    ['a field that echoes', () => Response.json({ token: [SECRET] }, { status: 400 })],
    ['a failure that echoes', () => new Response(words, { status: 500 })],
    ['an answer that is none', () => new Response(words)],
    ['another answer', () => Response.json({ access_token: [ISSUED], s3Path: SECRET })],
    ['a redirect', () => Response.redirect(`https://a.example/?${SECRET}`)],
    [
      'a lost connection',
      () => {
        throw new TypeError('fetch failed', { cause: new Error(`socket for ${SECRET} closed`) })
      },
    ],
  ])('shows no secret after %s', async (_, answer) => {
    const told: CacheEvent[] = []
    const { fetch } = stub(answer)
    const error = await failure(sign({ fetch, onEvent: (event) => told.push(event) }))
    expect(error.name).toBe('ExchangeError')
    expect(told.map(({ type }) => type)).toEqual(['refresh-start', 'refresh-failed'])
    expect(shown(error) + shown(told)).not.toContain(SECRET)
  })
})

test.each([kalibrate, amperity, angus, optimizelyDxp, optimizelyEvents])(
  '$name without options names what is missing',
  (build) => {
    expect(() => (build as (options?: unknown) => void)()).toThrow(
      'options takes an object, not undefined',
    )
  },
)

describe('wrapSource', () => {
  test.each(exchanging)('$name: it is a function', ({ build }) => {
    expect(() => build({ wrapSource: 1 } as unknown as ServiceOptions)).toThrow(
      /^wrapSource takes a function/,
    )
  })

  const answer = {
    access_token: ISSUED,
    token: ISSUED,
    credentials: {
      accessKeyId: 'ASIA',
      secretAccessKey: ISSUED,
      sessionToken: ISSUED,
      expiration: Date.now() + 3_600_000,
    },
    s3Path: 's3://optimizely-events-data/v1/account_id=1',
  }

  test.each(exchanging)('$name: what it returns is asked in place of the source', async (one) => {
    const { build, baseUrl = 'https://api.optimizely.com/v2' } = one
    const { fetch, requests } = stub(() => Response.json(answer))
    const asked: unknown[] = []
    const wrapSource = <T>(source: Provider<T>): Provider<T> => {
      asked.push('built')
      return async (options) => {
        asked.push(requests.length)
        return source(options)
      }
    }
    const service = build({ fetch, wrapSource })
    expect(asked).toEqual(['built'])
    const { headers } = await service.sign(request(`${baseUrl}/api/x`))
    expect(headers.authorization).toContain(ISSUED)
    await service.sign(request(`${baseUrl}/api/x`))
    expect(asked).toEqual(['built', 0])
    expect(requests).toHaveLength(1)
  })

  test.each(all.filter((one) => !exchanging.includes(one)))(
    '$name has no use for it',
    ({ build }) => {
      const wrapSource = vi.fn()
      build({ wrapSource })
      expect(wrapSource).not.toHaveBeenCalled()
    },
  )
})
