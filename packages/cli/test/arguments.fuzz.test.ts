import { Readable } from 'node:stream'
import { Command, CommanderError } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addCredentials } from '../src/credentials/command.ts'
import { addDemo } from '../src/demo/command.ts'
import { ending, say } from '../src/exit.ts'
import { addExplain } from '../src/explain/command.ts'
import { headerOf } from '../src/header.ts'
import { urlOf } from '../src/place.ts'
import { addRequest } from '../src/request/command.ts'
import { type Flags, type Host, messageOf } from '../src/request/order.ts'
import { isS3, placeInS3, s3Url } from '../src/s3.ts'
import { addSandbox } from '../src/sandbox/command.ts'
import { addToken } from '../src/token/command.ts'
import { UsageError } from '../src/usage-error.ts'
import { serviceNames } from '../src/variables.ts'
import { Screen } from './request/support.ts'

const COMMANDS = ['credentials', 'token', 'request', 'explain', 'sandbox', 'demo', 'help']
const OPTIONS =
  '-H -d -i -o --json --timeout --no-cache --secret-stdin --compare --port --quiet --live --clients --duration --format --help -- -'.split(
    ' ',
  )
const odd = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'-=@:/ \n\0\u001b[aé') }),
  fc.constantFrom('', '0', '-1', '300', '301', '1e999', 'NaN', '0x10', '65535', '65536', ' 1 '),
)
const argument = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...COMMANDS, ...OPTIONS, ...serviceNames) },
  { weight: 2, arbitrary: odd },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...OPTIONS), odd).map((two) => two.join('=')) },
)

interface Called {
  command: string
  flags: { timeout?: number; port?: number; format?: string; output?: string }
}

/** The command line as `main.ts` makes it, but for what the commands do. */
function parsed(argv: readonly string[]): Called | undefined {
  let called: Called | undefined
  const program = new Command('countersign')
    .exitOverride()
    .configureOutput({ writeOut() {}, writeErr() {} })
  for (const add of [addCredentials, addToken, addRequest, addExplain, addSandbox, addDemo])
    add(program)
  for (const command of program.commands) {
    command.action(() => {
      called = { command: command.name(), flags: command.opts() }
    })
  }
  program.parse(argv, { from: 'user' })
  return called
}

/** Wrong usage, which is told in one line of what a terminal shows. */
function expectTold(error: unknown): void {
  expect(error).toBeInstanceOf(UsageError)
  const screen = new Screen()
  for (const line of ending(error).lines) say(line, screen)
  expect(screen.text).toMatch(/^countersign: \P{Cc}{1,400}\n$/u)
}

test('any arguments call a command with options that it can bear, or are wrong usage', () => {
  let calls = 0
  fc.assert(
    fc.property(fc.constantFrom(...COMMANDS), fc.array(argument), (command, more) => {
      try {
        const called = parsed([command, ...more])
        if (!called) return
        calls += 1
        const { timeout = 1, port = 0, format = 'json', output = '-' } = called.flags
        expect(timeout > 0 && timeout <= 300).toBe(true)
        expect(Number.isInteger(port) && port >= 0 && port <= 65_535).toBe(true)
        expect(['process', 'env', 'json']).toContain(format)
        if (called.command === 'request') expect(output).not.toBe('')
      } catch (error) {
        expect(error).toSatisfy((it) => it instanceof CommanderError || it instanceof UsageError)
        expect([0, 2]).toContain(ending(error).code)
      }
    }),
    {
      examples: [
        ['request', ['angus', 'GET', '/', '--timeout', '1e999']],
        ['request', ['angus', 'GET', '/', '--timeout=NaN']],
        ['request', ['angus', 'GET', '/', '-o', '']],
        ['sandbox', ['--port', '-1']],
        ['demo', ['__proto__', 'constructor']],
      ],
    },
  )
  expect(calls).toBeGreaterThan(0)
})

test('-H is a header that fetch sends as it was given, or wrong usage that shows no value', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'aZ-_: \t\r\n\0é\u007f') }),
    fc.tuple(fc.string(), odd).map(([name, value]) => `${name}: ${value}S3CR3T`),
    odd.map((value) => `x-one: ${value}S3CR3T`),
  )
  fc.assert(
    fc.property(text, (given) => {
      try {
        const [name, value] = headerOf(given)
        expect(new Headers([[name, value]]).get(name)).toBe(value)
        expect(value).toMatch(/^[\t -~]*$/)
        expect(given.startsWith(`${name}:`)).toBe(true)
      } catch (error) {
        expectTold(error)
        expect((error as Error).message).not.toContain('S3CR3T')
      }
    }),
    { examples: [['__proto__: S3CR3T'], ['x\n: S3CR3T'], ['x: \u0085S3CR3T'], [': S3CR3T']] },
  )
})

