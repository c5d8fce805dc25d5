import { inspect } from 'node:util'
import { type CacheEvent, type CacheOptions, OptionError } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { awsCredentials } from '../src/awsCredentials.ts'
import {
  type RefreshableCredentialsOptions,
  refreshableCredentials,
} from '../src/refreshableCredentials.ts'
import { HOUR, MINUTE, type Rig, rig, settled } from './support/source.ts'

/** A callback as botocore takes it, with its names. */
function open(lifetime = HOUR, options: Partial<RefreshableCredentialsOptions> = {}) {
  const at = rig(lifetime)
  const refresh = async () => botocore(at, await at.source())
  const credentials = refreshableCredentials({
    refresh,
    now: at.clock,
    random: () => 0,
    ...options,
  })
  return { at, credentials }
}

const botocore = ({ clock, lifetime }: Rig, given: { accessKeyId: string }) => ({
  access_key: given.accessKeyId,
  secret_key: 'secret',
  token: 'token',
  expiry_time: new Date(clock() + lifetime).toISOString(),
})

test("a callback with botocore's names", async () => {
  const { at, credentials } = open()
  expect({ ...(await credentials.getFrozenCredentials()) }).toEqual({
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expiresAt: at.now + HOUR,
  })
})

test('nothing is asked for before the first use', () => {
  expect(open().at.contacts).toHaveLength(0)
})

test('frozen, shared while they last, at once when warm, and never printed', async () => {
  const { at, credentials } = open()
  const [one, other] = await Promise.all([
    credentials.getFrozenCredentials(),
    credentials.getFrozenCredentials(),
  ])
  expect(one).toBe(other)
  expect(Object.isFrozen(one)).toBe(true)
  expect(credentials.getFrozenCredentials()).toBe(one)
  expect(inspect(one)).not.toContain("secret'")
  expect(at.contacts).toHaveLength(1)
})

test('frozen, too, of a callback that renews one object in place', async () => {
  const live = Object.assign(new (class {})(), {
    accessKeyId: 'AKIA0',
    secretAccessKey: 'secret-0',
    sessionToken: 'token-0',
    expiresAt: Date.now() + HOUR,
  })
  let n = 0
  const refresh = () =>
    Object.assign(live, { accessKeyId: `AKIA${++n}`, secretAccessKey: `secret-${n}` })
  const credentials = refreshableCredentials({ refresh })
  const first = await credentials.getFrozenCredentials()
  expect(Object.isFrozen(first)).toBe(true)
  const identities = awsCredentials(credentials)
  await identities()
  expect(await identities({ forceRefresh: true })).toMatchObject({
    accessKeyId: 'AKIA2',
    secretAccessKey: 'secret-2',
  })
  expect(first).toMatchObject({ accessKeyId: 'AKIA1', secretAccessKey: 'secret-1' })
})

test('a provider, for the SDK and for signers', async () => {
  const { at, credentials } = open()
  expect(await credentials()).toBe(await credentials.getFrozenCredentials())
  expect(await awsCredentials(credentials)()).toMatchObject({ accessKeyId: 'ASIA1' })
  expect(await credentials({ refused: await credentials() })).toMatchObject({
    accessKeyId: 'ASIA2',
  })
  expect(at.contacts).toHaveLength(2)
})

describe('windows', () => {
  test.each([
    ['four minutes', 4 * MINUTE, 48_000],
    ['fifteen minutes', 15 * MINUTE, 5 * MINUTE],
    ['an hour', HOUR, 15 * MINUTE],
    ['six hours', 6 * HOUR, HOUR],
  ])('by lifetime: %s', async (_, lifetime, window) => {
    const { at, credentials } = open(lifetime)
    await credentials()
    at.now += lifetime - window
    expect(credentials.refreshNeeded()).toBe(false)
    credentials()
    await settled()
    expect(at.contacts).toHaveLength(1)
    at.now += 1
    expect(credentials.refreshNeeded()).toBe(true)
    // In the background: nobody waits.
    expect(credentials()).toMatchObject({ accessKeyId: 'ASIA1' })
    await settled()
    expect(at.contacts).toHaveLength(2)
    expect(credentials.refreshNeeded()).toBe(false)
  })

  test('as told, and with the jitter that there is', async () => {
    const told = open(HOUR, { advisoryWindow: 30 * MINUTE, mandatoryWindow: 10 * MINUTE })
    await told.credentials()
    told.at.now += 30 * MINUTE + 1
    expect(told.credentials.refreshNeeded()).toBe(true)
    told.at.now += 20 * MINUTE
    // In the mandatory window callers wait.
    expect(await told.credentials()).toMatchObject({ accessKeyId: 'ASIA2' })

    const late = open(HOUR, { random: () => 1 })
    await late.credentials()
    late.at.now += 46 * MINUTE
    expect(late.credentials.refreshNeeded()).toBe(false)
    late.at.now += MINUTE
    expect(late.credentials.refreshNeeded()).toBe(true)
  })
})

