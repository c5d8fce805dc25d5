import { S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { awsCredentials } from '../src/index.ts'
import { HOUR, MINUTE, SECOND, START, settled } from './support/source.ts'

/**
 * Ours beside the AWS SDK's own memoizer, each in front of the same source in a real `S3Client`: how
 * often the source is asked, and how many calls fail. The figures are those of the README.
 */

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A source with the names of the SDK, as a user would write it. */
function open(lifetime: number) {
  const at = { contacts: 0, down: false }
  const source = async () => {
    at.contacts++
    if (at.down) throw new Error('down')
    return {
      accessKeyId: `ASIA${at.contacts}`,
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(Date.now() + lifetime),
    }
  }
  return { at, source }
}
type Source = ReturnType<typeof open>['source']

const config = (credentials: Source | ReturnType<typeof awsCredentials>) =>
  new S3Client({ region: 'us-east-1', credentials }).config

const WAYS = {
  ours: (source: Source) => config(awsCredentials(source)).credentials,
  'the SDK': (source: Source) => config(source).credentials,
  /** Where a client does not heed `memoized`. */
  'ours behind the SDK': (source: Source) => {
    const credentials = awsCredentials(source)
    return config(async () => credentials() as ReturnType<Source>).credentials
  },
}
type Way = keyof typeof WAYS

/** Calls once a second, each when what the one before it began has ended. */
async function calls(
  credentials: ReturnType<(typeof WAYS)[Way]>,
  count: number,
  each: (identity: Awaited<ReturnType<typeof credentials>>) => void = () => {},
): Promise<number> {
  let failed = 0
  for (let n = 0; n < count; n++) {
    await credentials().then(each, () => failed++)
    await settled()
    vi.setSystemTime(Date.now() + SECOND)
  }
  return failed
}

/** The least and the most. */
type Range = readonly [number, number]

describe.each<[string, number, Record<Way, Range>]>([
  [
    '15-minute credentials',
    15 * MINUTE,
    { ours: [5, 6], 'the SDK': [6, 6], 'ours behind the SDK': [5, 6] },
  ],
  [
    '4-minute credentials',
    4 * MINUTE,
    { ours: [18, 22], 'the SDK': [3601, 3601], 'ours behind the SDK': [18, 22] },
  ],
])('an hour of %s, one call a second', (_, lifetime, contacts) => {
  test.each(Object.keys(WAYS) as Way[])('%s', async (way) => {
    const { at, source } = open(lifetime)
    const failed = await calls(WAYS[way](source), 3600, (identity) => {
      expect(identity.expiration?.getTime()).toBeGreaterThan(Date.now())
    })
    expect(failed).toBe(0)
    expectWithin(at.contacts, contacts[way])
  })
})

function expectWithin(count: number, [least, most]: Range): void {
  expect(count).toBeGreaterThanOrEqual(least)
  expect(count).toBeLessThanOrEqual(most)
}

describe('the source down, with 4 minutes of 15 still valid: 100 calls', () => {
  test.each<[Way, failed: number, contacts: Range]>([
    ['ours', 0, [1, 2]],
    ['the SDK', 100, [100, 100]],
    ['ours behind the SDK', 0, [1, 2]],
  ])('%s', async (way, failed, contacts) => {
    const { at, source } = open(15 * MINUTE)
    const credentials = WAYS[way](source)
    await credentials()
    vi.setSystemTime(START + 11 * MINUTE)
    at.down = true
    at.contacts = 0
    expect(await calls(credentials, 100)).toBe(failed)
    expectWithin(at.contacts, contacts)
  })
})

describe('the source down for half an hour after the end, a call a second', () => {
  test.each<Way>(['ours', 'ours behind the SDK'])('%s: no failure, no storm', async (way) => {
    const { at, source } = open(HOUR)
    const credentials = WAYS[way](source)
    await credentials()
    vi.setSystemTime(START + HOUR)
    at.down = true
    at.contacts = 0
    // AWS decides whether they still do: the SDK gets them with the expiry that they have.
    const failed = await calls(credentials, 1800, ({ expiration }) => {
      expect(expiration).toEqual(new Date(START + HOUR))
    })
    expect(failed).toBe(0)
    // One every 5 to 10 minutes.
    expect(at.contacts).toBeLessThanOrEqual(7)

    at.down = false
    vi.setSystemTime(Date.now() + 10 * MINUTE)
    await credentials()
    await settled()
    expect((await credentials()).expiration?.getTime()).toBeGreaterThan(Date.now())
  })
})

describe('a thousand calls at once, with 2 minutes of 15 still valid', () => {
  test.each<[Way, waiting: number]>([
    ['ours', 0],
    ['the SDK', 1000],
  ])('%s: %i wait for the source', async (way, waiting) => {
    const { at, source } = open(15 * MINUTE)
    let release = () => {}
    const credentials = WAYS[way](async () => {
      if (at.contacts > 0) await new Promise<void>((resolve) => (release = resolve))
      return source()
    })
    await credentials()
    vi.setSystemTime(START + 13 * MINUTE)
    let served = 0
    const all = Array.from({ length: 1000 }, async () => {
      await credentials()
      served++
    })
    await settled()
    expect(1000 - served).toBe(waiting)
    release()
    await Promise.all(all)
    expect(at.contacts).toBe(2)
  })
})
