import { OptionError, type Provider } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import type { ServiceSigner } from '../src/service.ts'
import { changed } from '../../core/test/support/fates.ts'
import { factories } from './factories.ts'

/** What would end a header, begin another, leave its place in a URL, or arrive as something else. */
const HOSTILE = ['\r\nx-evil: 1', '\n', '\r', '\0', '\u001b', '\u007f', 'ü', '\u2028', '😀']

const at = (options: object, path: string): unknown =>
  path.split('.').reduce<unknown>((it, name) => Object(it)[name], options)

const answer = {
  access_token: 't',
  token: 't',
  expires_in: 60,
  credentials: {
    accessKeyId: 'id',
    secretAccessKey: 'key',
    sessionToken: 'session',
    expiration: Date.now() + 60_000,
  },
  s3Path: 's3://optimizely-events-data/v1/account_id=1',
}

/** Everything that would go on the wire as a line of its own: method, URL, header names and values. */
async function sent(build: (options: never) => unknown, options: object): Promise<string[]> {
  const lines: string[] = []
  const fetch = async (url: string, init: { method: string; headers: Record<string, string> }) => {
    lines.push(url, init.method, ...Object.entries(init.headers).flat())
    return Response.json(answer)
  }
  const built = build({ fetch, ...options } as never) as
    | ServiceSigner
    | { credentials: Provider<object> }
  if ('sign' in built) {
    const request = { method: 'GET', url: `${built.baseUrl}/api/x`, headers: {} }
    const { url = '', headers } = await built.sign(request)
    lines.push(url, ...Object.entries(headers).flat())
  } else await built.credentials()
  return lines
}

describe.each(factories)('$name', (it) => {
  test('sends lines that the test would see', async () => {
    expect((await sent(it.build, it.valid)).length).toBeGreaterThan(1)
  })

  test.each(Object.entries(it.fates))('%s cannot inject anything (%s)', async (option, fate) => {
    const valid = at(it.valid, option)
    for (const hostile of HOSTILE) {
      const text = `${typeof valid === 'string' ? valid : ''}${hostile}`
      const options = changed(it.valid, option, text)
      if (fate === 'refused') {
        expect(() => it.build(options as never)).toThrow(OptionError)
        continue
      }
      const lines = await sent(it.build, options).catch((error: unknown) => {
        expect(error).toBeInstanceOf(OptionError)
        return []
      })
      for (const line of lines) expect(line).toMatch(/^[ -~]*$/)
    }
  })

  const secrets = ['token', 'clientSecret', 'accessToken', 'issuer.token', 'secret']
  test.each(secrets.filter((name) => typeof at(it.valid, name) === 'string'))(
    'a function for %s cannot hand out anything that injects',
    async (option) => {
      for (const hostile of HOSTILE) {
        const options = changed(it.valid, option, () => `text${hostile}`)
        const lines = await sent(it.build, options).catch((error: unknown) => {
          expect(error).toMatchObject({ name: 'SigningError', code: 'invalid-secret' })
          return []
        })
        for (const line of lines) expect(line).toMatch(/^[ -~]*$/)
      }
    },
  )

  test('a token endpoint cannot inject anything by a token', async () => {
    for (const hostile of HOSTILE) {
      const token = `t${hostile}`
      const poisoned = {
        ...answer,
        access_token: token,
        token,
        credentials: { ...answer.credentials, sessionToken: token },
      }
      const fetch = async () => Response.json(poisoned)
      const lines = await sent(it.build, { ...it.valid, fetch }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/^invalid-(?:response|value)$/) })
        return []
      })
      for (const line of lines) expect(line).toMatch(/^[ -~]*$/)
    }
  })
})
