import { inspect } from 'node:util'
import {
  type AwsCredentials,
  bearer,
  type CacheOptions,
  cached,
  exchange,
  OptionError,
  signedFetch,
} from '@countersign/core'
import { sigv4 } from '@countersign/core/sigv4'
import { createSandbox } from '@countersign/testing'
import { describe, expect, test, vi } from 'vitest'
import { awsCredentials } from '../src/awsCredentials.ts'
import type { ClientStack } from '../src/recovery.ts'
import { HOUR, MINUTE, rig, START, settled } from './support/source.ts'

const fixed: AwsCredentials = { accessKeyId: 'AKIA1', secretAccessKey: 'secret' }

test('an identity as the SDK reads it', async () => {
  const { source, clock: now } = rig()
  expect(await awsCredentials(source, { now })()).toMatchObject({
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret-1',
    sessionToken: 'token-1',
    expiration: new Date(START + HOUR),
  })
})

test('nothing is made up: no token, no expiry, no account', async () => {
  expect({ ...(await awsCredentials(() => fixed)()) }).toEqual({ ...fixed, $source: {} })
})

test('a place to note where they come from, as older SDKs do, such as 3.775', async () => {
  const identity = (await awsCredentials(() => fixed)()) as { $source?: Record<string, string> }
  identity.$source ??= {}
  identity.$source.CREDENTIALS_CODE = 'e'
  expect(identity.$source).toEqual({ CREDENTIALS_CODE: 'e' })
})

test('the account goes along', async () => {
  const accountId = '123456789012'
  expect(await awsCredentials(() => ({ ...fixed, accountId }))()).toMatchObject({ accountId })
})

test('one frozen identity for as long as the credentials are the same, and then another', async () => {
  const { source, clock: now, contacts } = rig()
  const cache = cached(source, { now })
  const credentials = awsCredentials(cache)
  const first = await credentials()
  expect(Object.isFrozen(first)).toBe(true)
  expect(await credentials()).toBe(first)
  // Warm, not even the promise is made anew.
  expect(credentials()).toBe(credentials())
  await cache({ refused: cache.peek() })
  const second = await credentials()
  expect(second.accessKeyId).toBe('ASIA2')
  expect(await credentials()).toBe(second)
  expect(contacts).toHaveLength(2)
})

test('no secret is shown', async () => {
  const { source, clock: now } = rig()
  const credentials = awsCredentials(source, { now })
  const shown = inspect([await credentials(), credentials, credentials()], { showHidden: true })
  expect(shown).not.toMatch(/secret-1|token-1/)
  expect(shown).toContain('***')
})

describe('sources', () => {
  test.each([
    [
      'the SDK',
      {
        accessKeyId: 'ASIA1',
        secretAccessKey: 's',
        sessionToken: 't',
        expiration: new Date(START + HOUR),
      },
    ],
    [
      'AWS STS',
      {
        AccessKeyId: 'ASIA1',
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: new Date(START + HOUR),
      },
    ],
    [
      'botocore',
      {
        access_key: 'ASIA1',
        secret_key: 's',
        token: 't',
        expiry_time: '2026-01-31T01:00:00+00:00',
      },
    ],
  ])('the names of %s are kept, and renewed in time', async (_, given) => {
    const at = rig()
    let contacts = 0
    const credentials = awsCredentials(async () => (contacts++, given), { now: at.clock })
    expect(await credentials()).toMatchObject({
      accessKeyId: 'ASIA1',
      sessionToken: 't',
      expiration: new Date(START + HOUR),
    })
    await credentials()
    expect(contacts).toBe(1)
    at.now += 46.5 * MINUTE
    await credentials()
    expect(contacts).toBe(2)
  })

  test('an exchange() is kept', async () => {
    const sandbox = createSandbox()
    const { token } = sandbox.options.optimizelyEvents
    const credentials = awsCredentials(
      exchange({
        url: 'https://api.optimizely.com/v2/export/credentials?duration=15m',
        signer: bearer(token),
        fetch: sandbox.fetch,
        // The vendor's own names, which are the SDK's.
        read: (body) => (body as unknown as { credentials: AwsCredentials }).credentials,
      }),
    )
    const identities = await Promise.all([credentials(), credentials()])
    const [{ accessKeyId, expiration } = {}] = sandbox.issued
    expect(identities[0]).toMatchObject({ accessKeyId, expiration: new Date(expiration ?? 0) })
    expect(identities[1]).toBe(identities[0])
    await credentials()
    expect(sandbox.count()).toBe(1)
  })

  test('a cache is not cached once more', async () => {
    const at = rig()
    const cache = cached(at.source, { now: at.clock })
    const credentials = awsCredentials(cache)
    await credentials()
    at.now += HOUR - 1
    // A second cache would hand out its own copy.
    cache.clear()
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIA2' })
  })

  test('a provider of the SDK that keeps its own is told to let go of what was refused', async () => {
    const asked: unknown[] = []
    const credentials = awsCredentials(async (options?: object) => {
      asked.push((options as { forceRefresh?: boolean }).forceRefresh)
      return { ...fixed, accessKeyId: `AKIA${asked.length}` }
    })
    await credentials()
    await credentials({ forceRefresh: true })
    expect(asked).toEqual([false, true])
  })

  test('a source behind a function is told of its own value', async () => {
    const { source, clock: now } = rig()
    const inner = cached(source, { now })
    const credentials = awsCredentials((options) => inner(options), { now })
    expect((await credentials()).accessKeyId).toBe('ASIA1')
    expect((await credentials({ forceRefresh: true })).accessKeyId).toBe('ASIA2')
  })
})

