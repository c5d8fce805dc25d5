import { inspect } from 'node:util'
import { type ExchangeError, OptionError } from '@countersign/core'
import { describe, expect, test, vi } from 'vitest'
import {
  type ExportFolder,
  optimizelyEvents,
  type OptimizelyEventsOptions,
  parseS3Path,
} from '../src/optimizelyEvents.ts'
import { failure, HOUR, inProcess, MINUTE, overBoth, shown, stub } from './support.ts'

const OUTAGE = { service: 'optimizelyEvents', status: 503, times: 1000 } as const

overBoth((open) => {
  test('credentials for an hour, asked for once', async () => {
    const { sandbox, options, seams } = await open()
    const { credentials, region } = optimizelyEvents({ ...options.optimizelyEvents, ...seams })
    const given = await credentials()
    const [issued] = sandbox.issued
    expect({ ...given }).toEqual({
      accessKeyId: issued?.accessKeyId,
      secretAccessKey: issued?.secretAccessKey,
      sessionToken: issued?.sessionToken,
      expiresAt: seams.now() + HOUR,
      s3Path: `s3://optimizely-events-data/v1/account_id=${issued?.accountId}`,
    })
    expect(region).toBe('us-east-1')
    // Warm, they are there at once, and the very same.
    expect(credentials()).toBe(given)
    expect(credentials.peek()).toBe(given)
    expect(sandbox.requests).toHaveLength(1)
    expect(sandbox.requests[0]?.target).toBe('/v2/export/credentials?duration=1h')
    expect(sandbox.requests[0]?.headers.get('authorization')).toBe(
      `Bearer ${options.optimizelyEvents.token}`,
    )
  })

  test('a path with a slash at its end', async () => {
    const { sandbox, options, seams } = await open({ optimizelyEvents: { slash: true } })
    const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...seams })
    const { s3Path } = await credentials()
    expect(s3Path).toMatch(/\/$/)
    expect(parseS3Path(s3Path).accountId).toBe(sandbox.issued[0]?.accountId)
  })

  test('they turn over in the middle of a transfer that outlasts them', async () => {
    const { sandbox, options, seams, advance } = await open()
    const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...seams })
    const used = new Set<string>()
    // S3 takes what has not run out: a request every minute, for three hours.
    for (let minute = 0; minute < 180; minute++) {
      const { accessKeyId, expiresAt } = await credentials()
      expect(expiresAt).toBeGreaterThan(seams.now())
      used.add(accessKeyId)
      advance(MINUTE)
      // What goes on in the background has arrived by the next minute.
      await vi.waitFor(() => expect(settled(sandbox)).toBe(true))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(used.size).toBeGreaterThanOrEqual(3)
    expect(sandbox.requests.length).toBeLessThanOrEqual(5)
  })

  test('a wrong token is a final error in the words of Optimizely', async () => {
    const { sandbox, seams, options } = await open()
    const token = '2:wrong-token-of-the-test'
    const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...seams, token })
    const error = await failure<ExchangeError>(async () => credentials())
    expect(error).toMatchObject({
      name: 'ExchangeError',
      code: 'exchange-refused',
      status: 401,
      error: 'unauthorized',
      errorDescription: 'Invalid/Expired credentials',
      retryable: false,
    })
    expect(error.message).toMatch(
      /^GET http.*\/v2\/export\/credentials answered 401 \(unauthorized: Invalid\/Expired credentials\)/,
    )
    expect(shown(error)).not.toContain('wrong-token-of-the-test')
    await failure(async () => credentials())
    expect(sandbox.requests).toHaveLength(1)
  })

  test('a token that was replaced is read anew', async () => {
    const { options, seams } = await open()
    const given = ['2:an-old-token']
    const { token } = options.optimizelyEvents
    const source = async () => given.shift() ?? token
    const { credentials } = optimizelyEvents({
      ...options.optimizelyEvents,
      ...seams,
      token: source,
    })
    expect(await credentials()).toHaveProperty('accessKeyId')
  })

  test('refused credentials are replaced, once for all who held them', async () => {
    const { sandbox, options, seams } = await open()
    const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...seams })
    const refused = await credentials()
    const [one, other] = await Promise.all([credentials({ refused }), credentials({ refused })])
    expect(one).toBe(other)
    expect(one).not.toBe(refused)
    expect(sandbox.requests).toHaveLength(2)
    expect(credentials({ refused })).toBe(one)
  })
})

