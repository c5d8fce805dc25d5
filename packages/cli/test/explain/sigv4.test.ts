import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callOf } from '../../src/explain/call.ts'
import type { Comparison } from '../../src/explain/explanation.ts'
import { explainAws } from '../../src/explain/sigv4/explain.ts'

/** Every signature here is made by hand with node:crypto: nothing of it is the code under test. */

const KEY = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const TOKEN = 'a+session/token=='
const HOST = 'bucket.s3.us-east-1.amazonaws.com'
const NOW = Date.UTC(2026, 10, 21, 12, 30, 20)
const PATH = '/v1/account_id%3D12/a%20b.parquet'
const QUERY = 'list-type=2&prefix=v1%2Fa%20b%2F&versions='
const URL_SENT = `https://${HOST}/v1/account_id=12/a%20b.parquet?versions&prefix=v1/a%20b/&list-type=2`

const hex = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

interface Hand {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  payload: string
  time: string
  scope: string
  key: Buffer | string
  accessKeyId: string
}

const chain = (start: string, ...steps: string[]) => steps.reduce<Buffer | string>(hmac, start)

const RIGHT: Hand = {
  method: 'GET',
  path: PATH,
  query: QUERY,
  headers: {
    host: HOST,
    'x-amz-content-sha256': hex(''),
    'x-amz-date': '20261121T123015Z',
    'x-amz-security-token': TOKEN,
  },
  payload: hex(''),
  time: '20261121T123015Z',
  scope: '20261121/us-east-1/s3/aws4_request',
  key: chain(`AWS4${SECRET}`, '20261121', 'us-east-1', 's3', 'aws4_request'),
  accessKeyId: KEY,
}

const canonicalOf = ({ method, path, query, headers, payload }: Hand) => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const names = Object.keys(headers).join(';')
  return `${method}\n${path}\n${query}\n${lines.join('')}\n${names}\n${payload}`
}
const toSignOf = (hand: Hand, canonical = canonicalOf(hand)) =>
  `AWS4-HMAC-SHA256\n${hand.time}\n${hand.scope}\n${hex(canonical)}`
