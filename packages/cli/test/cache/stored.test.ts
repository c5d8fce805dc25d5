import { chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AccessToken,
  type AwsCredentials,
  cached,
  CountersignError,
  type Provider,
} from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { stored } from '../../src/cache/stored.ts'
import { folder, inside } from './folder.ts'

const MINUTE = 60_000
const START = Date.now()
const IDENTITY = ['a-service', { clientSecret: 'long-lived' }]

/** A folder, a clock, and a source that counts; each run() is another process. */
function scene(lifetime = 60 * MINUTE) {
  const it = {
    path: join(folder(), 'cache'),
    time: START,
    said: [] as string[],
    contacts: 0,
    failure: undefined as Error | undefined,
    source: (async (): Promise<AccessToken> => {
      it.contacts += 1
      if (it.failure) throw it.failure
      const expiresAt = lifetime === Infinity ? {} : { expiresAt: it.time + lifetime }
      return { token: `token-${it.contacts}`, ...expiresAt }
    }) as Provider<AccessToken>,
    run(options: { identity?: unknown; patience?: number } = {}): Provider<AccessToken> {
      const wrap = stored({
        folder: async () => it.path,
        identity: IDENTITY,
        say: (line) => it.said.push(line),
        now: () => it.time,
        ...options,
      })
      return wrap(it.source)
    },
    get: async () => (await it.run()()).token,
    entry: () => join(it.path, inside(it.path).find((name) => name.endsWith('.json')) ?? ''),
  }
  return it
}

/** Something that happens when the test wants it to. */
function closed() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

const outage = () => new CountersignError('exchange-unavailable', 'GET https://x answered 503')

describe('a value', () => {
  test('serves every process until its window, and then one brings the next', async () => {
    const it = scene()
    for (const minutes of [0, 1, 44.9]) {
      it.time = START + minutes * MINUTE
      expect(await it.get()).toBe('token-1')
    }
    it.time = START + 45 * MINUTE
    expect(await it.get()).toBe('token-2')
    it.time += 44 * MINUTE
    expect(await it.get()).toBe('token-2')
    expect([it.contacts, it.said]).toEqual([2, []])
  })

  test.each([
    [15, 10],
    [30, 15],
    [300, 240],
  ])('of %i minutes is handed out for %i', async (lifetime, minutes) => {
    const it = scene(lifetime * MINUTE)
    await it.get()
    it.time = START + minutes * MINUTE - 1
    expect(await it.get()).toBe('token-1')
    it.time += 1
    expect(await it.get()).toBe('token-2')
  })

  test('without an end is not kept', async () => {
    const it = scene(Infinity)
    expect(await it.run()()).toEqual({ token: 'token-1' })
    expect(await it.run()()).toEqual({ token: 'token-2' })
    expect(inside(it.path)).toEqual(['countersign.key'])
  })

  test('that no cache would take is not kept either', async () => {
    const it = scene(-1)
    await expect(it.get()).rejects.toMatchObject({ code: 'expired-value' })
    const broken = scene()
    broken.source = (() => ({ token: 'a\nb', expiresAt: START + MINUTE })) as Provider<AccessToken>
    await expect(broken.get()).rejects.toMatchObject({ code: 'invalid-value' })
    for (const { path } of [it, broken]) expect(inside(path)).toEqual(['countersign.key'])
  })

  test('keeps everything that it has', async () => {
    const it = scene()
    const given = {
      accessKeyId: 'ASIA',
      secretAccessKey: 's',
      sessionToken: 't',
      s3Path: 's3://bucket/v1/account_id=1',
      expiresAt: START + 60 * MINUTE,
    }
    const wrap = stored({
      folder: async () => it.path,
      identity: IDENTITY,
      say: (line) => it.said.push(line),
    })
    await wrap<AwsCredentials>(() => given)()
    const again = await wrap<AwsCredentials>(() => Promise.reject(outage()))()
    expect(again).toEqual(given)
  })

  test('belongs to one identity', async () => {
    const it = scene()
    await it.get()
    for (const identity of [
      ['a-service', { clientSecret: 'another' }],
      ['b-service', { clientSecret: 'long-lived' }],
      ['a-service', { clientSecret: 'long-lived', duration: '15m' }],
    ]) {
      const before = it.contacts
      await it.run({ identity })()
      expect(it.contacts).toBe(before + 1)
    }
    expect(await it.get()).toBe('token-1')
  })

  test('from the future is not handed out: the clock was set back', async () => {
    const it = scene()
    await it.get()
    it.time -= 1
    expect(await it.get()).toBe('token-2')
  })
})

