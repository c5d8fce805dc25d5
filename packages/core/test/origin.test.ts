import { bearer, compose, OptionError, type Signer, SigningError, within } from '@countersign/core'
import { hmac } from '@countersign/core/hmac'
import { describe, expect, test, vi } from 'vitest'
import { isSecure, secureUrl } from '../src/origin.ts'
import { refusal, request, sign } from './support/sign.ts'

describe('within', () => {
  const origins = ['https://api.example', new URL('https://data.example:8443/v1?a=b')]
  const source = vi.fn<() => string>(() => 't')
  const signer = within(origins, bearer(source))

  test.each([
    'https://api.example/',
    'https://api.example:443/a',
    'https://API.example/a?b=c',
    'https://data.example:8443/other/path',
  ])('signs for its own origins: %s', (url) => {
    expect(sign(signer, { url })).toEqual({ headers: { authorization: 'Bearer t' } })
  })

  test.each([
    'https://evil.example/',
    'https://api.example.evil.example/',
    'https://evil.example/https://api.example/',
    'https://sub.api.example/',
    'http://api.example/',
    'https://api.example:8443/',
    'https://data.example/',
    'https://api.example@evil.example/',
    'https://api.example.:443/',
  ])('refuses any other before a token is fetched: %s', (url) => {
    source.mockClear()
    const refused = () => signer.sign(request({ url }))
    expect(refused).toThrow(SigningError)
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'foreign-origin',
        message: expect.stringContaining('https://api.example, https://data.example:8443'),
      }),
    )
    expect(source).not.toHaveBeenCalled()
  })

  test('does not show what a foreign URL holds', () => {
    const url = 'https://user:pass@evil.example/path?token=secret#secret'
    expect(() => signer.sign(request({ url }))).not.toThrow(/secret|pass/)
  })

  test.each([
    ['one text', 'https://api.example/v1'],
    ['one URL', new URL('https://api.example/v1')],
    ['a list', ['https://api.example']],
    ['one on the loopback interface', 'http://127.0.0.1:8080'],
    ['one over plain http', 'http://api.example'],
  ])('takes %s', (_, given) => {
    const url = new URL('/x', [given].flat()[0]).href
    expect(sign(within(given, bearer('t')), { url }).headers).toEqual({ authorization: 'Bearer t' })
  })

  test.each([
    ['nothing', undefined],
    ['an empty list', []],
    ['no URL', 'api.example'],
    ['a path', '/v1'],
    ['another scheme', 'ftp://api.example'],
    ['a user', 'https://user@api.example'],
    ['a list with one that is none', ['https://api.example', '*']],
    ['a number', 7],
  ])('is refused with %s', (_, wrong) => {
    const build = () => within(wrong as string, bearer('t'))
    expect(build).toThrow(OptionError)
    expect(build).toThrow(
      expect.objectContaining({ option: 'origins', message: expect.stringMatching(/^origins /) }),
    )
  })

  test.each([undefined, {}, () => ({ headers: {} })])(
    'is refused without a signer: %j',
    (wrong) => {
      const build = () => within('https://api.example', wrong as unknown as Signer)
      expect(build).toThrow(OptionError)
      expect(build).toThrow(expect.objectContaining({ option: 'signer' }))
    },
  )

  test('is otherwise the signer that it wraps', () => {
    class Odd implements Signer {
      readonly readsBody = true
      readonly readsTarget = true
      readonly refusals = [403]
      #signed = 0
      sign() {
        this.#signed++
        return { headers: { odd: String(this.#signed) } }
      }
      recover() {
        return this.#signed > 0
      }
    }
    const wrapped = within('https://api.example', new Odd())
    expect(wrapped).toMatchObject({ readsBody: true, readsTarget: true, refusals: [403] })
    const signature = sign(wrapped)
    expect(signature).toEqual({ headers: { odd: '1' } })
    expect(wrapped.recover?.(refusal(signature))).toBe(true)
    expect(within('https://api.example', bearer('t'))).not.toHaveProperty('recover')
  })

  test('keeps the identity of a warm signature', () => {
    const warm = within('https://api.example', compose(bearer('t')))
    expect(sign(warm)).toBe(sign(warm))
  })

  test('guards a signer that covers the target as well', () => {
    const signing = hmac({
      secret: 'a secret',
      message: ['target'],
      headers: { s: '{signature}' },
    })
    const guarded = within('https://api.example', signing)
    expect(sign(guarded)).toEqual(sign(signing))
    expect(() => guarded.sign(request({ url: 'https://evil.example/' }))).toThrow(SigningError)
  })
})

describe('what keeps credentials secret', () => {
  test.each([
    ['https://api.example/', true],
    ['http://api.example/', false],
    ['http://localhost/', true],
    ['http://localhost.:8080/', true],
    ['http://app.localhost/', true],
    ['http://127.0.0.1/', true],
    ['http://127.255.0.9/', true],
    ['http://2130706433/', true],
    ['http://[::1]/', true],
    ['http://[0:0:0:0:0:0:0:1]/', true],
    ['http://[::2]/', false],
    ['http://0.0.0.0/', false],
    ['http://10.0.0.1/', false],
    ['http://192.168.0.1/', false],
    ['http://127.0.0.1.evil.example/', false],
    ['http://localhost.evil.example/', false],
    ['http://notlocalhost/', false],
    ['ftp://localhost/', false],
    ['ws://localhost/', false],
    ['file:///etc/passwd', false],
  ])('is, or is not, %s: %j', (url, secure) => {
    expect(isSecure(new URL(url))).toBe(secure)
  })

  test('may be plain http, and nothing else, on demand', () => {
    expect(isSecure(new URL('http://api.example/'), true)).toBe(true)
    expect(isSecure(new URL('ftp://api.example/'), true)).toBe(false)
  })

  test.each([
    '',
    '/',
    'api.example',
    'http://api.example',
    'https://u@api.example',
    'https://:p@x',
  ])('is demanded of an option: %j', (value) => {
    expect(() => secureUrl('url', value)).toThrow(expect.objectContaining({ option: 'url' }))
    expect(secureUrl('url', new URL('https://api.example/a')).href).toBe('https://api.example/a')
  })
})