const headerOf = ({ accessKeyId, scope, headers }: Hand, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${Object.keys(headers).join(';')}, Signature=${signature}`

/** A header, signed over what the hand says. */
const signing = (wrong: Partial<Hand>) => {
  const hand = { ...RIGHT, ...wrong }
  return headerOf(hand, hmac(hand.key, toSignOf(hand)).toString('hex'))
}
const texting = (toSign: string) => headerOf(RIGHT, hmac(RIGHT.key, toSign).toString('hex'))
const keying = (key: string | Buffer) => signing({ key })
const heading = (headers: Record<string, string | undefined>) => {
  const all = Object.entries({ ...RIGHT.headers, ...headers }).filter(
    ([, value]) => value !== undefined,
  )
  return signing({ headers: Object.fromEntries(all) as Record<string, string> })
}
const canonical = (rewrite: (text: string) => string) =>
  texting(toSignOf(RIGHT, rewrite(canonicalOf(RIGHT))))

interface Asked {
  method?: string
  place?: string
  headers?: string[]
  body?: string
  secret?: string
  token?: string | undefined
}

async function compared(given: string, asked: Asked = {}): Promise<Comparison> {
  const { method = 'GET', place = URL_SENT, headers = [`x-amz-date: ${RIGHT.time}`] } = asked
  const { body, secret = SECRET } = asked
  const sessionToken = 'token' in asked ? asked.token : TOKEN
  const credentials = {
    accessKeyId: KEY,
    secretAccessKey: secret,
    ...(sessionToken !== undefined && { sessionToken }),
  }
  const bytes = body === undefined ? undefined : Buffer.from(body)
  const call = callOf({ method, place, headers, body: bytes }, '')
  const { comparison } = await explainAws(credentials, 'us-east-1', call, given, () => NOW)
  if (!comparison) throw new Error('Nothing was compared')
  return comparison
}

const sentences = ({ culprits }: Comparison) =>
  culprits.map(({ problem, advice }) => `${problem}: ${advice}`)

test('the right header is right', async () => {
  expect(await compared(signing({}))).toEqual({ verdict: 'same', culprits: [], notes: [] })
})

test('the examples of AWS are right, and told by hand', async () => {
  const file = new URL('../../../core/test/vectors/aws-s3-examples.json', import.meta.url)
  const { header } = JSON.parse(readFileSync(file, 'utf8')) as {
    header: {
      method: string
      url: string
      headers: Record<string, string>
      body: string
      authorization: string
    }[]
  }
  expect(header.length).toBeGreaterThan(3)
  for (const { method, url, headers, body, authorization } of header) {
    const own = Object.entries({ ...headers, 'x-amz-date': '20130524T000000Z' })
    const asked = { method, place: url, headers: own.map((one) => one.join(': ')), body }
    const comparison = await compared(authorization, { ...asked, token: undefined })
    expect(comparison).toMatchObject({ verdict: 'same', culprits: [] })
  }
})

describe('one mistake is named', () => {
  test.each<[string, string, RegExp]>([
    ['the method in lower case', signing({ method: 'get' }), /method in lower case/],
    ['another method', signing({ method: 'HEAD' }), /the method HEAD/],

    [
      'a path escaped twice',
      signing({ path: encodeURI(PATH) }),
      /path escaped twice, as for other/,
    ],
    ['a path unescaped', signing({ path: decodeURIComponent(PATH) }), /path unescaped/],
    [
      'a path not escaped as a key',
      signing({ path: PATH.replace('%3D', '=') }),
      /not escaped as a key/,
    ],
    [
      'slashes escaped',
      signing({ path: PATH.replaceAll('/', '%2F').replace('%2F', '/') }),
      /slashes of the p/,
    ],
    ['the bucket in the path', signing({ path: `/bucket${PATH}` }), /bucket in the path, too/],
    ['no path', signing({ path: '/' }), /the path \//],
    ['a trailing slash', signing({ path: `${PATH}/` }), /slash at the end of the path/],

    ['no query', signing({ query: '' }), /no query/],
    [
      'the query as sent',
      signing({ query: URL_SENT.split('?')[1] as string }),
      /as it is sent, neither/,
    ],
    [
      'the query unsorted',
      signing({ query: 'versions=&prefix=v1%2Fa%20b%2F&list-type=2' }),
      /unsorted/,
    ],
    ['bare slashes', signing({ query: QUERY.replaceAll('%2F', '/') }), /slashes of the query bare/],
    ['+ for a space', signing({ query: QUERY.replace('%20', '+') }), /\+ where %20 belongs/],
    [
      'no = behind a name',
      signing({ query: QUERY.slice(0, -1) }),
      /names without a value and their =/,
    ],
    [
      'lower-case escapes',
      signing({ query: QUERY.replaceAll('%2F', '%2f') }),
      /escapes of the query in l/,
    ],

    [
      'no empty line',
      canonical((text) => text.replace('\n\n', '\n')),
      /no empty line behind the headers/,
    ],
    [
      'capital names',
      canonical((text) =>
        text
          .replace('host:', 'Host:')
          .replace('x-amz-date:', 'X-Amz-Date:')
          .replace('x-amz-content-sha256:', 'X-Amz-Content-Sha256:')
          .replace('x-amz-security-token:', 'X-Amz-Security-Token:'),
      ),
      /not in lower case/,
    ],
    [
      'a space behind the colons',
      canonical((text) => text.replace(/^([a-z].*?):/gm, '$1: ')),
      /space behind the colon/,
    ],
    ['a host with its port', hosting(`${HOST}:443`), /port 443 in the host/],
    ['another host', hosting('s3.us-east-1.amazonaws.com'), /host without the bucket/],
    [
      'a token that is not signed though named',
      canonical((text) => text.replace(/x-amz-security-token:.*\n/, '')),
      /no x-amz-security-token among/,
    ],

    ['the payload in upper case', payload(hex('').toUpperCase()), /body in upper-case hex/],
    ['the payload of another body', payload(hex('{}')), /hash of the body \{\}/],

    [
      'no hash of it',
      texting(`AWS4-HMAC-SHA256\n${RIGHT.time}\n${RIGHT.scope}\n${canonicalOf(RIGHT)}`),
      /itself in the string/,
    ],
    ['no algorithm', texting(toSignOf(RIGHT).replace(/^.*\n/, '')), /no algorithm/],
    ['an ISO time', texting(toSignOf({ ...RIGHT, time: '2026-11-21T12:30:15Z' })), /ISO 8601 time/],
    ['the canonical request alone', texting(canonicalOf(RIGHT)), /canonical request alone/],

    [
      'no AWS4',
      keying(chain(SECRET, '20261121', 'us-east-1', 's3', 'aws4_request')),
      /without AWS4/,
    ],
    ['no derivation', keying(`AWS4${SECRET}`), /AWS4 and the secret as the key/],
    [
      'derived in hex',
      keying(
        ['20261121', 'us-east-1', 's3', 'aws4_request'].reduce(
          (key, step) => hmac(key, step).toString('hex'),
          `AWS4${SECRET}`,
        ),
      ),
      /passed on in hex/,
    ],
    [
      'without its end',
      keying(chain(`AWS4${SECRET}`, '20261121', 'us-east-1', 's3')),
      /lacks aws4_request/,
    ],
    [
      'for another region',
      keying(chain(`AWS4${SECRET}`, '20261121', 'eu-west-1', 's3', 'aws4_request')),
      /region eu-west-1/,
    ],
    [
      'for another service',
      keying(chain(`AWS4${SECRET}`, '20261121', 'us-east-1', 'execute-api', 'aws4_request')),
      /service execute-api/,
    ],
    [
      'for the local day',
      keying(chain(`AWS4${SECRET}`, '20261122', 'us-east-1', 's3', 'aws4_request')),
      /the day after: .* UTC/,
    ],
    [
      'a line break in the secret',
      keying(chain(`AWS4${SECRET}\n`, '20261121', 'us-east-1', 's3', 'aws4_request')),
      /secret and a line break/,
    ],

    ['upper-case hex', signing({}).replace(/\w+$/, (text) => text.toUpperCase()), /upper-case hex/],
    [
      'base64',
      signing({}).replace(/\w+$/, (text) => Buffer.from(text, 'hex').toString('base64')),
      /in base64/,
    ],
    ['cut off', signing({}).slice(0, -8), /no 64 digits of hex/],

    [
      'another access key',
      signing({ accessKeyId: 'AKIDOTHER' }),
      /access key is AKIDOTHER, and not AKIA/,
    ],
    [
      'no session token',
      heading({ 'x-amz-security-token': undefined }),
      /does not cover x-amz-security-token/,
    ],
    [
      'no content hash',
      heading({ 'x-amz-content-sha256': undefined }),
      /not cover x-amz-content-sha256/,
    ],
  ])('%s', async (_, header, says) => {
    const comparison = await compared(header)
    expect(comparison.verdict).toBe('different')
    expect(sentences(comparison)).toEqual([expect.stringMatching(says)])
  })

  test.each<[string, Partial<Hand> & { steps: string[] }, RegExp]>([
    [
      'another region',
      {
        scope: '20261121/eu-west-1/s3/aws4_request',
        steps: ['20261121', 'eu-west-1', 's3', 'aws4_request'],
      },
      /region of its scope is eu-west-1: the bucket is in us-east-1/,
    ],
    [
      'another service',
      {
        scope: '20261121/us-east-1/execute-api/aws4_request',
        steps: ['20261121', 'us-east-1', 'execute-api', 'aws4_request'],
      },
      /service of its scope is execute-api: write s3/,
    ],
    [
      'another day',
      {
        scope: '20261120/us-east-1/s3/aws4_request',
        steps: ['20261120', 'us-east-1', 's3', 'aws4_request'],
      },
      /day of its scope is 20261120, that of X-Amz-Date 20261121/,
    ],
  ])('a scope of %s', async (_, { steps, ...hand }, says) => {
    const key = chain(`AWS4${SECRET}`, ...steps)
    expect(sentences(await compared(signing({ ...hand, key })))).toEqual([
      expect.stringMatching(says),
    ])
  })

  function hosting(host: string): string {
    return headerOf(
      RIGHT,
      hmac(RIGHT.key, toSignOf({ ...RIGHT, headers: { ...RIGHT.headers, host } })).toString('hex'),
    )
  }
  function payload(hash: string): string {
    return signing({ payload: hash, headers: { ...RIGHT.headers, 'x-amz-content-sha256': hash } })
  }
})

describe('two mistakes at once are named', () => {
  test.each<[string, string, RegExp, RegExp]>([
    [
      'no AWS4, and the query as sent',
      signing({
        query: URL_SENT.split('?')[1] as string,
        key: chain(SECRET, '20261121', 'us-east-1', 's3', 'aws4_request'),
      }),
      /query as it is sent/,
      /without AWS4/,
    ],
    [
      'bare slashes, unsorted',
      signing({ query: 'versions=&prefix=v1/a%20b/&list-type=2' }),
      /unsorted|slashes of the query bare/,
      /unsorted|slashes of the query bare/,
    ],
    [
      'another region, and the method in lower case',
      signing({
        method: 'get',
        scope: '20261121/eu-west-1/s3/aws4_request',
        key: chain(`AWS4${SECRET}`, '20261121', 'eu-west-1', 's3', 'aws4_request'),
      }),
      /region of its scope/,
      /method in lower case/,
    ],
  ])('%s', async (_, header, one, other) => {
    expect(sentences(await compared(header))).toEqual([
      expect.stringMatching(one),
      expect.stringMatching(other),
    ])
  })
})

describe('a header that is malformed', () => {
  test.each<[string, string, RegExp]>([
    ['empty', '', /There is no Authorization header in it/],
    ['of another scheme', 'Bearer abc', /of the scheme Bearer/],
    [
      'of Signature Version 2',
      'AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo==',
      /Signature Version 2/,
    ],
    ['without a scheme', signing({}).replace('AWS4-HMAC-SHA256 ', ''), /of the scheme Credential=/],
    ['without a credential', signing({}).replace(/Credential=\S+ /, ''), /has no Credential/],
    ['without names', signing({}).replace(/SignedHeaders=\S+ /, ''), /has no SignedHeaders/],
    ['without a signature', signing({}).replace(/, Signature.*/, ''), /has no Signature/],
    ['with a scope too short', signing({}).replace('/us-east-1', ''), /has 4 parts, not five/],
    [
      'with an odd day',
      signing({}).replace('/20261121/', '/2026-11-21/'),
      /day of its scope is 2026-11-21/,
    ],
    [
      'with names not sorted',
      signing({}).replace('host;x-amz-content-sha256', 'x-amz-content-sha256;host'),
      /not sorted/,
    ],
    [
      'with the secret for a key',
      signing({}).replace(KEY, SECRET),
      /secret stands where the access key/,
    ],
  ])('%s', async (_, header, says) => {
    const comparison = await compared(header)
    expect(comparison.verdict).toBe('different')
    expect(sentences(comparison)[0]).toMatch(says)
    expect(JSON.stringify(comparison)).not.toContain(SECRET)
  })
})

describe('the time that was signed', () => {
  test('is found where it was not given', async () => {
    expect(await compared(signing({}), { headers: [] })).toMatchObject({ verdict: 'same' })
  })

  test('is asked for where it is not found', async () => {
    const { verdict, culprits, notes } = await compared(signing({ method: 'get' }), { headers: [] })
    expect({ verdict, culprits }).toEqual({ verdict: 'unknown', culprits: [] })
    expect(notes).toEqual([
      expect.stringMatching(/^It covers what is not known here: x-amz-date\. Give/),
    ])
  })

  test('comes along in the output of curl -v', async () => {
    const lines = [
      '> GET /v1/account_id=12/a%20b.parquet HTTP/1.1',
      `> Host: ${HOST}`,
      `> Authorization: ${signing({ method: 'get' })}`,
      '> X-Amz-Date: 20261121T123015Z',
      '< HTTP/1.1 403 Forbidden',
    ]
    const { culprits } = await compared(lines.join('\r\n'), { headers: [] })
    expect(culprits[0]?.problem).toBe('It was made with the method in lower case')
  })

  test.each<[string, string, RegExp]>([
    ['no time', 'yesterday', /X-Amz-Date is yesterday: write it like 20130524T000000Z/],
    ['ahead', '20261121T150015Z', /2 h 30 min ahead of this machine's clock/],
  ])('is wrong: %s', async (_, time, says) => {
    const header = signing({ time, headers: { ...RIGHT.headers, 'x-amz-date': time } })
    const comparison = await compared(header, { headers: [`x-amz-date: ${time}`] })
    expect(sentences(comparison)[0]).toMatch(says)
  })

  test('may be long ago, which is no mistake', async () => {
    const time = '20261121T023015Z'
    const header = signing({ time, headers: { ...RIGHT.headers, 'x-amz-date': time } })
    const { verdict, notes } = await compared(header, { headers: [`x-amz-date: ${time}`] })
    expect(verdict).toBe('same')
    expect(notes).toEqual([expect.stringMatching(/^It was made 10 h ago, at .* for 15 minutes/)])
  })
})

describe('a body', () => {
  const UNSIGNED = signing({
    payload: 'UNSIGNED-PAYLOAD',
    headers: { ...RIGHT.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  })

  test('need not be covered', async () => {
    const { verdict, notes } = await compared(UNSIGNED, { body: 'anything' })
    expect(verdict).toBe('same')
    expect(notes).toEqual([
      'It does not cover the body, and is right if x-amz-content-sha256 is sent as UNSIGNED-PAYLOAD.',
    ])
  })

  test('is not that of the hash that came along', async () => {
    const headers = [`x-amz-date: ${RIGHT.time}`, `x-amz-content-sha256: ${hex('')}`]
    expect(sentences(await compared(signing({}), { headers, body: 'x' }))).toEqual([
      expect.stringMatching(/^x-amz-content-sha256 is not the hash of the body that is given here/),
    ])
  })

  test('lacks its last line break', async () => {
    const payload = hex('a\nb')
    const header = signing({
      payload,
      headers: { ...RIGHT.headers, 'x-amz-content-sha256': payload },
    })
    expect(sentences(await compared(header, { body: 'a\nb\n' }))).toEqual([
      expect.stringMatching(/hash of the body without its last line break/),
    ])
  })
})

test('a session token that came along is to be the one that is known', async () => {
  const headers = [`x-amz-date: ${RIGHT.time}`, 'x-amz-security-token: another']
  const { culprits } = await compared(signing({}), { headers })
  expect(culprits.map(({ problem }) => problem)).toEqual([
    'The session token is another one than AWS_SESSION_TOKEN',
  ])
})

test('the time may be that of Date', async () => {
  const { 'x-amz-date': _, ...others } = RIGHT.headers
  const date = 'Sat, 21 Nov 2026 12:30:15 GMT'
  const header = signing({ headers: { date, ...others } })
  expect(await compared(header, { headers: [`Date: ${date}`] })).toMatchObject({ verdict: 'same' })
})

test('other headers that it covers are asked for, and believed', async () => {
  const header = signing({ headers: { 'content-type': 'text/plain', ...RIGHT.headers } })
  expect(await compared(header)).toMatchObject({
    verdict: 'unknown',
    notes: [expect.stringMatching(/^It covers what is not known here: content-type\./)],
  })
  const headers = [`x-amz-date: ${RIGHT.time}`, 'Content-Type: text/plain']
  expect(await compared(header, { headers })).toMatchObject({ verdict: 'same' })
})

test('what cannot be told is not told', async () => {
  const { verdict, culprits, notes } = await compared(signing({ key: 'another' }))
  expect({ verdict, culprits }).toEqual({ verdict: 'different', culprits: [] })
  expect(notes).toEqual([expect.stringMatching(/^Why the signature differs cannot be told/)])
})

test('the explanation has every part, and no secret', async () => {
  const call = callOf({ method: 'get', place: URL_SENT, headers: [], body: Buffer.from('x') }, '')
  const credentials = { accessKeyId: KEY, secretAccessKey: SECRET, sessionToken: TOKEN }
  const { explanation } = await explainAws(credentials, 'us-east-1', call, undefined, () => NOW)
  const [request, toSign] = explanation.steps
  expect(request?.parts.map(({ name, value }) => [name, value])).toEqual([
    ['method', 'GET'],
    ['path', PATH],
    ['query', QUERY],
    ['host', HOST],
    ['x-amz-content-sha256', hex('x')],
    ['x-amz-date', '20261121T123020Z'],
    ['x-amz-security-token', '***'],
    ['signed headers', 'host;x-amz-content-sha256;x-amz-date;x-amz-security-token'],
    ['body hash', hex('x')],
  ])
  const real = request?.text.replace('***', TOKEN) ?? ''
  expect(toSign?.parts.map(({ value }) => value)).toEqual([
    'AWS4-HMAC-SHA256',
    '20261121T123020Z',
    '20261121/us-east-1/s3/aws4_request',
    hex(real),
  ])
  expect(explanation.facts.at(-1)?.value).toBe(hmac(RIGHT.key, toSign?.text ?? '').toString('hex'))
  expect(explanation.headers['x-amz-security-token']).toBe('***')
  expect(JSON.stringify(explanation)).not.toContain(SECRET)
  expect(JSON.stringify(explanation)).not.toContain(TOKEN)
})

test('a right header is never called wrong', async () => {
  const escape = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((text) => !/^\.+$|[/]/.test(text))
  const asked = fc.record({
    method: fc.constantFrom('GET', 'PUT', 'HEAD', 'DELETE'),
    key: fc.array(word, { minLength: 1, maxLength: 3 }),
    query: fc.uniqueArray(fc.tuple(word, word), { selector: ([name]) => name, maxLength: 3 }),
    body: fc.string(),
    ago: fc.integer({ min: -60, max: 40_000 }),
  })
  await fc.assert(
    fc.asyncProperty(asked, async ({ method, key, query, body, ago }) => {
      const time = new Date(NOW - ago * 1000).toISOString().replace(/[:-]|\.\d+/g, '')
      const path = `/${key.map(escape).join('/')}`
      const pairs = query.map((pair) => pair.map(escape) as [string, string])
      const sorted = pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join('='))
      const payload = hex(body)
      const headers = { ...RIGHT.headers, 'x-amz-date': time, 'x-amz-content-sha256': payload }
      const hand = { method, path, query: sorted.join('&'), headers, payload, time }
      const search = pairs.map((pair) => pair.join('=')).join('&')
      const place = `https://${HOST}${path}${search && '?'}${search}`
      const { verdict, culprits } = await compared(signing(hand), {
        method,
        place,
        body,
        headers: [`x-amz-date: ${time}`],
      })
      expect({ verdict, culprits }).toEqual({ verdict: 'same', culprits: [] })
    }),
    { numRuns: 200 },
  )
})