describe('one contact at a time', () => {
  test('of many processes', async () => {
    const it = scene()
    const all = await Promise.all(Array.from({ length: 10 }, () => it.get()))
    expect(new Set(all)).toEqual(new Set(['token-1']))
    expect(it.contacts).toBe(1)
  })

  test('while one renews in time, the others go on with what there is', async () => {
    const it = scene()
    await it.get()
    it.time = START + 50 * MINUTE
    const gate = closed()
    const { source } = it
    it.source = async (asked) => {
      await gate.opened
      return source(asked)
    }
    const first = it.get()
    await expect.poll(() => inside(it.path).join()).toContain('.lock')
    expect(await it.get()).toBe('token-1')
    gate.open()
    expect(await first).toBe('token-2')
    expect(await it.get()).toBe('token-2')
  })

  test('patience has an end: then a process goes alone', async () => {
    const it = scene()
    const gate = closed()
    const { source } = it
    it.source = async (asked) => {
      await gate.opened
      return source(asked)
    }
    const first = it.get()
    await expect.poll(() => inside(it.path).join()).toContain('.lock')
    it.source = source
    expect(await it.run({ patience: 0 })()).toMatchObject({ token: 'token-1' })
    gate.open()
    expect(await first).toBe('token-2')
  })

  test('who waits can be told to stop, and the lock is let go', async () => {
    const it = scene()
    it.source = ({ signal } = {}) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const controller = new AbortController()
    const { signal } = controller
    const [first, second] = [it.run()({ signal }), it.run()({ signal })]
    await expect.poll(() => inside(it.path).join()).toContain('.lock')
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(first).rejects.toBe(reason)
    await expect(second).rejects.toBe(reason)
    expect(inside(it.path)).toEqual(['countersign.key'])
  })
})

describe('when a renewal fails', () => {
  test('what is still good is handed out, and the user is told', async () => {
    const it = scene()
    await it.get()
    it.time = START + 50 * MINUTE
    it.failure = outage()
    expect(await it.get()).toBe('token-1')
    expect(it.said).toEqual([
      'could not renew what is good for another 10 min: GET https://x answered 503',
    ])
  })

  test('nobody tries again for a while, and then one does', async () => {
    const it = scene()
    await it.get()
    it.time = START + 50 * MINUTE
    it.failure = outage()
    for (let n = 0; n < 5; n++) expect(await it.get()).toBe('token-1')
    expect(it.contacts).toBe(2)
    // A quarter of what is left.
    it.time += 2.5 * MINUTE
    expect(await it.get()).toBe('token-1')
    expect(it.contacts).toBe(3)
    it.failure = undefined
    it.time += 2.5 * MINUTE
    expect(await it.get()).toBe('token-4')
  })

  test('what has ended is not handed out', async () => {
    const it = scene()
    await it.get()
    it.time = START + 60 * MINUTE
    it.failure = outage()
    await expect(it.get()).rejects.toBe(it.failure)
    expect(inside(it.path)).toEqual(['countersign.key'])
  })

  test('nor what ends in the meantime', async () => {
    const it = scene()
    await it.get()
    it.time = START + 59 * MINUTE
    it.source = async () => {
      it.time = START + 60 * MINUTE
      throw outage()
    }
    await expect(it.get()).rejects.toThrow('answered 503')
  })

  test('what a foreign error says is not repeated', async () => {
    const it = scene()
    await it.get()
    it.time = START + 50 * MINUTE
    it.failure = new TypeError('a secret, for all we know')
    await it.get()
    expect(it.said).toEqual(['could not renew what is good for another 10 min'])
  })
})

describe('a refused value', () => {
  test('is replaced, for everybody', async () => {
    const it = scene()
    const cache = cached(it.run(), { now: () => it.time })
    const refused = await cache()
    expect(await cache({ refused })).toMatchObject({ token: 'token-2' })
    expect(await it.get()).toBe('token-2')
    expect(it.contacts).toBe(2)
  })

  test('that another process has replaced costs no contact', async () => {
    const it = scene()
    const [a, b] = [it.run(), it.run()].map((one) => cached(one, { now: () => it.time }))
    const refused = [await a?.(), await b?.()]
    expect(await a?.({ refused: refused[0] })).toMatchObject({ token: 'token-2' })
    expect(await b?.({ refused: refused[1] })).toMatchObject({ token: 'token-2' })
    expect(it.contacts).toBe(2)
  })

  test('is gone, even if there is no other', async () => {
    const it = scene()
    const cache = cached(it.run(), { now: () => it.time })
    const refused = await cache()
    it.failure = outage()
    await expect(cache({ refused })).rejects.toBe(it.failure)
    expect(inside(it.path)).toEqual(['countersign.key'])
  })
})

