import { OptionError, type Provider, type Signer } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { factories } from './support/factories.ts'
import { changed } from './support/fates.ts'
import { request } from './support/sign.ts'

/** What would end a header, begin another, or arrive as something else than it was. */
const HOSTILE = ['\r\nx-evil: 1', '\n', '\r', '\0', '\u001b', '\u007f', 'ü', '\u2028', '😀']

const at = (options: object, path: string): unknown =>
  path.split('.').reduce<unknown>((it, name) => Object(it)[name], options)

/** Everything that would go on the wire as a line of its own: method, URL, header names and values. */
async function sent(build: (options: never) => unknown, options: object): Promise<string[]> {
  const lines: string[] = []
  const fetch = async (url: string, init: { method: string; headers: Record<string, string> }) => {
    lines.push(url, init.method, ...Object.entries(init.headers).flat())
    return Response.json({ access_token: 't', expires_in: 60 })
  }
  const built = build({ fetch, ...options } as never)
  if (typeof built === 'object') {
    const { url = '', headers } = await (built as Signer).sign(request())
    lines.push(url, ...Object.entries(headers).flat())
  } else await (built as Provider<unknown>)()
  return lines
}

describe.each(factories.filter(({ name }) => name !== 'signedFetch' && name !== 'cached'))(
  '$name',
  (it) => {
    test.each(Object.entries(it.fates))('%s cannot inject anything (%s)', async (option, fate) => {
      const valid = at(it.valid, option)
      for (const hostile of HOSTILE) {
        const options = changed(
          it.valid,
          option,
          `${typeof valid === 'string' ? valid : ''}${hostile}`,
        )
        if (fate === 'refused') {
          expect(() => it.build(options as never)).toThrow(OptionError)
          continue
        }
        const lines = await sent(it.build, options).catch((error: unknown) => {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(?:invalid-option|foreign-origin)$/),
          })
          return []
        })
        for (const line of lines) expect(line).toMatch(/^[ -~]*$/)
      }
    })

    const secrets = ['token', 'value', 'key', 'password', 'clientSecret', 'refreshToken', 'secret']
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
  },
)
