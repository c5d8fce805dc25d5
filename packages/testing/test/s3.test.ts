import { describe, expect, test } from 'vitest'
import { createSandbox, type OptimizelyEventsSandboxOptions } from '../src/index.ts'
import { clock, type Mounted, overBoth, rawRequest, START, type Sigv4, sigv4 } from './support.ts'

const HOST = 's3.us-east-1.amazonaws.com'
const BUCKET = 'optimizely-events-data'
const MINUTE = 60_000
const DAY = '2026-01-01'

type Proof = Pick<Sigv4, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>

/** The vendor's first steps: credentials, and the folder that they are for. */
const obtain = async ({ fetch, options }: Mounted) => {
  const { baseUrl, token } = options.optimizelyEvents
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${baseUrl}/export/credentials`, { headers })
  const { credentials, s3Path } = await answer.json()
  return { credentials, folder: s3Path.replace(`s3://${BUCKET}/`, '').replace(/\/?$/, '/') }
}

const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) =>
    `%${c.charCodeAt(0).toString(16)}`.toUpperCase(),
  )
const pathOf = (key: string) => `/${BUCKET}/${key.split('/').map(escaped).join('/')}`
const queryOf = (query: Record<string, string>) =>
  Object.entries(query)
    .map((pair) => pair.map(escaped).join('='))
    .join('&')

interface Init {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Not in the signature. */
  readonly unsigned?: Record<string, string>
  readonly time?: number
}

/** A signed request to S3, by path style. */
const send = (mounted: Mounted, proof: Proof, path: string, init: Init = {}) => {
  const { method = 'GET', headers = {}, body, unsigned, time = START } = init
  const url = mounted.origins[HOST] + path
  const signed = sigv4({ ...proof, url, method, headers, time, ...(body && { body }) })
  return mounted.fetch(url, { method, headers: { ...signed, ...unsigned }, ...(body && { body }) })
}

/** What is in the elements of that name, with escapes undone. */
const allOf = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, inside = '']) =>
    inside.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
  )
const errorOf = async (answer: Response) => {
  const text = await answer.text()
  expect(answer.headers.get('content-type')).toBe('application/xml')
  expect(allOf(text, 'RequestId')).toEqual([answer.headers.get('x-amz-request-id')])
  return `${answer.status} ${allOf(text, 'Code')}`
}

