import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import {
  bearer,
  type CacheEvent,
  cached,
  clientCredentials,
  compose,
  type Provider,
  userAgent,
} from '@countersign/core'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { HOUR, never, rigOf, settled, START, tokens } from './support/cache.ts'

/** Runs a module in a process of its own, with the library as its users have it. */
async function run(script: string, ...flags: string[]) {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@countersign/source',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      ...flags,
      '--eval',
      `import { bearer, cached } from '@countersign/core'; ${script}`,
    ],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  )
  onTestFinished(() => void child.kill())
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('close', resolve)),
  ])
  return { out, err, code }
}

describe('time', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('37. a lifetime beyond what a timer can hold: no timer anywhere, no busy loop', async () => {
    vi.useFakeTimers()
    const rig = tokens({ lifetime: 2 ** 31 + HOUR })
    const first = await rig.cache()
    expect(vi.getTimerCount()).toBe(0)
    rig.now += 2 ** 31 - 1
    expect(rig.cache()).toBe(first)
    expect(rig.contacts).toHaveLength(1)
  })
})

describe('process', () => {
  it('38. a background failure: no unhandled rejection, an event instead', async () => {
    const { out, err, code } = await run(`
      let now = 0
      let fails = false
      const cache = cached(
        async () => {
          if (fails) throw new Error('no route to host')
          return { token: 't', expiresAt: 3_600_000 }
        },
        { now: () => now, onEvent: ({ type, code }) => console.log(type, code ?? '') },
      )
      await cache()
      fails = true
      now = 3_000_000
      cache()
    `)
    expect({ err, code }).toEqual({ err: '', code: 0 })
    expect(out.trim().split(/\s*\n/)).toEqual([
      'refresh-start',
      'refresh-ok',
      'refresh-start',
      'refresh-failed Error',
    ])
  })

  it('38. callers who have all left, and a deadline that nobody waits for: no unhandled rejection', async () => {
    const { err, code } = await run(`
      const controller = new AbortController()
      const cache = cached(({ signal }) => new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }))
      cache({ signal: controller.signal }).catch(() => {})
      controller.abort(new Error('leaving'))
      const late = cached(() => new Promise(() => {}), { timeout: 1 })
      await late().catch(() => {})
    `)
    expect({ err, code }).toEqual({ err: '', code: 0 })
  })

  it('39. a process that used a cache and is done exits, even with a refresh on its way', async () => {
    // The deadline of an hour would hold it, if anything did.
    const { out, err, code } = await run(`
      let now = 0
      let answer = async () => ({ token: 't', expiresAt: 3_600_000 })
      const cache = cached(() => answer(), { now: () => now, timeout: 3_600_000 })
      const { headers } = await bearer(cache).sign({ method: 'GET', url: 'https://a.example/', headers: {} })
      now = 3_000_000
      answer = () => new Promise(() => {})
      cache()
      console.log(headers.authorization)
    `)
    expect({ out, err, code }).toEqual({ out: 'Bearer t\n', err: '', code: 0 })
  })

  it('39. a process that waits for a value is held until the deadline says that there is none', async () => {
    const { out, code } = await run(`
      const cache = cached(() => new Promise(() => {}), { timeout: 50 })
      await cache().catch(({ code }) => console.log(code))
    `)
    expect({ out, code }).toEqual({ out: 'refresh-timeout\n', code: 0 })
  })

  it('40. 100,000 caches made and dropped: the memory returns', async () => {
    const { out, err, code } = await run(
      `
      const rounds = async (count) => {
        for (let i = 0; i < count; i++) {
          const cache = cached(async () => ({ token: 't' + i, expiresAt: Date.now() + 3_600_000 }))
          const { signal } = new AbortController()
          await cache({ signal })
          cache.peek()
        }
        await new Promise(setImmediate)
        gc()
        return process.memoryUsage().heapUsed
      }
      const before = await rounds(1000)
      const after = await rounds(100_000)
      console.log(Math.round((after - before) / 1024))
    `,
      '--expose-gc',
    )
    expect({ err, code }).toEqual({ err: '', code: 0 })
    // In KiB: less than 21 bytes for each.
    expect(Number(out)).toBeLessThan(2048)
  }, 30_000)
})

