import { type CacheOptions, cached, CountersignError } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { sigv4 } from '@countersign/core/sigv4'
import type { Arrival } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { audit } from '../src/audit.ts'
import { BLIND, CALL, ledger } from '../src/ledger.ts'
import { kindOf } from '../src/outcome.ts'
import { byHmac, bySigv4 } from '../src/proofs.ts'
import { report, textOf } from '../src/report.ts'
import type { Outcome, TortureOptions } from '../src/torture.ts'
import { tally } from '../src/worker.ts'

const OPTIONS: TortureOptions = { seed: 1, seconds: 10, workers: 64, faults: [1, 30] }

/** A run in which everything is as it must be. */
const GOOD: Outcome = {
  tally: { ...tally(), started: 100, ended: 100, outcomes: new Map([['200', 100]]) },
  findings: {
    requests: Object.entries({ api: 100, token: 8, tokens: 6, useless: 2 }),
    accepted: 90,
    refused: new Set(['a refused token']),
    events: [['another lifetime', 3]],
    faults: Array.from({ length: 30 }, (_, n) => [`fault ${n}`, 1]),
    violations: [],
  },
  jumps: 1,
  reasons: new Map(Object.entries({ 'the first': 5, refused: 1 })),
  refused: ['a refused token'],
  doubled: [],
  stuck: [],
  alarms: [],
  handles: { before: ['PipeWrap'], after: ['PipeWrap'] },
  heap: { before: 40 * 2 ** 20, after: 41 * 2 ** 20 },
}

const failed = (outcome: Outcome) => {
  const { checks, passed } = report(OPTIONS, outcome)
  const names = checks.filter(({ holds }) => !holds).map(({ name }) => name)
  expect(passed).toBe(names.length === 0)
  return names
}

describe('each check of a run can fail, alone', () => {
  const violation = (kind: string) => ({
    findings: { ...GOOD.findings, violations: [[kind, 'GET /']] as const },
  })
  const noted = (what: Partial<Outcome['tally']>) => ({ tally: { ...GOOD.tally, ...what } })

  test.each<[name: RegExp, what: Partial<Outcome>]>([
    [/something to survive/, { findings: { ...GOOD.findings, faults: [] } }],
    [/something to survive/, noted({ outcomes: new Map([['200', 19]]) })],
    [/ended once/, noted({ ended: 99 })],
    [/ended once/, noted({ ended: 101 })],
    [/ended once/, noted({ open: new Set(['a call']) })],
    [/error of ours/, noted({ strange: new Map([['Error: x', 'Error: x']]) })],
    [/answer to that call/, noted({ swapped: ['a call'] })],
    [/before its deadline/, noted({ late: ['a call'] })],
    [/sent again/, violation('sent again without a reason')],
    [/signed right/, violation('accepted, though not signed right')],
    [/another’s origin/, violation('a secret that belongs elsewhere')],
    [/asked for without a reason/, { reasons: new Map([['idle', 6]]) }],
    [/no server has refused/, { refused: ['another token'] }],
    [/at a time/, { doubled: ['an endpoint'] }],
    [/more requests for tokens/, { reasons: new Map([['the first', 5]]) }],
    [/works again/, { stuck: ['a caller'] }],
    [/unhandled/, { alarms: [new Error('x')] }],
    [/handle/, { handles: { before: [], after: ['Timeout'] } }],
    [/heap/, { heap: { before: 0, after: 8 * 2 ** 20 } }],
  ])('%s', (name, what) => {
    expect(failed({ ...GOOD, ...what })).toEqual([expect.stringMatching(name)])
  })

  test('and none does otherwise', () => {
    expect(failed(GOOD)).toEqual([])
    expect(textOf(report(OPTIONS, GOOD))).toMatch(/^calls +100 +200 100\n/)
  })
})

const arrival = (
  given: Partial<Omit<Arrival, 'headers'>> & { headers?: HeadersInit },
): Arrival => ({
  host: 'api.example',
  origin: 'https://api.example',
  method: 'GET',
  target: '/',
  body: new Uint8Array(),
  ...given,
  headers: new Headers(given.headers),
})
const bodyOf = (text: string) => new TextEncoder().encode(text)