test('a provider for a signer: what was refused is replaced, once for all who used it', async () => {
  const { source, clock: now, contacts } = rig()
  const credentials = awsCredentials(source, { now })
  const ids: string[] = []
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const { authorization = '' } = Object.fromEntries(new Headers(init?.headers))
    ids.push(/=(ASIA\d)\//.exec(authorization)?.[1] ?? '')
    const isOld = ids.at(-1) === 'ASIA1'
    return new Response('<Code>ExpiredToken</Code>', { status: isOld ? 400 : 200 })
  }
  const signer = sigv4({ credentials, region: 'us-east-1', service: 's3', now })
  const api = signedFetch(signer, { fetch })
  const [first] = await Promise.all(Array.from({ length: 20 }, () => api('https://b.example/k')))
  expect(first?.status).toBe(200)
  expect(ids.filter((id) => id === 'ASIA2')).toHaveLength(20)
  expect(contacts).toHaveLength(2)

  // Those from before were refused later than others of them.
  const late = { accessKeyId: 'ASIA1', secretAccessKey: 'secret-1' }
  expect((await credentials({ refused: late })).accessKeyId).toBe('ASIA2')
  expect(contacts).toHaveLength(2)
})

test('a caller who gives up waits no longer', async () => {
  const controller = new AbortController()
  const credentials = awsCredentials(() => new Promise(() => {}))
  const asked = credentials({ signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
})

describe('forceRefresh', () => {
  test('replaces the credentials, in one request for all who ask at once', async () => {
    const { source, clock: now, contacts } = rig()
    const credentials = awsCredentials(source, { now })
    const first = await credentials()
    const all = await Promise.all(
      Array.from({ length: 100 }, () => credentials({ forceRefresh: true })),
    )
    expect(new Set(all).size).toBe(1)
    expect(all[0]).not.toBe(first)
    expect(contacts).toHaveLength(2)
    expect(contacts[1]?.refused?.accessKeyId).toBe('ASIA1')
  })

  test('costs nothing where somebody else has replaced them already', async () => {
    const { source, clock: now, contacts } = rig()
    const cache = cached(source, { now })
    const [one, other] = [awsCredentials(cache), awsCredentials(cache)]
    await Promise.all([one(), other()])
    const replaced = await one({ forceRefresh: true })
    expect(contacts).toHaveLength(2)
    expect(await other({ forceRefresh: true })).toEqual(replaced)
    expect(contacts).toHaveLength(2)
  })

  test('as the first call: replaces what the cache holds', async () => {
    const { source, clock: now, contacts } = rig()
    const cache = cached(source, { now })
    await cache()
    expect((await awsCredentials(cache)({ forceRefresh: true })).accessKeyId).toBe('ASIA2')
    expect(contacts).toHaveLength(2)
  })

  test('where nothing is there: an ordinary request', async () => {
    const { source, clock: now, contacts } = rig()
    const credentials = awsCredentials(source, { now })
    expect((await credentials({ forceRefresh: true })).accessKeyId).toBe('ASIA1')
    expect(contacts).toHaveLength(1)
  })

  test('while the source fails: what there is', async () => {
    const at = rig()
    const credentials = awsCredentials(at.source, { now: at.clock })
    const first = await credentials()
    at.failure = new Error('down')
    expect(await credentials({ forceRefresh: true })).toBe(first)
    at.failure = undefined
    expect(await credentials()).toBe(first)
    at.now += 10 * MINUTE
    expect((await credentials()).accessKeyId).toBe('ASIA3')
  })
})

describe('failures', () => {
  test('of the source are rejections, and the next call asks again', async () => {
    const at = rig()
    at.failure = new Error('down')
    const credentials = awsCredentials(at.source, { now: at.clock })
    await expect(credentials()).rejects.toBe(at.failure)
    at.failure = undefined
    await expect(credentials()).resolves.toMatchObject({ accessKeyId: 'ASIA2' })
  })

  test('of a source that throws at once are rejections too', async () => {
    const credentials = awsCredentials(() => {
      throw new Error('at once')
    })
    await expect(credentials()).rejects.toThrow('at once')
  })

  test('past the expiry: the old ones, with their true expiry', async () => {
    const at = rig()
    const credentials = awsCredentials(at.source, { now: at.clock })
    const first = await credentials()
    at.failure = new Error('down')
    at.now += HOUR + MINUTE
    expect(await credentials()).toBe(first)
    expect(first.expiration?.getTime()).toBeLessThan(at.now)
    await settled()
    expect(at.contacts).toHaveLength(2)
  })

  test('unless the options say otherwise', async () => {
    const at = rig()
    const credentials = awsCredentials(at.source, { now: at.clock, staleIfError: false })
    await credentials()
    at.failure = new Error('down')
    at.now += HOUR + MINUTE
    await expect(credentials()).rejects.toBe(at.failure)
  })

  test('a token is missing that such keys are useless without', async () => {
    const credentials = awsCredentials(() => ({ ...fixed, accessKeyId: 'ASIA1' }))
    await expect(credentials()).rejects.toMatchObject({
      code: 'invalid-value',
      message: 'The credentials have no usable `sessionToken`',
    })
  })

  test('a cache that does not read the expiry would keep them for ever', async () => {
    const cache = cached(async () => ({ ...fixed, expiration: new Date(START) }))
    await expect(awsCredentials(cache)()).rejects.toMatchObject({
      code: 'invalid-value',
      message: expect.stringContaining('give their source instead'),
    })
  })
})

describe('in the stack of a client, a refusal', () => {
  type Middleware = Parameters<ClientStack['addRelativeTo']>[0]
  const refused = (name = 'ExpiredToken') => Object.assign(new Error('no'), { name })

  /** Sends commands whose middleware is that of the credentials alone. */
  function client(source = rig(), options: CacheOptions = {}) {
    let recovering!: Middleware
    awsCredentials(source.source, { now: source.clock, ...options }).applyToStack({
      addRelativeTo(middleware) {
        recovering = middleware
      },
    })
    const send = vi.fn()
    return { source, send, command: (request: object = {}) => recovering(send)({ request }) }
  }

  test('is answered once with new credentials', async () => {
    const { source, send, command } = client()
    send.mockRejectedValueOnce(refused()).mockResolvedValueOnce('sent')
    expect(await command()).toBe('sent')
    expect(source.contacts).toHaveLength(2)
    send.mockRejectedValueOnce(refused('InvalidToken')).mockRejectedValueOnce(refused())
    await expect(command()).rejects.toThrow(refused())
    expect([send.mock.calls.length, source.contacts.length]).toEqual([4, 3])
  })

  test.each([
    ['of permissions', refused('AccessDenied')],
    ['without a name', {}],
    ['that is nothing', undefined],
  ])('%s is the caller’s', async (_, error) => {
    const { source, send, command } = client()
    send.mockRejectedValue(error)
    await expect(command()).rejects.toBe(error)
    expect([send.mock.calls.length, source.contacts.length]).toEqual([1, 1])
  })

  test('of a stream is the caller’s, and the next command has new credentials', async () => {
    const { source, send, command } = client()
    send.mockRejectedValueOnce(refused())
    await expect(command({ body: new Blob().stream() })).rejects.toThrow(refused())
    expect([send.mock.calls.length, source.contacts.length]).toEqual([1, 2])
  })

  test('whose cure fails or brings the same again is the caller’s', async () => {
    const constant = { ...rig(), source: async () => fixed }
    for (const { source, send, command } of [
      client(),
      client(rig(), { staleIfError: false }),
      client(constant),
    ]) {
      send.mockImplementation(async () => {
        source.failure = new Error('down')
        throw refused()
      })
      await expect(command()).rejects.toThrow(refused())
      expect(send).toHaveBeenCalledOnce()
    }
  })
})

describe('misuse', () => {
  test.each([[undefined], [null], ['AKIA1'], [fixed]])('%o is no source', (source) => {
    expect(() => awsCredentials(source as never)).toThrow(OptionError)
    expect(() => awsCredentials(source as never)).toThrow(/^source takes a function, not /)
  })

  test('options of the cache need a cache to go to', () => {
    const cache = cached(rig().source)
    expect(() => awsCredentials(cache, { timeout: 1 })).toThrow(
      /^options belong to the cache that is given/,
    )
    expect(awsCredentials(cache, {})).toBeTypeOf('function')
    expect(awsCredentials(cache, { timeout: undefined as never })).toBeTypeOf('function')
  })

  test('options are checked at once', () => {
    expect(() => awsCredentials(rig().source, { jitter: 2 })).toThrow(OptionError)
  })
})
