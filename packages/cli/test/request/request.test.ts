import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/exit.ts'
import type { ServiceName } from '../../src/variables.ts'
import { folder, inside } from '../cache/folder.ts'
import { open, variablesFor, WAYS } from '../sandbox.ts'
import { bearerAt, hmacAt, Screen, sent, serve } from './support.ts'

const TARGETS: Record<Exclude<ServiceName, 'optimizely-events'>, string> = {
  kalibrate: '/api/site?query=(country=GB)+(limit=10)',
  amperity: 'api/campaigns',
  angus: '/entities?metrics=interested&from_date=2026-01-01T00:00:00&time=by_hour',
  'optimizely-dxp': '/projects/8ad8cc5b-0c49-4b79-8ebd-6451465a92c2/deployments',
}

describe('each service answers', () => {
  test.each(WAYS.filter(([, service]) => service !== 'optimizely-events'))(
    '%s',
    async (_, service, pick) => {
      const { sandbox, options } = await open()
      const env = variablesFor(service, pick(options))
      const target = TARGETS[service as keyof typeof TARGETS]
      const { code, stdout, stderr } = await sent(env, [service, 'get', target])
      expect([code, stderr.text]).toEqual([exitCodes.ok, ''])
      expect(() => JSON.parse(stdout.text)).not.toThrow()
      expect(sandbox.count({ endpoint: 'api', status: 200 })).toBe(1)
    },
  )

  test('optimizely-events: its Step 3, list and download', async () => {
    const { sandbox, options, s3 } = await open({
      optimizelyEvents: { objects: { 'type=decisions/date=2026-01-31/a.parquet': 100_000 } },
    })
    const env = {
      ...variablesFor('optimizely-events', options.optimizelyEvents),
      AWS_ENDPOINT_URL_S3: s3,
    }
    const ask = (target: string, output?: string) =>
      sent(env, ['optimizely-events', 'GET', target], output ? { output } : {})

    const { code } = await ask('/?list-type=2&prefix=v1/')
    expect(code).toBe(exitCodes.clientError)
    const prefix = `v1/account_id=${sandbox.issued[0]?.accountId}/type=decisions/date=2026-01-31/`
    const list = await ask(`?list-type=2&prefix=${prefix}`)
    const key = /<Key>(.+)<\/Key>/.exec(list.stdout.text)?.[1]
    expect(key).toBe(`${prefix}a.parquet`)

    const path = join(folder(), 'a.parquet')
    const { stdout } = await ask(`s3://optimizely-events-data/${key}`, path)
    expect(stdout.text).toBe('')
    const bytes = readFileSync(path)
    expect([bytes.length, bytes.toString('latin1', 0, 4)]).toEqual([100_000, 'PAR1'])

    const denied = await ask(`?list-type=2&prefix=${prefix.slice(0, -1)}`)
    expect(denied.code).toBe(exitCodes.clientError)
    expect(denied.stdout.text).toContain('<Code>AccessDenied</Code>')
  })

  test('after a token is refused, with one request more', async () => {
    const { sandbox, options } = await open()
    const env = variablesFor('angus', options.angus)
    sandbox.inject({ service: 'angus', endpoint: 'api', status: 401 })
    const { code } = await sent(env, ['angus', 'GET', TARGETS.angus])
    expect([code, sandbox.count({ endpoint: 'token' })]).toEqual([exitCodes.ok, 2])
  })
})

/** A server that tells what it got. */
async function echo() {
  const got: { headers: IncomingMessage['headers']; method?: string; body: string }[] = []
  const url = await serve(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray()).toString()
    got.push({ headers: incoming.headers, method: incoming.method ?? '', body })
    outgoing.end('thanks')
  })
  return { url, got }
}

