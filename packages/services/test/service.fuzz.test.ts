import { CountersignError, OptionError, SigningError } from '@countersign/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amperity } from '../src/amperity.ts'
import { angus } from '../src/angus.ts'
import { kalibrate } from '../src/kalibrate.ts'
import { type ExportFolder, optimizelyEvents, parseS3Path } from '../src/optimizelyEvents.ts'
import { changed } from '../../core/test/support/fates.ts'
import { factories } from './factories.ts'

/** What a program without types may pass, by mistake or from somebody else's JSON. */
const junk = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withSparseArray: true }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>(null, Number.NaN, -1, Infinity, '', [], {}, Symbol('s'), () => 1),
)

/** What every option is given in each run: what has broken one, and its like. */
const FOUND = [Number.NaN, null, '', '\ud800', 1n, Symbol('s'), Object.create(null), [undefined]]

test.each(factories)('$name takes any value of any option, or refuses it by its name', (it) => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(it.fates)), junk, (option, value) => {
      try {
        it.build(changed(it.valid, option, value) as never)
      } catch (error) {
        expect(error).toBeInstanceOf(OptionError)
        const [named = ''] = (error as OptionError).option.split('.')
        expect([...Object.keys(it.fates), 'url']).toContain(named)
        expect((error as Error).message).toMatch(/^[^\p{C}]{1,300}$/u)
      }
    }),
    {
      examples: Object.keys(it.fates).flatMap((option) =>
        FOUND.map((value): [string, unknown] => [option, value]),
      ),
    },
  )
})

const path = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'s3:/a-z.0_=account_idé\n?#%') }),
  fc
    .tuple(fc.stringMatching(/^[a-z0-9.-]{1,66}$/), fc.string({ maxLength: 8 }), fc.nat())
    .map(([bucket, folder, id]) => `s3://${bucket}/${folder}/account_id=${id}`),
)

test('an s3Path is taken apart so that it can be put together again, or is refused', () => {
  fc.assert(
    fc.property(path, fc.constantFrom('', '/'), (given, slash) => {
      try {
        const { bucket, prefix, uri, accountId } = parseS3Path(given + slash)
        expect(uri).toBe(`s3://${bucket}/${prefix}`)
        expect(uri).toBe(`${given}${slash}`.replace(/\/?$/, '/'))
        expect(prefix).toMatch(new RegExp(`^(?:[^/\\p{Cc}]+/)*account_id=${accountId}/$`, 'u'))
        expect(parseS3Path(uri)).toEqual({ bucket, prefix, uri, accountId })
      } catch (error) {
        expect(error).toBeInstanceOf(CountersignError)
        expect(error).toMatchObject({ code: 'invalid-response' })
      }
    }),
    {
      examples: [
        ['s3://bucket/v1/account_id=1', ''],
        ['s3://b/account_id=1', '/'],
        ['s3://bucket/v1\u001b[2J/account_id=1', ''],
        ['s3://bucket/a\nb/account_id=1', ''],
      ],
    },
  )
})

test('a duration is asked for as it was given, or is refused', async () => {
  const duration = fc.oneof(
    fc.string(),
    fc.stringMatching(/^-?\d{0,3}(\.\d)?[hmsHM ]{0,2}$/),
    fc.tuple(fc.nat(99), fc.constantFrom('m', 'h', 'M', 'H')).map((parts) => parts.join('')),
  )
  await fc.assert(
    fc.asyncProperty(duration, async (given) => {
      const asked: string[] = []
      const send: typeof fetch = async (input) => {
        asked.push(String(input))
        return Response.json({})
      }
      try {
        const { credentials } = optimizelyEvents({ token: 't', duration: given, fetch: send })
        await expect(credentials()).rejects.toThrow(CountersignError)
        expect(asked).toEqual([
          `https://api.optimizely.com/v2/export/credentials?duration=${given}`,
        ])
        const [, figure, unit = ''] = /^(\d+)(\w)$/.exec(given) ?? []
        const minutes = Number(figure) * (/h/i.test(unit) ? 60 : 1)
        expect([minutes >= 15, minutes <= 60]).toEqual([true, true])
      } catch (error) {
        expect(error).toBeInstanceOf(OptionError)
        expect(asked).toEqual([])
      }
    }),
    { numRuns: 300 },
  )
})