describe('41. no secret in any output', () => {
  const SECRET = 'countersign-secret'
  const secret = (name: string) => `${SECRET}-${name}`

  /** Everything that a thing can show of itself, and of what hangs on it. */
  function shown(thing: unknown): string {
    const texts = [
      inspect(thing, { showHidden: true, depth: null, getters: true }),
      inspect(thing, { showHidden: true, depth: null, showProxy: true, compact: false }),
      JSON.stringify(thing) ?? '',
      String(thing),
      `${Object.prototype.toString.call(thing)}`,
    ]
    if (thing instanceof Error) texts.push(thing.stack ?? '', shown(thing.cause))
    return texts.join('\n')
  }

  const request = { method: 'GET', url: 'https://api.example/', headers: {} }

  it('41. of the cache, the provider, the value, the signer, the signature and every event', async () => {
    const events: CacheEvent[] = []
    const rig = rigOf(
      (n) => ({ token: secret(`t${n}`), type: secret('type'), refreshToken: secret(`r${n}`) }),
      { onEvent: (event) => events.push(event) },
    )
    const first = await rig.cache()
    const signer = compose(userAgent('test/1'), bearer(rig.cache as Provider<typeof first>))
    const signature = await signer.sign(request)
    expect(signature.headers.authorization).toBe(`Bearer ${secret('t1')}`)
    const same = { ...first }
    rig.answer = async () => same
    rig.now += HOUR - 60_001
    rig.cache()
    await settled()
    for (const error of [
      new Error(secret('message')),
      Object.assign(new TypeError(secret('m'), { cause: secret('cause') }), {
        code: secret('code'),
      }),
      secret('thrown'),
      { name: secret('name'), message: secret('message'), code: secret('code') },
    ]) {
      rig.answer = async () => {
        throw error
      }
      await Promise.resolve(rig.cache({ refused: rig.cache.peek() })).catch(() => {})
      rig.now += HOUR
    }
    rig.answer = async () => ({ token: secret('broken\r\n') }) as never
    const failure = await Promise.resolve(rig.cache()).catch((error: unknown) => error)
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['refresh-start', 'refresh-ok', 'unchanged', 'refused', 'refresh-failed']),
    )
    for (const thing of [rig.cache, signer, signature, failure, events]) {
      expect(shown(thing)).not.toContain(SECRET)
    }
    // A token that is printed shows nothing; one that is stored is whole.
    expect(inspect(first, { showHidden: true, depth: null })).not.toContain(SECRET)
    expect(JSON.parse(JSON.stringify(first))).toEqual(first)
  })

  it('41. of stale credentials and their events', async () => {
    const events: CacheEvent[] = []
    const rig = rigOf(
      () => ({
        accessKeyId: secret('id'),
        secretAccessKey: secret('key'),
        sessionToken: secret('session'),
      }),
      { staleIfError: true, onEvent: (event) => events.push(event) },
    )
    const value = await rig.cache()
    rig.now += 2 * HOUR
    rig.answer = async () => {
      throw new Error(secret('message'))
    }
    expect(await rig.cache()).toBe(value)
    expect(events.at(-1)).toEqual({ type: 'stale-served', expiresAt: START + HOUR })
    for (const thing of [rig.cache, events]) expect(shown(thing)).not.toContain(SECRET)
    expect(inspect(value)).not.toContain(SECRET)
  })

  it('41. of an OAuth provider, whatever the endpoint answers', async () => {
    const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
    const echo = {
      error: 'invalid_client',
      error_description: `no ${secret('client')} here, nor ${encodeURIComponent(secret('client'))}`,
    }
    const answers: (() => Response)[] = [
      () => json(200, { access_token: secret('token'), token_type: 'Bearer', expires_in: 60 }),
      () => json(401, echo),
      () => json(400, { ...echo, error: secret('client') }),
      () => json(503, secret('client')),
      () => json(200, { access_token: secret('token\n') }),
      () => json(200, { access_token: secret('token'), expires_in: secret('expiry') }),
      () => json(200, { access_token: secret('token'), token_type: secret('type') }),
      () => json(200, `<html>${secret('client')}`),
      () => json(302, '', { location: `https://evil.example/?s=${secret('location')}` }),
      () => {
        throw new TypeError('fetch failed', { cause: new Error(`sent ${secret('client')}`) })
      },
    ]
    for (const answer of answers) {
      const events: CacheEvent[] = []
      const provider = clientCredentials({
        tokenEndpoint: 'https://id.example/token',
        clientId: 'me',
        clientSecret: secret('client'),
        parameters: { extra: secret('parameter') },
        headers: { 'x-key': secret('header') },
        retry: { attempts: 1 },
        fetch: async () => answer(),
      })
      const cache = cached(provider, { onEvent: (event) => events.push(event) })
      const signer = bearer(cache)
      const outcome = await Promise.resolve(signer.sign(request)).catch((error: unknown) => error)
      for (const thing of [provider, cache, signer, outcome, events]) {
        expect(shown(thing)).not.toContain(SECRET)
      }
    }
  })

  it('41. of what is on its way', async () => {
    const rig = tokens()
    rig.answer = never
    const waiting = rig.cache({ refused: { token: secret('refused') } })
    expect(shown(rig.cache)).not.toContain(SECRET)
    expect(shown(waiting)).not.toContain(SECRET)
    rig.cache.clear()
  })
})