describe('what is sent', () => {
  test('text, as application/json unless a header says otherwise', async () => {
    const { url, got } = await echo()
    const put = ['amperity', 'PUT', '/x'] as const
    await sent(bearerAt(url), put, { data: '{}' })
    await sent(bearerAt(url), put, { data: 'a,b', header: ['Content-Type: text/csv'] })
    await sent(bearerAt(url), put, { data: 'a,b', header: ['content-type:'] })
    await sent(bearerAt(url), put)
    expect(got.map(({ headers, body }) => [headers['content-type'], body])).toEqual([
      ['application/json', '{}'],
      ['text/csv', 'a,b'],
      [undefined, 'a,b'],
      [undefined, ''],
    ])
  })

  test('by a name of its own, or the one that is given', async () => {
    const { url, got } = await echo()
    await sent(bearerAt(url), ['amperity', 'GET', '/x'])
    await sent(bearerAt(url), ['amperity', 'GET', '/x'], { header: ['User-Agent: acme/1'] })
    expect(got.map(({ headers }) => headers['user-agent'])).toEqual(['countersign/1.2.3', 'acme/1'])
  })

  test('with an Authorization of the caller’s own', async () => {
    const { url, got } = await echo()
    await sent(bearerAt(url), ['amperity', 'GET', '/x'], { header: ['Authorization: Basic eA=='] })
    expect(got[0]?.headers.authorization).toBe('Basic eA==')
  })

  test.each(['optimizely-dxp', 'amperity'] as const)('a file to %s', async (service) => {
    const { url, got } = await echo()
    const path = join(folder(), 'body')
    writeFileSync(path, 'line\r\n'.repeat(50_000))
    const env = { ...bearerAt(url), ...hmacAt(url) }
    expect((await sent(env, [service, 'POST', '/x'], { data: `@${path}` })).code).toBe(0)
    expect(got[0]?.headers['content-length']).toBe('300000')
    expect(got[0]?.body).toBe('line\r\n'.repeat(50_000))
  })

  test('the standard input, in chunks where no signature covers it', async () => {
    const { url, got } = await echo()
    const env = { ...bearerAt(url), ...hmacAt(url) }
    for (const service of ['amperity', 'optimizely-dxp'] as const) {
      const stdin = Readable.from([Buffer.from('one '), Buffer.from('two')])
      await sent(env, [service, 'POST', '/x'], { data: '-' }, { stdin })
    }
    expect(got.map(({ headers, body }) => [headers['transfer-encoding'], body])).toEqual([
      ['chunked', 'one two'],
      [undefined, 'one two'],
    ])
  })

  test('a file again when the token was refused, and a stream once', async () => {
    const { sandbox, options } = await open()
    const env = variablesFor('amperity', options.amperityOAuth)
    const path = join(folder(), 'records')
    writeFileSync(path, '[{"id": 1}]')
    const post = ['amperity', 'POST', '/stream/v0/data/customers'] as const
    sandbox.inject({ endpoint: 'api', status: 401, times: 2 })
    expect((await sent(env, post, { data: `@${path}` })).code).toBe(exitCodes.clientError)
    expect(sandbox.requests.map(({ body }) => body.length).slice(-3)).toEqual([
      11,
      expect.any(Number),
      11,
    ])

    sandbox.reset()
    sandbox.inject({ endpoint: 'api', status: 401 })
    const stdin = Readable.from([Buffer.from('[]')])
    expect((await sent(env, post, { data: '-' }, { stdin })).code).toBe(exitCodes.clientError)
    expect(sandbox.count({ endpoint: 'api' })).toBe(1)
  })

  test.each([
    [['PUT', '/x'], { data: '@no-such-file' }, '-d names a file that cannot be read: no-such-file'],
    [['GET', '/x'], { data: 'x' }, '-d does not go with GET'],
    [['/x', 'GET'], {}, '"/x" is no method to send'],
    [['TRACE', '/x'], {}, '"TRACE" is no method to send'],
    [['PUT', '/x'], { data: '-', secretStdin: true }, '--secret-stdin and -d - both read'],
    [['PUT', 'ftp://x'], {}, 'an http(s) URL is wanted'],
    [['PUT', '/x'], { header: ['x'] }, "-H takes 'Name: value'"],
  ] as const)('not %j with %j', async ([method, target], flags, message) => {
    const env = bearerAt('http://127.0.0.1:9')
    await expect(sent(env, ['amperity', method, target], flags)).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }),
    )
  })
})