const settled = ({ requests }: { requests: readonly { status: number }[] }) =>
  requests.every(({ status }) => status !== 0)

describe('credentials for fifteen minutes', () => {
  test('are used for ten of them before they are renewed, not renewed on every use', async () => {
    const { sandbox, options, seams, advance } = await inProcess()
    const { credentials } = optimizelyEvents({
      ...options.optimizelyEvents,
      ...seams,
      duration: '15m',
    })
    const first = await credentials()
    expect(first.expiresAt).toBe(seams.now() + 15 * MINUTE)
    expect(sandbox.requests[0]?.target).toBe('/v2/export/credentials?duration=15m')
    for (let i = 0; i < 10; i++) {
      expect(await credentials()).toBe(first)
      advance(MINUTE)
    }
    expect(sandbox.requests).toHaveLength(1)
    advance(MINUTE)
    expect(await credentials()).toBe(first)
    await vi.waitFor(() => expect(credentials.peek()).not.toBe(first))
    expect(sandbox.requests).toHaveLength(2)
  })
})

describe('an outage of Optimizely', () => {
  test('costs nothing while the credentials last, and then S3 is left to decide', async () => {
    const { sandbox, options, seams, advance, events } = await inProcess()
    const { credentials } = optimizelyEvents({
      ...options.optimizelyEvents,
      ...seams,
      retry: { attempts: 1 },
    })
    const first = await credentials()
    sandbox.inject(OUTAGE)
    advance(50 * MINUTE)
    expect(await credentials()).toBe(first)
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe('refresh-failed'))
    for (let i = 0; i < 5; i++) expect(await credentials()).toBe(first)
    expect(sandbox.requests).toHaveLength(2)

    advance(20 * MINUTE)
    expect(first.expiresAt).toBeLessThan(seams.now())
    expect(await credentials()).toBe(first)
    expect(events.at(-1)).toMatchObject({ type: 'stale-served', expiresAt: first.expiresAt })

    sandbox.reset()
    advance(10 * MINUTE)
    expect(await credentials()).not.toBe(first)
  })

  test('but a refusal is an error, once the old credentials have run out', async () => {
    const { sandbox, options, seams, advance } = await inProcess()
    const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...seams })
    await credentials()
    sandbox.revoke('optimizelyEvents', 'credentials')
    advance(HOUR)
    expect(await failure(async () => credentials())).toMatchObject({
      status: 401,
      retryable: false,
    })
  })

  test('before the first answer, is an error that says so', async () => {
    const { sandbox, options, seams } = await inProcess()
    sandbox.inject({ ...OUTAGE, drop: 'before' })
    const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...seams })
    const error = await failure(async () => credentials())
    expect(error).toMatchObject({ code: 'exchange-unreachable', retryable: true })
    expect(error.message).toMatch(
      /^GET https:\/\/api\.optimizely\.com\/v2\/export\/credentials got/,
    )
    expect(sandbox.requests).toHaveLength(3)
  })
})