describe('the ledger sees', () => {
  const SECRET = 'S3CR3T+of/one~tenant=='

  test.each<[where: string, Parameters<typeof arrival>[0]]>([
    ['in a header', { headers: { authorization: `Bearer ${SECRET}` } }],
    ['in a query', { target: `/a?key=${encodeURIComponent(SECRET)}&b` }],
    ['in a form', { body: bodyOf(`a=b&${new URLSearchParams({ key: SECRET })}`) }],
    ['in JSON', { body: bodyOf(JSON.stringify({ key: SECRET })) }],
    ['in a scheme of its own', { headers: { authorization: `epi-hmac ${SECRET}:1:2:3` } }],
  ])('a secret that belongs elsewhere, %s', (_, given) => {
    const book = ledger()
    book.enter(SECRET, ['one/api'])
    book.see(arrival(given), 'one/api')
    expect([...book.violations]).toEqual([])
    book.see(arrival(given), 'two/api')
    expect([...book.violations.keys()]).toEqual(['a secret that belongs elsewhere'])
  })

  test('what only signs, wherever it is', () => {
    const book = ledger()
    book.enter(SECRET, [])
    book.see(arrival({ headers: { authorization: SECRET } }), 'one/api')
    expect(book.violations.size).toBe(1)
  })

  test('what was accepted without a token that belongs there', () => {
    const book = ledger()
    book.enter(SECRET, ['one/api'])
    book.accept(arrival({ headers: { authorization: `Bearer ${SECRET}` } }), 'one/api')
    expect([...book.violations]).toEqual([])
    book.accept(arrival({}), 'one/api')
    expect([...book.violations.keys()]).toEqual(['accepted, though not signed right'])
    expect(book.accepted).toBe(2)
  })

  test('a call that is sent again, but not after a redirect or a refusal', () => {
    const book = ledger()
    const send = (call: string, status: number) => {
      book.answered(arrival({ headers: { [CALL]: call } }), 'one/api', status)
      return book.violations.size
    }
    for (const status of [302, 401, 302, 200]) expect(send('a', status)).toBe(0)
    expect(send('b', 503)).toBe(0)
    expect(send('b', 200)).toBe(1)
  })

  test('… and one that is sent for the third time, after two refusals', () => {
    const book = ledger()
    for (const _ of [1, 2]) book.answered(arrival({ headers: { [CALL]: 'a' } }), 'one/api', 401)
    expect([...book.violations]).toEqual([])
    book.answered(arrival({ headers: { [CALL]: 'a' } }), 'one/api', 200)
    expect([...book.violations.keys()]).toEqual(['sent again without a reason'])
  })
})

test('a client that does not tell where an answer is from takes any refusal for one of its token', () => {
  const SENT = 'a token of this tenant'
  for (const [call, expected] of [
    ['a', []],
    [`a${BLIND}`, [SENT]],
  ] as const) {
    const book = ledger()
    book.enter(SENT, ['one/api'])
    const headers = { [CALL]: call, authorization: `Bearer ${SENT}` }
    book.answered(arrival({ headers }), 'one/api', 302)
    book.answered(arrival({ headers: { [CALL]: call } }), 'another/api', 401)
    expect([...book.refused]).toEqual(expected)
  }
})

test('a token is refused where it belongs, and by a refusal', () => {
  const book = ledger()
  book.enter('a token of this tenant', ['one/api'])
  const headers = { authorization: 'Bearer a token of this tenant' }
  book.answered(arrival({ headers }), 'one/api', 503)
  book.answered(arrival({ headers }), 'two/api', 401)
  expect(book.refused.size).toBe(0)
  book.answered(arrival({ headers }), 'one/api', 401)
  expect([...book.refused]).toEqual(['a token of this tenant'])
})