test('a folder of the export is one below the account, or is refused', () => {
  const { location } = optimizelyEvents({ token: 't' })
  const folder = fc.record(
    {
      accountId: fc.oneof(fc.nat(), fc.string(), fc.double()),
      date: fc.oneof(
        fc.date({ noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10)),
        fc.stringMatching(/^\d{4}-\d\d-\d\d$/),
        fc.string(),
      ),
      type: fc.constantFrom('decisions', 'events', 'other'),
      experiment: fc.oneof(fc.nat(), fc.string()),
      event: fc.oneof(fc.string(), fc.constantFrom('..', '.', 'a/b', 'a\nb', 'ü', 'a b', '')),
    },
    { requiredKeys: ['accountId', 'date', 'type'] },
  )
  fc.assert(
    fc.property(folder, (given) => {
      try {
        const { bucket, prefix, uri } = location(given as ExportFolder)
        expect(uri).toBe(`s3://${bucket}/${prefix}`)
        expect(prefix).toMatch(
          /^v1\/account_id=\d+\/type=(?:decisions|events)\/date=\d{4}-\d\d-\d\d\/(?:(?:experiment|event)=[^/\p{Cc}]+\/)?$/u,
        )
      } catch (error) {
        expect(error).toBeInstanceOf(OptionError)
      }
    }),
  )
})

test('the next page is at home, or is refused', () => {
  const { nextPage, baseUrl } = angus({ username: 'u', clientId: 'c', accessToken: 'a' })
  const link = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'/\\@:.?#% \t\ndata.angus.ai') }),
    fc.webUrl(),
    fc
      .tuple(
        fc.constantFrom(
          '//',
          '\\\\',
          'https:',
          'https:\\',
          'blob:https://',
          'HTTPS://',
          '/\t/',
          'javascript:',
        ),
        fc.constantFrom(
          'data.angus.ai',
          'evil.example',
          'data.angus.ai.evil.example',
          'data.angus.ai@evil.example',
          'u:p@data.angus.ai',
        ),
        fc.constantFrom('', '/api', ':444/', '?a', '#a'),
      )
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(link, (given) => {
      try {
        const page = nextPage(given)
        if (page === undefined) expect(given).toBe('')
        else expect(page).toMatch(/^https:\/\/data\.angus\.ai\//)
        expect(URL.canParse(page ?? baseUrl)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(SigningError)
        expect((error as Error).message).toMatch(/^[^\p{C}]{1,300}$/u)
      }
    }),
    {
      examples: [
        ['blob:https://data.angus.ai/x'],
        ['https://u:p@data.angus.ai/'],
        ['https://data.angus.ai@evil.example/'],
        ['https://data.angus.ai.evil.example/'],
        ['/\t/evil.example'],
        ['\\\\evil.example'],
      ],
    },
  )
})

/** JSON with the members that the services read, of any kind, and what objects inherit. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      1,
      -1,
      1e306,
      '',
      'e30.e30.',
      's3://bkt/account_id=1',
      '2099-01-01T00:00:00Z',
    ),
    fc.string(),
    fc.array(tie('json'), { maxLength: 3 }),
    fc
      .array(
        fc.tuple(
          fc.constantFrom(
            'token',
            'access_token',
            'access-token',
            'jwt',
            'expires_in',
            'token_type',
            'message',
            'detail',
            'error',
            'code',
            'credentials',
            's3Path',
            'accessKeyId',
            'secretAccessKey',
            'sessionToken',
            'expiration',
            'toString',
            'join',
            '__proto__',
            'constructor',
          ),
          tie('json'),
        ),
        { maxLength: 8 },
      )
      .map(Object.fromEntries),
  ),
}))

test('whatever an endpoint answers, a service has credentials or an error of the library', async () => {
  const status = fc.constantFrom(200, 201, 302, 400, 401, 403, 429, 500)
  await fc.assert(
    fc.asyncProperty(json, status, async (body, code) => {
      const settings = {
        fetch: async () => Response.json(body, { status: code }),
        retry: { attempts: 1 },
      }
      const client = { clientId: 'c', clientSecret: 's', scope: 's', userAgent: 'acme/1' }
      const request = { method: 'GET', headers: {} }
      const ways = [
        () => {
          const signer = kalibrate({ tenant: 'contoso.example', ...client, ...settings })
          return signer.sign({ ...request, url: signer.baseUrl })
        },
        () => {
          const issuer = { apiKeyId: 'id', token: 't' }
          const signer = amperity({ tenant: 'acme', issuer, ...settings })
          return signer.sign({ ...request, url: `${signer.baseUrl}/api/x` })
        },
        () => {
          const signer = angus({ username: 'u', clientId: 'c', accessToken: 'a', ...settings })
          return signer.sign({ ...request, url: signer.baseUrl })
        },
        () => optimizelyEvents({ token: 't', ...settings }).credentials(),
      ]
      for (const way of ways) {
        try {
          expect(await way()).toEqual(expect.any(Object))
        } catch (error) {
          expect(error).toBeInstanceOf(CountersignError)
          expect((error as Error).message).toMatch(/^[^\p{C}]{1,600}$/u)
        }
      }
    }),
    {
      examples: [
        [{ detail: { toString: 1 } }, 400],
        [{ detail: { join: 1, toString: null } }, 400],
      ],
    },
  )
})