describe('a file that is not as it was written', () => {
  test.each<[string, (text: string) => string]>([
    ['empty', () => ''],
    ['cut off', (text) => text.slice(0, -5)],
    ['no JSON', () => 'token-0'],
    ['of another kind', () => 'null'],
    ['changed', (text) => text.replace('token-1', 'token-0')],
    ['changed in its end', (text) => text.replace(/"expiresAt":\d/, '"expiresAt":9')],
    ['without its proof', (text) => JSON.stringify({ entry: JSON.parse(text).entry })],
    ['too large', (text) => text + ' '.repeat(70_000)],
    ['too deep', () => `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['somebody’s', (text) => text.replace(/"proof":"\w+"/, `"proof":"${'0'.repeat(64)}"`)],
    ['a prototype of one', (text) => `{"__proto__":${text},"constructor":{"prototype":${text}}}`],
  ])('%s: it is ignored and replaced', async (_, damage) => {
    const it = scene()
    await it.get()
    const path = it.entry()
    writeFileSync(path, damage(readFileSync(path, 'utf8')))
    expect(await it.get()).toBe('token-2')
    expect(await it.get()).toBe('token-2')
    expect(it.said).toEqual([])
  })

  test('but another identity’s', async () => {
    const it = scene()
    await it.get()
    const mine = it.entry()
    const other = scene()
    other.path = it.path
    await other.run({ identity: 'another' })()
    const theirs = inside(it.path).find((name) => name.endsWith('.json') && !mine.endsWith(name))
    writeFileSync(join(it.path, theirs ?? ''), readFileSync(mine))
    await other.run({ identity: 'another' })()
    expect(other.contacts).toBe(2)
  })

  test('open to others: the user is told, and it is replaced', async () => {
    const it = scene()
    await it.get()
    chmodSync(it.entry(), 0o644)
    expect(await it.get()).toBe('token-2')
    expect(it.said[0]).toMatch(
      /\.json is open to others \(mode 644\): it is not used, but replaced$/,
    )
    expect(await it.get()).toBe('token-2')
  })

  test.each<[string, (key: string) => void]>([
    ['damaged', (key) => writeFileSync(key, 'abc')],
    ['open to others', (key) => chmodSync(key, 0o644)],
  ])('a key that is %s is replaced, and what it opened is lost', async (_, damage) => {
    const it = scene()
    await it.get()
    damage(join(it.path, 'countersign.key'))
    expect(await it.get()).toBe('token-2')
    expect(await it.get()).toBe('token-2')
  })
})

describe('a folder that is no use', () => {
  const CASES: [string, (path: string) => void, RegExp][] = [
    [
      'is a file',
      (path) => writeFileSync(path, ''),
      /^nothing is kept between runs: \/.+\/cache cannot be used \(EEXIST\)$/,
    ],
    [
      'is open to others',
      (path) => {
        mkdirSync(path)
        chmodSync(path, 0o755)
      },
      /^nothing is kept between runs: \/.+ is open to others \(mode 755\)$/,
    ],
  ]
  test.each(CASES)('%s: each goes alone, and is told once', async (_, spoil, words) => {
    const it = scene()
    spoil(it.path)
    const run = it.run()
    expect(await run()).toMatchObject({ token: 'token-1' })
    expect(await run()).toMatchObject({ token: 'token-2' })
    expect(it.said).toEqual([expect.stringMatching(words)])
  })

  test('that is there no more is made again', async () => {
    const it = scene()
    await it.get()
    it.path = join(it.path, 'new')
    expect(await it.get()).toBe('token-2')
    expect(it.said).toEqual([])
  })

  test('that is not to be found is one, too', async () => {
    const it = scene()
    const wrap = stored({
      folder: () => Promise.reject(new Error('there is no home folder')),
      identity: IDENTITY,
      say: (line) => it.said.push(line),
    })
    expect(await wrap(it.source)()).toMatchObject({ token: 'token-1' })
    expect(it.said).toEqual(['nothing is kept between runs: there is no home folder'])
  })
})

const HASH = 'ab'.repeat(32)
const DRAFT = 'cd'.repeat(8)
const OTHERS = ['key', 'key.pem', 'notes.json', `${HASH}.txt`, 'countersign.key.pub']

test('what nobody has touched for a day goes, and what is none of ours stays as it is', async () => {
  const it = scene()
  await it.get()
  const old = new Date(Date.now() - 25 * 60 * MINUTE)
  mkdirSync(join(it.path, `${HASH}.lock`))
  const ours = [`${HASH}.json`, `${HASH}.json.${DRAFT}`, `countersign.key.${DRAFT}`]
  for (const one of [...ours, ...OTHERS]) writeFileSync(join(it.path, one), one, { mode: 0o600 })
  for (const one of readdirSync(it.path)) utimesSync(join(it.path, one), old, old)
  it.time += 50 * MINUTE
  await it.get()
  // And the entry.
  expect(inside(it.path)).toHaveLength(OTHERS.length + 2)
  expect(inside(it.path)).toEqual(expect.arrayContaining(['countersign.key', ...OTHERS]))
  for (const one of OTHERS) expect(readFileSync(join(it.path, one), 'utf8')).toBe(one)
})