const addressed = fc.oneof(
  odd,
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc
    .tuple(
      fc.constantFrom(
        '',
        '/',
        '//',
        '\\\\',
        '@',
        ':',
        '?',
        '#',
        's3://',
        'S3://',
        'https:',
        'ftp://',
      ),
      fc.constantFrom('', 'evil.example', '@evil.example', 'my-bucket', 'a..b', '..', '%2e%2e'),
      fc.constantFrom('', '/', '/../..', '?a#b', '/k#1', ':80', '\t/x', '/é\ud800'),
    )
    .map((parts) => parts.join('')),
)

test('a path leads below the address of the API, whatever it holds', () => {
  fc.assert(
    fc.property(addressed, (given) => {
      try {
        const url = URL.parse(urlOf(given, 'https://api.example/v1'))
        if (/^https?:\/\//i.test(given)) return
        expect(url?.origin).toBe('https://api.example')
        expect([url?.username, url?.password]).toEqual(['', ''])
      } catch (error) {
        expectTold(error)
      }
    }),
    {
      examples: [['//evil.example'], ['\\\\evil.example'], ['@evil.example'], [':80@evil.example']],
    },
  )
})

test('a place in S3 leads to the host of its bucket, or to the endpoint that stands in', () => {
  const endpoint = fc.constantFrom(undefined, 'http://127.0.0.1:9000', 'https://minio.example/s3')
  fc.assert(
    fc.property(addressed, endpoint, (given, at) => {
      try {
        const { bucket = 'own-bucket', path } = placeInS3(given)
        if (/^[a-z][a-z\d+.-]*:\/\//i.test(path)) return
        const url = new URL(s3Url(bucket, path, 'us-east-1', at))
        const dotted = bucket.includes('.')
        const home = `https://${dotted ? '' : `${bucket}.`}s3.us-east-1.amazonaws.com`
        expect(url.origin).toBe(new URL(at ?? home).origin)
        expect(url.hash).toBe('')
        if (!at) expect(isS3(url.host, 'us-east-1')).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
    {
      examples: [
        ['s3://evil.example@my-bucket/k', undefined],
        ['s3://a..b/k', undefined],
      ],
    },
  )
})

test('no host is S3 but those of AWS', () => {
  const host = fc
    .tuple(
      fc.constantFrom('', 'b.', 'evil-', 's3.', 'evil.example/'),
      fc.constantFrom('s3', 's3.dualstack', 'xs3', 's3-us-east-1', 's3.us-east-1', 's3.evil'),
      fc.constantFrom('.amazonaws.com', '.amazonaws.com.evil.example', 'amazonaws.com', ':80'),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(host, fc.domain(), odd), (given) => {
      const parsed = URL.parse(`https://${given}/`)
      if (!parsed || !isS3(parsed.host, 'us-east-1')) return
      expect(parsed.host).toMatch(/(?:^|\.)s3[^/]*\.amazonaws\.com$/)
    }),
  )
})

test('a method and text are sent as they are given, or refused', async () => {
  const method = fc.oneof(odd, fc.constantFrom('get', 'PoSt', 'CONNECT', 'trace', 'HEAD', '*'))
  await fc.assert(
    fc.asyncProperty(method, fc.option(odd, { nil: undefined }), async (given, data) => {
      // What begins like this is a file, or the standard input.
      if (data?.startsWith('@')) return
      const flags = { timeout: 1, cache: false, ...(data !== undefined && { data }) } as Flags
      const order = { service: 'amperity', method: given, target: '/', flags } as const
      const host = { stdin: Readable.from([]) } as unknown as Host
      try {
        const message = await messageOf(order, host, 'agent/1')
        const request = new Request('https://api.example/', { method: message.method })
        expect(request.method).toBe(given.toUpperCase())
        if (message.data instanceof Uint8Array) {
          expect(new TextDecoder().decode(message.data)).toBe(data?.replace(/\p{Cs}/gu, '\ufffd'))
        }
      } catch (error) {
        expectTold(error)
      }
    }),
    {
      examples: [
        ['\u007f', undefined],
        ['\u009b2J', undefined],
        ['a\nb', '-'],
      ],
    },
  )
})