describe('what comes back', () => {
  const get = ['amperity', 'GET', '/x?token=a-secret'] as const

  test('is printed with its status and headers, and says what is wrong', async () => {
    const url = await serve((_, outgoing) => {
      outgoing.writeHead(404, 'Not Here', { 'x-one': '1' }).end('no such thing')
    })
    const { code, stdout, stderr } = await sent(bearerAt(url), get, { include: true })
    expect(stdout.text).toMatch(
      /^HTTP\/1\.1 404 Not Here\r\n(?:.+\r\n)*x-one: 1\r\n(?:.+\r\n)*\r\nno such thing$/,
    )
    expect(stderr.text).toBe(`countersign: GET ${url}/x: 404 Not Here\n`)
    expect(code).toBe(exitCodes.clientError)
  })

  test.each([
    [200, exitCodes.ok],
    [304, exitCodes.ok],
    [400, exitCodes.clientError],
    [499, exitCodes.clientError],
    [500, exitCodes.serverError],
    [503, exitCodes.serverError],
  ])('with %i the command ends with %i', async (status, expected) => {
    const url = await serve((_, outgoing) => outgoing.writeHead(status).end())
    expect((await sent(bearerAt(url), get)).code).toBe(expected)
  })

  test('shows nothing of a reason or a header that a terminal would obey', async () => {
    const url = await serve((_, outgoing) => {
      const answer =
        'HTTP/1.1 404 \u001b[31mred\u0007\r\nx: a\u009b31m\tb\r\ncontent-length: 0\r\n\r\n'
      outgoing.socket?.end(Buffer.from(answer, 'latin1'))
    })
    const json = await sent(bearerAt(url), get, { json: true })
    expect(json.stdout.text).toMatch(/^\P{Cc}+\n$/u)
    expect(JSON.parse(json.stdout.text).headers.x).toBe('a\u009b31m\tb')
    const { stdout, stderr } = await sent(bearerAt(url), get, { include: true })
    expect(stderr.text).toBe(`countersign: GET ${url}/x: 404 ?[31mred?\n`)
    expect(stdout.text).toMatch(/^HTTP\/1\.1 404 \?\[31mred\?\r\n(?:.+\r\n)*x: a\?31m\tb\r\n/)
  })

  test('is decoded', async () => {
    const url = await serve((_, outgoing) => {
      outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a text'))
    })
    expect((await sent(bearerAt(url), get)).stdout.text).toBe('a text')
  })

  test('goes into a file as it is, and only if it is good', async () => {
    const at = folder()
    const output = join(at, 'out')
    const url = await serve((_, outgoing) => {
      outgoing.writeHead(200, { 'x-one': '1' }).end(Buffer.from([0, 255]))
    })
    const { stdout } = await sent(bearerAt(url), get, { output, include: true })
    expect([...readFileSync(output)]).toEqual([0, 255])
    expect(stdout.text).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)+\r\n$/)

    const refusing = await serve((_, outgoing) => outgoing.writeHead(403).end('denied'))
    const denied = await sent(bearerAt(refusing), get, { output })
    expect([denied.code, denied.stdout.text]).toEqual([exitCodes.clientError, 'denied'])
    expect([...readFileSync(output)]).toEqual([0, 255])
    expect(inside(at)).toEqual(['out'])
  })

  test('never looks whole when it is not', async () => {
    const at = folder()
    const url = await serve((_, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '1000' })
      outgoing.write(Buffer.alloc(500), () => outgoing.destroy())
    })
    await expect(sent(bearerAt(url), get, { output: join(at, 'out') })).rejects.toThrow(
      /the answer broke off after \d+ bytes/,
    )
    expect(inside(at)).toEqual([])
  })

  test('on a terminal has a line break at its end, and is text', async () => {
    const binary = await serve((_, outgoing) => outgoing.end(Buffer.from('PAR1\0')))
    const refused = sent(bearerAt(binary), get, {}, { stdout: new Screen(80) })
    await expect(refused).rejects.toThrow('the answer is not text: -o <file> saves it')
    const raw = await sent(bearerAt(binary), get, { output: '-' }, { stdout: new Screen(80) })
    expect(raw.stdout.text).toBe('PAR1\0')
    expect((await sent(bearerAt(binary), get)).stdout.text).toBe('PAR1\0')

    const text = await serve((_, outgoing) => outgoing.end('a text'))
    const shown = await sent(bearerAt(text), get, {}, { stdout: new Screen(80) })
    expect(shown.stdout.text).toBe('a text\n')
    expect((await sent(bearerAt(text), get)).stdout.text).toBe('a text')
  })
})