describe('the answer', () => {
  const credentials = {
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'secret-access-key-of-the-test',
    sessionToken: 'session-token-of-the-test',
    expiration: 4_102_444_800_000,
  }
  const s3Path = 's3://optimizely-events-data/v1/account_id=12345'
  const answered = async (body: unknown) => {
    const { fetch } = stub(() => Response.json(body))
    return optimizelyEvents({ token: '2:abc', fetch, retry: { attempts: 1 } }).credentials()
  }

  test.each([
    ['accessKeyId', { credentials: { ...credentials, accessKeyId: undefined }, s3Path }],
    ['secretAccessKey', { credentials: { ...credentials, secretAccessKey: '' }, s3Path }],
    ['sessionToken', { credentials: { ...credentials, sessionToken: null }, s3Path }],
    ['expiration', { credentials: { ...credentials, expiration: undefined }, s3Path }],
    ['s3Path', { credentials }],
    ['accessKeyId, secretAccessKey, sessionToken, expiration', { s3Path }],
    ['accessKeyId, secretAccessKey, sessionToken, expiration, s3Path', []],
    [
      'accessKeyId, secretAccessKey, sessionToken, expiration',
      { credentials: JSON.parse(`{"__proto__":${JSON.stringify(credentials)}}`), s3Path },
    ],
    [
      'accessKeyId, secretAccessKey, sessionToken, expiration, s3Path',
      JSON.parse(`{"__proto__":${JSON.stringify({ credentials, s3Path })}}`),
    ],
  ])('without %s is an error that names it', async (missing, body) => {
    const error = await failure(answered(body))
    expect(error).toMatchObject({ code: 'invalid-response' })
    expect(error.message).toMatch(new RegExp(`answered 200, but it lacks ${missing}$`))
    expect(shown(error)).not.toContain(credentials.secretAccessKey)
  })

  test.each([
    [
      'an expiration that is none',
      { credentials: { ...credentials, expiration: 'soon' }, s3Path },
      /expiration/,
    ],
    ['a path of another form', { credentials, s3Path: '/v1/account_id=12345' }, /s3Path/],
    [
      'a path with what a terminal obeys',
      { credentials, s3Path: 's3://bucket/v1\u001b[2J/account_id=12345' },
      /s3Path/,
    ],
    [
      'credentials that have run out',
      { credentials: { ...credentials, expiration: 1 }, s3Path },
      /expired/,
    ],
  ])('with %s is an error', async (_, body, words) => {
    expect((await failure(answered(body))).message).toMatch(words)
  })

  test('does not print its secrets', async () => {
    const given = await answered({ credentials, s3Path })
    expect(given.secretAccessKey).toBe(credentials.secretAccessKey)
    expect(inspect(given)).not.toMatch(/of-the-test/)
  })
})

describe('location', () => {
  const { location } = optimizelyEvents({ token: '2:abc' })
  const base = 'v1/account_id=12345/'
  const day = { accountId: '12345', date: '2026-02-28' } as const

  test.each<[ExportFolder, string]>([
    [
      { ...day, type: 'decisions', experiment: '9001' },
      `${base}type=decisions/date=2026-02-28/experiment=9001/`,
    ],
    [
      { ...day, accountId: 12345, type: 'decisions', experiment: 9001 },
      `${base}type=decisions/date=2026-02-28/experiment=9001/`,
    ],
    [{ ...day, type: 'decisions' }, `${base}type=decisions/date=2026-02-28/`],
    [
      { ...day, type: 'events', event: 'add to cart' },
      `${base}type=events/date=2026-02-28/event=add to cart/`,
    ],
    [{ ...day, date: '2024-02-29', type: 'events' }, `${base}type=events/date=2024-02-29/`],
  ])('%j', (folder, prefix) => {
    expect(location(folder)).toEqual({
      bucket: 'optimizely-events-data',
      prefix,
      uri: `s3://optimizely-events-data/${prefix}`,
    })
  })

  test.each<[mistake: string, changes: object, option: string]>([
    ['no account', { accountId: undefined }, 'accountId'],
    ['an account that is no number', { accountId: 'acme' }, 'accountId'],
    ['an account that leaves its folder', { accountId: '1/../2' }, 'accountId'],
    ['an account that is an object', { accountId: Object.create(null) }, 'accountId'],
    ['an account with a fraction', { accountId: 1.5 }, 'accountId'],
    ['no type', { type: undefined }, 'type'],
    ['another type', { type: 'constructor' }, 'type'],
    ['no date', { date: undefined }, 'date'],
    ['a day that no calendar has', { date: '2026-02-29' }, 'date'],
    ['a month that no calendar has', { date: '2026-13-01' }, 'date'],
    ['a year beyond four digits', { date: '+010000-01' }, 'date'],
    ['a time', { date: '2026-02-28T00:00:00Z' }, 'date'],
    ['a date without zeros', { date: '2026-2-28' }, 'date'],
    ['a date as an object', { date: new Date(0) }, 'date'],
    ['an experiment that is no number', { experiment: 'a' }, 'experiment'],
    ['an event of decisions', { event: 'a' }, 'event'],
    ['an experiment of events', { type: 'events', experiment: '1' }, 'experiment'],
    ['an event with a slash', { type: 'events', event: 'a/b' }, 'event'],
    ['an empty event', { type: 'events', event: '' }, 'event'],
    ['an event with a line break', { type: 'events', event: 'a\nb' }, 'event'],
  ])('%s is a mistake', (_, changes, option) => {
    expect(() => location(null as never)).toThrow(OptionError)
    const ask = () => location({ ...day, type: 'decisions', ...changes } as ExportFolder)
    expect(ask).toThrow(OptionError)
    expect(ask).toThrow(expect.objectContaining({ option }))
  })
})

