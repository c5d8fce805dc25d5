import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { download, type Export, keysOf, openExport, parts } from './support/export.ts'
import { HOUR, MINUTE, START } from './support/source.ts'

/** Transfers that outlast their credentials, through the AWS SDK, against a server that lets no mistake pass. */

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lists a folder of 200 objects page by page and downloads each, over three hours. */
async function transfer(it: Export, at: (time: number) => void = () => {}): Promise<string[]> {
  const objects = parts(it.folder, 200)
  await it.s3.put(objects)
  const client = it.client({ maxAttempts: 1 })
  const got: Record<string, string> = {}
  for await (const key of keysOf(client, it.folder, 20)) {
    got[key] = await download(client, key)
    vi.setSystemTime(Date.now() + (3 * HOUR) / 200)
    at(Date.now() - START)
    await it.settled()
  }
  expect(got).toEqual(objects)
  return Object.keys(got)
}

const asked = ({ sandbox }: Export) => sandbox.count({ service: 'optimizelyEvents' })

describe('200 objects over three hours', () => {
  test('with 15-minute credentials: no failed request, at most 20 for credentials', async () => {
    const it = await openExport('15m')
    await transfer(it)
    expect(it.s3.outcomes()).toEqual({ 200: 210 })
    expect(asked(it)).toBeLessThanOrEqual(20)
    expect(new Set(it.s3.requests.map(({ accessKeyId }) => accessKeyId)).size).toBeGreaterThan(12)
  })

  test('with 1-hour credentials, and their endpoint down for ten minutes: no failed request', async () => {
    const it = await openExport('1h')
    const { sandbox } = it
    let restore: (() => void) | undefined
    await transfer(it, (time) => {
      const isDown = time >= 85 * MINUTE && time < 95 * MINUTE
      if (isDown)
        restore ??= sandbox.inject({ service: 'optimizelyEvents', status: 503, times: 1e6 })
      else restore?.()
    })
    expect(it.s3.outcomes()).toEqual({ 200: 210 })
    // The outage was met, not missed.
    expect(sandbox.count({ status: 503 })).toBeGreaterThan(0)
    expect(asked(it)).toBeLessThanOrEqual(20)
  })
})

describe('a thousand commands at once', () => {
  test('after the end of the credentials: one request for new ones', async () => {
    const it = await openExport('15m')
    const key = `${it.folder}part-0000.parquet`
    await it.s3.put(parts(it.folder, 1))
    const client = it.client({ maxAttempts: 1 })
    vi.setSystemTime(START + HOUR)
    const all = await Promise.all(Array.from({ length: 1000 }, () => download(client, key)))
    expect(new Set(all)).toEqual(new Set(['rows of 0000']))
    expect(asked(it)).toBe(2)
    expect(it.s3.outcomes()).toEqual({ 200: 1000 })
  })

  test('across it: one request, and what AWS refused is sent again with the new ones', async () => {
    const it = await openExport('15m')
    const key = `${it.folder}part-0000.parquet`
    await it.s3.put(parts(it.folder, 1))
    const client = it.client({ maxAttempts: 1 })
    client.middlewareStack.use(it.credentials)
    // Two minutes before, they are renewed in the background, and the old ones used meanwhile.
    vi.setSystemTime(START + 13 * MINUTE)
    const release = it.hold()
    const all = Promise.all(Array.from({ length: 1000 }, () => download(client, key)))
    await vi.waitUntil(() => it.s3.requests.length >= 200, { interval: 1, timeout: 10_000 })
    vi.setSystemTime(START + 15 * MINUTE)
    release()
    expect(new Set(await all)).toEqual(new Set(['rows of 0000']))
    expect(asked(it)).toBe(2)
    // Never a key with the secret or the token of another: that would be a 403, or an InvalidToken.
    const { ExpiredToken = 0, ...others } = it.s3.outcomes()
    expect(others).toEqual({ 200: 1000 })
    expect(ExpiredToken).toBeGreaterThan(0)
    expect(new Set(it.s3.requests.map(({ accessKeyId }) => accessKeyId)).size).toBe(2)
  })
})