overBoth((mount) => {
  const open = async (events: OptimizelyEventsSandboxOptions = {}, now = () => START) => {
    const mounted = await mount({ now, optimizelyEvents: events })
    const { credentials, folder } = await obtain(mounted)
    const get = (path: string, init?: Init) => send(mounted, credentials, path, init)
    const list = (query: Record<string, string>) =>
      get(`/${BUCKET}?${queryOf({ 'list-type': '2', ...query })}`)
    return { mounted, sandbox: mounted.sandbox, credentials, folder, get, list }
  }

  test('the vendor’s steps: obtain, list a folder by its slash, download', async () => {
    const { sandbox, folder, get, list } = await open()
    const prefix = `${folder}type=decisions/date=${DAY}/`

    const partitions = await (await list({ prefix, delimiter: '/' })).text()
    const experiments = allOf(partitions, 'Prefix').slice(1)
    expect(experiments).toEqual([
      `${prefix}experiment=20410805626/`,
      `${prefix}experiment=21156790582/`,
    ])
    const listed = await list({ prefix })
    expect([listed.status, listed.headers.get('content-type')]).toEqual([200, 'application/xml'])
    const text = await listed.text()
    const [keys, sizes] = [allOf(text, 'Key'), allOf(text, 'Size')]
    expect(keys).toEqual(
      experiments.flatMap((one) => [0, 1].map((i) => `${one}part-0000${i}.snappy.parquet`)),
    )
    for (const [i, key] of keys.entries()) {
      const answer = await get(pathOf(key))
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(bytes.length).toBe(Number(sizes[i]))
      expect([bytes.toString('latin1', 0, 4), bytes.toString('latin1', bytes.length - 4)]).toEqual([
        'PAR1',
        'PAR1',
      ])
      expect(answer.headers.get('etag')).toBe(allOf(text, 'ETag')[i])
    }

    const denied = await list({ prefix: prefix.slice(0, -1), delimiter: '/' })
    expect(await errorOf(denied)).toBe('403 AccessDenied')
    expect(sandbox.count({ service: 'optimizelyEvents', endpoint: 'token' })).toBe(1)
    expect(sandbox.count({ service: 'optimizelyEvents', endpoint: 'api' })).toBe(7)
    expect(sandbox.count({ endpoint: 'api', status: 403 })).toBe(1)
  })

  describe('who asks', () => {
    test('unsigned requests are denied', async () => {
      const { mounted, folder } = await open()
      for (const path of ['/', `/${BUCKET}`, pathOf(`${folder}x`), '/api/status'])
        expect(await errorOf(await mounted.fetch(mounted.origins[HOST] + path))).toBe(
          '403 AccessDenied',
        )
    })

    test.each<[string, Partial<Proof>, string]>([
      ['another key', { accessKeyId: 'ASIAEXAMPLE' }, '403 InvalidAccessKeyId'],
      ['another secret', { secretAccessKey: 'other' }, '403 SignatureDoesNotMatch'],
      ['another token', { sessionToken: 'other' }, '400 InvalidToken'],
    ])('%s is refused', async (_, other, answer) => {
      const { mounted, credentials, folder } = await open()
      const path = `/${BUCKET}?${queryOf({ prefix: folder })}`
      expect(await errorOf(await send(mounted, { ...credentials, ...other }, path))).toBe(answer)
    })

    test('a temporary key without its token is none', async () => {
      const { mounted, credentials, folder } = await open()
      const { sessionToken: _, ...half } = credentials
      const answer = await send(mounted, half, `/${BUCKET}?${queryOf({ prefix: folder })}`)
      expect(await errorOf(answer)).toBe('403 InvalidAccessKeyId')
    })

    test('the token of other credentials is not of this key', async () => {
      const { mounted, credentials, folder } = await open()
      const other = await obtain(mounted)
      const mixed = { ...credentials, sessionToken: other.credentials.sessionToken }
      const answer = await send(mounted, mixed, `/${BUCKET}?${queryOf({ prefix: folder })}`)
      expect(await errorOf(answer)).toBe('400 InvalidToken')
    })

    test('credentials expire by the vendors’ clock, and when the test says so', async () => {
      const { now, advance } = clock()
      const { mounted, sandbox, credentials, folder } = await open({}, now)
      const list = (proof: Proof) =>
        send(mounted, proof, `/${BUCKET}?${queryOf({ prefix: folder })}`, { time: now() })
      advance(60 * MINUTE - 1)
      expect((await list(credentials)).status).toBe(200)
      advance(1)
      const expired = await list(credentials)
      expect(await errorOf(expired)).toBe('400 ExpiredToken')
      const fresh = await obtain(mounted)
      expect((await list(fresh.credentials)).status).toBe(200)
      sandbox.expire('optimizelyEvents')
      expect(await errorOf(await list(fresh.credentials))).toBe('400 ExpiredToken')
    })

    test('revoked credentials are refused for their token, and new ones are not', async () => {
      const { mounted, sandbox, folder, list } = await open()
      sandbox.revoke('optimizelyEvents')
      expect(sandbox.issued).toEqual([])
      expect(await errorOf(await list({ prefix: folder }))).toBe('400 InvalidToken')
      const { credentials } = await obtain(mounted)
      const again = await send(mounted, credentials, `/${BUCKET}?${queryOf({ prefix: folder })}`)
      expect(again.status).toBe(200)
      // The token that credentials come from is no matter of S3.
      sandbox.revoke('optimizelyEvents', 'credentials')
      const still = await send(mounted, credentials, `/${BUCKET}?${queryOf({ prefix: folder })}`)
      expect(still.status).toBe(200)
    })

    test('a wrong region is told the right one, in a header too', async () => {
      const { mounted, credentials, folder } = await open()
      const url = `${mounted.origins[HOST]}/${BUCKET}?${queryOf({ prefix: folder })}`
      for (const method of ['GET', 'HEAD']) {
        const region = 'eu-west-1'
        const headers = sigv4({ ...credentials, url, method, region, time: START })
        const answer = await mounted.fetch(url, { method, headers })
        expect([answer.status, answer.headers.get('x-amz-bucket-region')]).toEqual([
          400,
          'us-east-1',
        ])
        const [told] = allOf(await answer.text(), 'Region')
        expect(told).toBe(method === 'GET' ? 'us-east-1' : undefined)
      }
    })

    test('a clock a quarter of an hour off is told so, with the right time', async () => {
      const { sandbox, folder, list } = await open()
      sandbox.clock.skew(15 * MINUTE + 1000)
      const answer = await list({ prefix: folder })
      expect(Date.parse(answer.headers.get('date') ?? '')).toBe(START + 15 * MINUTE + 1000)
      expect(await errorOf(answer)).toBe('403 RequestTimeTooSkewed')
    })
  })

  describe('what they may', () => {
    test.each([
      ['all buckets', '/', '403 AccessDenied'],
      ['another bucket', '/other-bucket?list-type=2', '404 NoSuchBucket'],
      ['the whole bucket', `/${BUCKET}?list-type=2`, '403 AccessDenied'],
      ['the folder above', `/${BUCKET}?prefix=v1%2F`, '403 AccessDenied'],
      ['another account', `/${BUCKET}?prefix=v1%2Faccount_id%3D1%2F`, '403 AccessDenied'],
      ['a file of another account', pathOf('v1/account_id=1/x'), '403 AccessDenied'],
      ['a way out of the folder', `${pathOf('v1/account_id=1')}/%2E%2E/x`, '403 AccessDenied'],
      ['the bucket’s region', `/${BUCKET}?location=`, '403 AccessDenied'],
      ['no URI at all', `/${BUCKET}/%FF`, '400 InvalidURI'],
    ])('%s', async (_, path, answer) => {
      const { get } = await open()
      expect(await errorOf(await get(path))).toBe(answer)
    })

    test('within the folder there is what there is, to be read', async () => {
      const { folder, get, list } = await open()
      const key = `${folder}type=decisions/date=${DAY}/experiment=20410805626/part-00000.snappy.parquet`
      expect((await get(pathOf(key))).status).toBe(200)
      for (const other of [
        `${key}x`,
        key.replace('00000', '0'),
        key.replace('00000', '00002'),
        folder,
      ])
        expect(await errorOf(await get(pathOf(other)))).toBe('404 NoSuchKey')
      expect(await errorOf(await get(pathOf(folder.slice(0, -1))))).toBe('403 AccessDenied')
      expect(await errorOf(await list({ prefix: folder.slice(0, -1) }))).toBe('403 AccessDenied')
      expect(await errorOf(await list({ prefix: key }))).toBe('403 AccessDenied')
      expect(await errorOf(await get(`${pathOf(key)}?acl=`))).toBe('403 AccessDenied')
      for (const method of ['PUT', 'POST', 'DELETE'])
        expect(await errorOf(await get(pathOf(key), { method }))).toBe('403 AccessDenied')
      const patch = await get(pathOf(key), { method: 'PATCH', body: 'x' })
      expect(await errorOf(patch)).toBe('405 MethodNotAllowed')
    })

    test('errors have no body where the method has none', async () => {
      const { mounted, folder, get } = await open()
      const head = await get(pathOf(`${folder}nothing`), { method: 'HEAD' })
      expect([head.status, await head.text()]).toEqual([404, ''])
      expect(head.headers.get('x-amz-request-id')).toMatch(/^[\dA-F]{16}$/)
      const unsigned = await mounted.fetch(`${mounted.origins[HOST]}/`, { method: 'HEAD' })
      expect([unsigned.status, await unsigned.text()]).toEqual([403, ''])
    })
  })

  describe('a list', () => {
    /** Every page, by the tokens. */
    const pages = async (
      list: (query: Record<string, string>) => Promise<Response>,
      query: Record<string, string>,
    ) => {
      const found: string[] = []
      let token: string | undefined
      do {
        const more: Record<string, string> = token ? { 'continuation-token': token } : {}
        const text = await (await list({ ...query, ...more })).text()
        found.push(text)
        token = allOf(text, 'NextContinuationToken')[0]
        expect(allOf(text, 'IsTruncated')).toEqual([String(token !== undefined)])
      } while (token)
      return found
    }

    test('goes on from page to page, a thousand keys each', async () => {
      const { folder, list } = await open({ objects: 1500 })
      const prefix = `${folder}type=events/date=${DAY}/`
      const texts = await pages(list, { prefix })
      expect(texts.map((text) => allOf(text, 'KeyCount'))).toEqual([['1000'], ['500']])
      const keys = texts.flatMap((text) => allOf(text, 'Key'))
      expect(keys).toEqual([...new Set(keys)].toSorted())
      expect(keys.filter((key) => key.includes('event=purchase/'))).toHaveLength(750)
      expect(keys.at(-1)).toBe(`${prefix}event=sign-up & save 50% + café/part-00749.snappy.parquet`)
    })

    test('is the same in pages of any size, with a delimiter and without', async () => {
      const objects = Object.fromEntries(
        ['a', 'b/1', 'b/2', 'b/3/x', 'c', 'd/1', 'é', '😀', '\uE000'].map((name) => [name, name]),
      )
      const { folder, list } = await open({ objects })
      const inOrder = ['a', 'b/1', 'b/2', 'b/3/x', 'c', 'd/1', 'é', '\uE000', '😀']
      const rolled = ['a', 'b/', 'c', 'd/', 'é', '\uE000', '😀']
      for (const [delimiter, expected] of [
        ['', inOrder],
        ['/', rolled],
      ] as const)
        for (const size of ['1', '2', '3', '1000']) {
          const texts = await pages(list, { prefix: folder, delimiter, 'max-keys': size })
          const items = texts.flatMap((text) => [
            ...allOf(text, 'Key'),
            // The first is the one that was asked for.
            ...allOf(text, 'Prefix').slice(1),
          ])
          expect(items.toSorted()).toEqual(expected.map((name) => folder + name).toSorted())
          if (size === '1') expect(items).toEqual(expected.map((name) => folder + name))
          expect(texts).toHaveLength(Math.ceil(expected.length / Number(size)))
        }
    })

    test('starts after a key, ends where it is told, and can be empty', async () => {
      const { folder, list } = await open({ objects: { a: '', b: '', c: '' } })
      const keys = async (query: Record<string, string>) =>
        allOf(await (await list({ prefix: folder, ...query })).text(), 'Key')
      expect(await keys({ 'start-after': `${folder}a` })).toEqual([`${folder}b`, `${folder}c`])
      expect(await keys({ 'max-keys': '2' })).toEqual([`${folder}a`, `${folder}b`])
      expect(await keys({ 'max-keys': '0' })).toEqual([])
      expect(await keys({ prefix: `${folder}none/` })).toEqual([])
    })

    test('shows names in escapes of a URL, if asked', async () => {
      const { folder, list } = await open({ objects: { "x/a +%&<é>'(~)*": '' } })
      const plain = await (await list({ prefix: `${folder}x/` })).text()
      expect(allOf(plain.replaceAll('&gt;', '>'), 'Key')).toEqual([`${folder}x/a +%&<é>'(~)*`])
      const url = await (await list({ prefix: `${folder}x/`, 'encoding-type': 'url' })).text()
      const name = 'a+%2B%25%26%3C%C3%A9%3E%27%28%7E%29*'
      expect(allOf(url, 'Key')).toEqual([`${escapedFolder(folder)}x/${name}`])
      expect(allOf(url, 'Prefix')).toEqual([`${escapedFolder(folder)}x/`])
    })

    test('of the first version has markers', async () => {
      const { folder, get } = await open({ objects: { a: '', 'b/1': '', 'b/2': '', c: '' } })
      const list = async (query: Record<string, string>) =>
        (await get(`/${BUCKET}?${queryOf({ prefix: folder, ...query })}`)).text()
      const first = await list({ delimiter: '/', 'max-keys': '2' })
      expect(allOf(first, 'NextMarker')).toEqual([`${folder}b/`])
      expect(allOf(first, 'KeyCount')).toEqual([])
      const second = await list({ delimiter: '/', marker: `${folder}b/` })
      expect([allOf(second, 'Key'), allOf(second, 'IsTruncated')]).toEqual([
        [`${folder}c`],
        ['false'],
      ])
      const plain = await list({ 'max-keys': '1' })
      expect([allOf(plain, 'NextMarker'), allOf(plain, 'IsTruncated')]).toEqual([[], ['true']])
    })

    test.each<[string, Record<string, string>]>([
      ['a number of keys', { 'max-keys': 'all' }],
      ['a number of keys below none', { 'max-keys': '-1' }],
      ['an encoding', { 'encoding-type': 'base64' }],
      ['a type', { 'list-type': '3' }],
      ['a token', { 'continuation-token': 'abc' }],
    ])('takes not just anything for %s', async (_, query) => {
      const { folder, list } = await open()
      expect(await errorOf(await list({ prefix: folder, ...query }))).toBe('400 InvalidArgument')
    })
  })

  describe('an object', () => {
    const open1 = async () => {
      const opened = await open({ objects: { hello: 'Hello, world', empty: new Uint8Array() } })
      return { ...opened, path: pathOf(`${opened.folder}hello`) }
    }

    test('comes with what there is to say about it', async () => {
      const { get, path } = await open1()
      const answer = await get(path)
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'accept-ranges': 'bytes',
        'content-length': '12',
        'content-type': 'binary/octet-stream',
        date: 'Thu, 01 Jan 2026 00:00:00 GMT',
        etag: expect.stringMatching(/^"[\da-f]{32}"$/),
        'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
        server: 'AmazonS3',
        'x-amz-id-2': expect.any(String),
        'x-amz-request-id': expect.any(String),
        'x-amz-server-side-encryption': 'aws:kms',
      })
      expect(await answer.text()).toBe('Hello, world')
      const head = await get(path, { method: 'HEAD' })
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '12'])
      expect([head.headers.get('etag'), await head.text()]).toEqual([
        answer.headers.get('etag'),
        '',
      ])
    })

    test.each([
      ['bytes=0-4', 206, 'Hello', 'bytes 0-4/12'],
      ['bytes=7-', 206, 'world', 'bytes 7-11/12'],
      ['bytes=7-1000', 206, 'world', 'bytes 7-11/12'],
      ['bytes=-5', 206, 'world', 'bytes 7-11/12'],
      ['bytes=-1000', 206, 'Hello, world', 'bytes 0-11/12'],
      ['bytes=4-2', 200, 'Hello, world', null],
      ['bytes=0-1,3-4', 200, 'Hello, world', null],
      ['bytes=-', 200, 'Hello, world', null],
      ['lines=1-2', 200, 'Hello, world', null],
    ])('range %s', async (range, status, text, contentRange) => {
      const { get, path } = await open1()
      const answer = await get(path, { headers: { range } })
      expect([answer.status, answer.headers.get('content-range')]).toEqual([status, contentRange])
      expect(await answer.text()).toBe(text)
      const head = await get(path, { headers: { range }, method: 'HEAD' })
      expect([head.status, head.headers.get('content-length')]).toEqual([
        status,
        String(text.length),
      ])
    })

    test('range beyond its end', async () => {
      const { get, path, folder } = await open1()
      expect(await errorOf(await get(path, { headers: { range: 'bytes=12-' } }))).toBe(
        '416 InvalidRange',
      )
      expect(await errorOf(await get(path, { headers: { range: 'bytes=-0' } }))).toBe(
        '416 InvalidRange',
      )
      const empty = pathOf(`${folder}empty`)
      expect(await (await get(empty)).text()).toBe('')
      expect(await errorOf(await get(empty, { headers: { range: 'bytes=0-' } }))).toBe(
        '416 InvalidRange',
      )
    })

    test('may be wanted only as it was, or only as it was not', async () => {
      const { get, path } = await open1()
      const etag = (await get(path)).headers.get('etag') ?? ''
      const status = async (headers: Record<string, string>) =>
        (await get(path, { unsigned: headers })).status
      expect(await status({ 'if-match': etag })).toBe(200)
      expect(await status({ 'if-match': '"other"' })).toBe(412)
      expect(await status({ 'if-none-match': etag })).toBe(304)
      expect(await status({ 'if-none-match': `"other", ${etag}` })).toBe(304)
      expect(await status({ 'if-none-match': '"other"' })).toBe(200)
    })

    test('that is made up has the same bytes each time, in parts too', async () => {
      const { folder, get } = await open({ objects: { big: 3_000_001, two: 2 } })
      const path = pathOf(`${folder}big`)
      const read = async (range?: string) =>
        Buffer.from(await (await get(path, range ? { headers: { range } } : {})).arrayBuffer())
      const whole = await read()
      expect(whole.length).toBe(3_000_001)
      const parts = await Promise.all(
        ['0-1', '2-999999', '1000000-2000006', '2000007-2999998', '2999999-'].map((range) =>
          read(`bytes=${range}`),
        ),
      )
      expect(Buffer.concat(parts).equals(whole)).toBe(true)
      expect((await get(pathOf(`${folder}two`))).headers.get('content-length')).toBe('2')
    })
  })

  test('what is injected is in XML', async () => {
    const { sandbox, folder, list } = await open()
    for (const [status, code] of [
      [400, 'InvalidRequest'],
      [403, 'AccessDenied'],
      [404, 'NoSuchKey'],
      [500, 'InternalError'],
      [503, 'SlowDown'],
    ]) {
      sandbox.inject({ service: 'optimizelyEvents', endpoint: 'api', status: Number(status) })
      expect(await errorOf(await list({ prefix: folder }))).toBe(`${status} ${code}`)
    }
    sandbox.inject({ endpoint: 'api', status: 204 })
    expect((await list({ prefix: folder })).status).toBe(204)
    sandbox.inject({ endpoint: 'token', status: 503 })
    expect((await list({ prefix: folder })).status).toBe(200)
  })

  test('the bucket has a host of its own', async () => {
    const { mounted, credentials, folder } = await open()
    const url = `${mounted.origins[`${BUCKET}.${HOST}`]}/?${queryOf({ prefix: folder })}`
    const headers = sigv4({ ...credentials, url, time: START })
    const text = await (await mounted.fetch(url, { headers })).text()
    const [key = ''] = allOf(text, 'Key')
    expect(key.startsWith(folder)).toBe(true)
    const object = url.replace(/\?.*/, key.split('/').map(escaped).join('/'))
    const signed = sigv4({ ...credentials, url: object, time: START })
    expect((await mounted.fetch(object, { headers: signed })).status).toBe(200)
  })
})

const escapedFolder = (folder: string) => folder.replace('=', '%3D')

test('a target that no URL has is refused in XML, too', async () => {
  const { listen } = await import('../src/server.ts')
  const sandbox = createSandbox()
  await using server = await listen(sandbox)
  const answer = await rawRequest(server.origins[HOST] ?? '', { method: 'OPTIONS', target: '*' })
  expect([answer.status, allOf(answer.body, 'Code')]).toEqual([400, ['InvalidRequest']])
})

test.each<[string, OptimizelyEventsSandboxOptions['objects']]>([
  ['less than none', -1],
  ['a fraction', 1.5],
  ['too many', 100_001],
  ['a size below none', { x: -1 }],
  ['a size that is none', { x: Number.NaN }],
])('%s is a mistake', (_, objects) => {
  expect(() => createSandbox({ optimizelyEvents: { objects } as object })).toThrow(TypeError)
})