describe('parseS3Path', () => {
  test.each(['', '/'])('with %j at its end', (slash) => {
    expect(parseS3Path(`s3://optimizely-events-data/v1/account_id=12345${slash}`)).toEqual({
      bucket: 'optimizely-events-data',
      prefix: 'v1/account_id=12345/',
      uri: 's3://optimizely-events-data/v1/account_id=12345/',
      accountId: '12345',
    })
  })

  test.each([
    '',
    's3://optimizely-events-data',
    's3://optimizely-events-data/v1/',
    's3://optimizely-events-data/v1/account_id=',
    's3://optimizely-events-data/v1/account_id=12345/type=decisions/',
    'gs://optimizely-events-data/v1/account_id=12345',
    's3://optimizely-events-data/v1/account_id=12345\n',
  ])('%j is none', async (path) => {
    const error = await failure(() => parseS3Path(path))
    expect(error).toMatchObject({ code: 'invalid-response' })
  })
})

describe('mistakes in the options', () => {
  test.each<[mistake: string, changes: object, option: string, words: RegExp]>([
    ['no token', { token: undefined }, 'token', /visible ASCII/],
    ['an empty token', { token: '' }, 'token', /not an empty string/],
    ['a token with a line break', { token: 'a\r\nx: y' }, 'token', /without line breaks/],
    ['a token with a NUL', { token: 'a\0' }, 'token', /visible ASCII/],
    ['a token beyond ASCII', { token: 'é' }, 'token', /visible ASCII/],
    ...['14m', '61m', '2h', '0h', '1d', '90', '', '1.5h', '900s', ' 1h', '1h\n'].map(
      (duration): [string, object, string, RegExp] => [
        `the duration ${JSON.stringify(duration)}`,
        { duration },
        'duration',
        /'15m' to '60m' or '1h'/,
      ],
    ),
    ['a duration that is no text', { duration: Object.create(null) }, 'duration', /'15m'/],
    ['a duration in ms', { duration: 900_000 }, 'duration', /'15m' to '60m' or '1h'/],
  ])('%s', (_, changes, option, words) => {
    const build = () => optimizelyEvents({ token: '2:abc', ...changes } as OptimizelyEventsOptions)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option, code: 'invalid-option' }))
    expect(build).toThrow(words)
  })

  test.each(['15m', '15M', '60m', '1h', '1H', '37m'])(
    'no mistake: the duration %s',
    async (duration) => {
      const { sandbox, options, seams } = await inProcess()
      const { credentials } = optimizelyEvents({ ...options.optimizelyEvents, ...seams, duration })
      await credentials()
      expect(sandbox.requests[0]).toMatchObject({
        target: `/v2/export/credentials?duration=${duration}`,
        status: 200,
      })
    },
  )
})