describe('a proof holds for what was signed, and nothing else', () => {
  const now = () => Date.parse('2026-01-31T12:00:00Z')
  const request = { method: 'POST', url: 'https://api.example/a?b=c', headers: {}, body: 'four' }
  const sent = { method: 'POST', target: '/a?b=c', body: bodyOf('four') }
  const signed = async (signer: ReturnType<typeof hmac>) => {
    const { headers } = await signer.sign(request)
    return { ...headers, host: 'api.example' }
  }

  test('by an HMAC', async () => {
    const key = { key: 'id', secret: Buffer.from('a secret').toString('base64') }
    const headers = await signed(
      hmac({
        id: key.key,
        secret: key.secret,
        secretEncoding: 'base64',
        message: ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'],
        body: { hash: 'md5' },
        headers: { authorization: 'epi-hmac {id}:{timestamp}:{nonce}:{signature}' },
        now,
      }),
    )
    const verify = byHmac(key, now)
    expect(verify(arrival({ ...sent, headers }))).toBe(undefined)
    expect(verify(arrival({ ...sent, headers }))).toMatch('nonce')
    expect(verify(arrival({ ...sent, headers, target: '/a' }))).toMatch('does not match')
  })

  test('by Signature Version 4', async () => {
    const key = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' }
    const aws = { region: 'us-east-1', service: 's3', now }
    const headers = await signed(sigv4({ ...aws, credentials: key }))
    const verify = bySigv4('s3', new Map([[key.accessKeyId, key]]), now)
    expect(verify(arrival({ ...sent, headers }))).toBe(undefined)
    expect(verify(arrival({ ...sent, headers, target: '/a' }))).toMatch('SignatureDoesNotMatch')
    expect(bySigv4('s3', new Map(), now)(arrival({ ...sent, headers }))).toMatch('nobody')
  })
})

describe('the audit of a cache', () => {
  /** Calls a cache of tokens that live for 1,000 ms, each 10 ms. */
  async function calls(options: CacheOptions, refusing = false) {
    let time = 0
    const now = () => time
    const { onEvent, reasons } = audit(now)
    const cache = cached(
      async () => {
        const expiresAt = time + 1_000
        time += 5
        return { token: `token ${time}`, expiresAt }
      },
      { now, onEvent, ...options },
    )
    for (let n = 0; n < 1_000; n++, time += 10) {
      const value = await cache()
      if (refusing && n % 10 === 0) await cache({ refused: value })
    }
    return Object.fromEntries(reasons)
  }

  test('knows the reason for each contact', async () => {
    const { 'the first': first, 'it was time': due = 0, ...others } = await calls({})
    expect([first, others]).toEqual([1, {}])
    expect(due).toBeGreaterThan(9)
    expect(await calls({}, true)).toMatchObject({ refused: 100 })
  })

  test('finds one that comes too early', async () => {
    expect(await calls({ advisoryWindow: 250 })).toHaveProperty('idle')
  })

  test('finds a second request while the first is under way, unless that was ended', async () => {
    const { fetch, doubled } = audit(Date.now)
    await fetch('data:,first')
    const controller = new AbortController()
    const ended = fetch('data:,ended', { signal: controller.signal }).catch(() => {})
    controller.abort()
    await Promise.all([ended, fetch('data:,under-way')])
    expect(doubled).toEqual([])
    await Promise.all([fetch('data:,under-way'), fetch('data:,second')])
    expect(doubled).toEqual(['data:,second'])
  })

  test('notes which value its source is told to replace', async () => {
    const { wrapSource, refused } = audit(Date.now)
    const cache = cached(wrapSource(async () => ({ token: `token ${Math.random()}` })))
    const first = await cache()
    const second = await cache({ refused: first })
    // Late.
    expect(cache({ refused: first })).toBe(second)
    expect([...refused]).toEqual([first.token])
  })
})

describe('a call ended', () => {
  test.each<[unknown, boolean, string | undefined]>([
    [new CountersignError('refresh-timeout', 'x'), false, 'refresh-timeout'],
    [
      new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }),
      false,
      'a broken connection',
    ],
    [new DOMException('x', 'AbortError'), true, 'ended by the caller'],
    // Somebody else's abort, and what has no type.
    [new DOMException('x', 'AbortError'), false, undefined],
    [new TypeError('x is not a function'), false, undefined],
    ['x', false, undefined],
  ])('%s', (error, left, kind) => {
    expect(kindOf(error, left)).toBe(kind)
  })
})