describe('refreshNeeded', () => {
  test('before the first use, and when they were refused', async () => {
    const { at, credentials } = open()
    expect(credentials.refreshNeeded()).toBe(true)
    const refused = await credentials()
    expect(credentials.refreshNeeded()).toBe(false)
    const renewal = credentials({ refused })
    expect(credentials.refreshNeeded()).toBe(true)
    await renewal
    expect(credentials.refreshNeeded()).toBe(false)
    expect(at.contacts).toHaveLength(2)
  })

  test('within a time of the caller', async () => {
    const { credentials } = open()
    await credentials()
    expect(credentials.refreshNeeded(HOUR)).toBe(false)
    expect(credentials.refreshNeeded(HOUR + 1)).toBe(true)
    expect(credentials.refreshNeeded(0)).toBe(false)
    expect(() => credentials.refreshNeeded(-1)).toThrow(OptionError)
  })

  test('while the refresh fails: still, though nobody is asked for a while', async () => {
    const { at, credentials } = open()
    await credentials()
    at.failure = new Error('down')
    at.now += 50 * MINUTE
    credentials()
    await settled()
    expect(credentials.refreshNeeded()).toBe(true)
    credentials()
    expect(at.contacts).toHaveLength(2)
    at.now += 20 * MINUTE
    await credentials()
    expect(credentials.refreshNeeded()).toBe(true)
  })

  test('of what does not expire: never', async () => {
    const given = { access_key: 'AKIA1', secret_key: 's', token: null, expiry_time: null }
    const credentials = refreshableCredentials({ refresh: () => given })
    await credentials()
    expect(credentials.refreshNeeded()).toBe(false)
    expect(credentials.refreshNeeded(HOUR)).toBe(false)
  })
})

describe('metadata', () => {
  test('is what there is at first, at once', async () => {
    const at = rig()
    const metadata = botocore(at, { accessKeyId: 'ASIA0' })
    const { credentials } = open(HOUR, { metadata, now: at.clock })
    expect(credentials.refreshNeeded()).toBe(false)
    expect(credentials.getFrozenCredentials()).toMatchObject({ accessKeyId: 'ASIA0' })
    at.now += 50 * MINUTE
    expect(credentials.refreshNeeded()).toBe(true)
    credentials()
    await settled()
    expect(credentials()).toMatchObject({ accessKeyId: 'ASIA1' })
  })

  test('that has expired counts for nothing', async () => {
    const metadata = botocore(rig(-1), { accessKeyId: 'ASIA0' })
    const { credentials } = open(HOUR, { metadata })
    expect(credentials.refreshNeeded()).toBe(true)
    expect(await credentials()).toMatchObject({ accessKeyId: 'ASIA1' })
  })

  test('that never expires is never renewed', () => {
    const at = rig()
    const metadata = { ...botocore(at, { accessKeyId: 'ASIA0' }), expiry_time: null }
    const { credentials } = open(HOUR, { metadata, now: at.clock })
    at.now += 1_000 * HOUR
    expect(credentials()).toMatchObject({ accessKeyId: 'ASIA0' })
    expect(credentials.refreshNeeded(HOUR / 1000)).toBe(false)
  })

  test('that lacks something is found at once', () => {
    const { token: _, ...metadata } = botocore(rig(), { accessKeyId: 'ASIA0' })
    expect(() => open(HOUR, { metadata: metadata as never })).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        option: 'metadata',
        message: 'metadata cannot be used: The credentials have no usable `token`',
      }),
    )
  })
})

test("the vendor's own names, which botocore does not take", async () => {
  const body = {
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expiration: Date.now() + HOUR,
  }
  const credentials = refreshableCredentials({ refresh: async () => body })
  expect(await credentials()).toMatchObject({ expiresAt: body.expiration })
})

test('a refresh that lacks something costs nothing while the old ones are good', async () => {
  const at = rig()
  const whole = botocore(at, { accessKeyId: 'ASIA1' })
  const { expiry_time: _, ...partial } = whole
  const answers: unknown[] = [whole, partial]
  const events: CacheEvent[] = []
  const credentials = refreshableCredentials({
    refresh: () => answers.shift() as typeof whole,
    now: at.clock,
    onEvent: (event) => events.push(event),
  })
  const first = await credentials()
  at.now += 50 * MINUTE
  expect(credentials()).toBe(first)
  expect(events.at(-1)).toMatchObject({
    type: 'refresh-failed',
    code: 'invalid-value',
    message: 'The credentials have no usable `expiry_time`',
  })
})

test('past their end, while the refresh fails: still the old ones, unless told otherwise', async () => {
  const lenient = open()
  const strict = open(HOUR, { staleIfError: false })
  for (const { at, credentials } of [lenient, strict]) {
    await credentials()
    at.failure = new Error('down')
    at.now += 2 * HOUR
  }
  expect(await lenient.credentials()).toMatchObject({ accessKeyId: 'ASIA1' })
  await expect(strict.credentials()).rejects.toBe(strict.at.failure)
})

describe('misuse', () => {
  test.each<[string, unknown, string]>([
    ['no options', undefined, 'options'],
    ['no callback', {}, 'refresh'],
    ['a callback that is none', { refresh: 'https://example.com' }, 'refresh'],
    ['a clock that is none', { refresh: () => ({}), now: 1 }, 'now'],
    ['a listener that is none', { refresh: () => ({}), onEvent: {} }, 'onEvent'],
    ['a window that is none', { refresh: () => ({}), advisoryWindow: '15m' }, 'advisoryWindow'],
  ])('%s', (_, options, option) => {
    expect(() => refreshableCredentials(options as never)).toThrow(
      expect.objectContaining({ name: 'OptionError', option }),
    )
  })

  test('a listener that throws costs nobody anything', async () => {
    const onEvent: CacheOptions['onEvent'] = () => {
      throw new Error('listener')
    }
    expect(await open(HOUR, { onEvent }).credentials()).toMatchObject({ accessKeyId: 'ASIA1' })
  })
})