describe('--json', () => {
  const get = ['amperity', 'GET', '/x'] as const
  const json = true

  test.each([
    ['application/json; charset=utf-8', '{"a": [1]}', { body: { a: [1] } }],
    ['application/problem+json', '[]', { body: [] }],
    ['application/json', 'no JSON', { body: 'no JSON' }],
    ['text/plain', '{}', { body: '{}' }],
    ['text/plain', '', { body: null }],
    ['image/png', Buffer.from([0x89, 0xff]), { bodyBase64: 'if8=' }],
  ])('of %s', async (type, content, expected) => {
    const url = await serve((_, outgoing) => {
      outgoing.writeHead(200, { 'content-type': type, 'set-cookie': ['a=1', 'b=2'] }).end(content)
    })
    const { stdout } = await sent(bearerAt(url), get, { json, include: true })
    expect(JSON.parse(stdout.text)).toEqual({
      status: 200,
      statusText: 'OK',
      headers: expect.objectContaining({ 'content-type': type, 'set-cookie': ['a=1', 'b=2'] }),
      ...expected,
    })
  })

  test('is one line, and rounds no number', async () => {
    const url = await serve((_, outgoing) => {
      const type = { 'content-type': 'application/json' }
      outgoing.writeHead(200, type).end('{\r\n "id": 12345678901234567890,\n "text": "a\\nb"\n}\n')
    })
    const { stdout } = await sent(bearerAt(url), get, { json })
    expect(stdout.text).toMatch(
      /^\{.+,"body":\{  ?"id": 12345678901234567890, +"text": "a\\nb" \}\}\n$/,
    )
    expect(JSON.parse(stdout.text).body.text).toBe('a\nb')
  })

  test('of what is saved has no body, and of what is not has', async () => {
    const output = join(folder(), 'out')
    for (const [status, body] of [
      [200, undefined],
      [500, 'sorry'],
    ] as const) {
      const url = await serve((_, outgoing) => outgoing.writeHead(status).end('sorry'))
      const { stdout, code } = await sent(bearerAt(url), get, { json, output })
      expect(JSON.parse(stdout.text)).toMatchObject({ status })
      expect(JSON.parse(stdout.text).body).toBe(body)
      expect(code).toBe(status < 400 ? exitCodes.ok : exitCodes.serverError)
    }
    expect(readFileSync(output, 'utf8')).toBe('sorry')
  })
})

describe('who does not answer', () => {
  const get = ['amperity', 'GET', '/x?token=a-secret'] as const

  test('is not waited for for ever, before the headers nor within the body', async () => {
    const silent = await serve(() => {})
    await expect(sent(bearerAt(silent), get, { timeout: 0.05 })).rejects.toThrow(
      `GET ${silent}/x: nothing has moved for 0.05 s, as --timeout has it`,
    )
    const halfway = await serve((_, outgoing) => void outgoing.writeHead(200).write('half'))
    const output = join(folder(), 'out')
    await expect(sent(bearerAt(halfway), get, { timeout: 0.05, output })).rejects.toThrow(
      'nothing has moved for 0.05 s',
    )
    expect(existsSync(output)).toBe(false)
  })

  test('is named, without the query', async () => {
    await expect(sent(bearerAt('http://127.0.0.1:9'), get)).rejects.toThrow(
      expect.objectContaining({
        name: 'Failure',
        message: expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:9\/x: (?!.*secret)/),
      }),
    )
  })

  test('but leads elsewhere is not sent a file', async () => {
    const url = await serve((incoming, outgoing) => {
      incoming.resume().once('end', () => outgoing.writeHead(307, { location: '/y' }).end())
    })
    const path = join(folder(), 'body')
    writeFileSync(path, 'content')
    const put = ['amperity', 'PUT', '/x'] as const
    await expect(sent(bearerAt(url), put, { data: `@${path}` })).rejects.toThrow(
      `PUT ${url}/x: unexpected redirect`,
    )
  })

  test('a refused secret ends it before the request', async () => {
    const { sandbox, options } = await open()
    const env = variablesFor('angus', { ...options.angus, accessToken: 'a-wrong-secret' })
    await expect(sent(env, ['angus', 'GET', '/entities'])).rejects.toThrow(
      expect.objectContaining({
        name: 'ExchangeError',
        message: expect.not.stringContaining('a-wrong-secret'),
      }),
    )
    expect(sandbox.count({ endpoint: 'api' })).toBe(0)
  })

  test('an interruption ends the wait, and is told as it is', async () => {
    const stop = new AbortController()
    const at = folder()
    const url = await serve((_, outgoing) => void outgoing.writeHead(200).write('half'))
    const flags = { output: join(at, 'out') }
    const sending = sent(bearerAt(url), get, flags, { signal: stop.signal })
    stop.abort(new Error('interrupted'))
    await expect(sending).rejects.toThrow('interrupted')
    expect(inside(at)).toEqual([])
  })

  test('an interruption ends the wait for the standard input, too', async () => {
    const stop = new AbortController()
    const stdin = new Readable({ read() {} })
    const { url } = await echo()
    const post = ['optimizely-dxp', 'POST', '/x'] as const
    const sending = sent(hmacAt(url), post, { data: '-' }, { stdin, signal: stop.signal })
    setImmediate(() => stop.abort(new Error('interrupted')))
    await expect(sending).rejects.toThrow('interrupted')
    if (!stdin.closed) await once(stdin, 'close')
    expect(stdin.destroyed).toBe(true)
  })
})
