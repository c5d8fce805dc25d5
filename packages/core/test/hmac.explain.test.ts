import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { OptionError, SigningError } from '@countersign/core'
import { explain, hmac, type HmacExplanation, type HmacScheme } from '@countersign/core/hmac'
import { describe, expect, test } from 'vitest'
import { request, sign } from './support/sign.ts'

const SECRET = 'the secret of the test'

const scheme = (changes: Partial<HmacScheme> = {}): HmacScheme => ({
  id: 'the-key',
  secret: SECRET,
  message: ['method', 'target', 'timestamp', 'nonce'],
  separator: '\n',
  encoding: 'hex',
  headers: {
    authorization: 'ACME {id}:{signature}',
    'x-time': '{timestamp}',
    'x-nonce': '{nonce}',
  },
  now: () => 1_795_264_215_678,
  nonce: () => 'one-time',
  ...changes,
})
const asked = request({ url: 'https://api.example/%7euser?q=[a]' })
const explained = (changes?: Partial<HmacScheme>, of = asked) =>
  explain(scheme(changes), of) as HmacExplanation

test.each<[string, Partial<HmacScheme>]>([
  ['as it is sent', {}],
  ['that is sent in another form', { target: 'normalized' }],
  ['and a body hash', { message: ['target', 'bodyHash'], body: { hash: 'sha256' } }],
])('an explanation has what is sent: a target %s', (_, changes) => {
  const { headers, url = asked.url } = sign(hmac(scheme(changes)), asked)
  expect(explained(changes)).toMatchObject({ headers, url })
})

test('every part is told as it is declared, and the message as it is hashed', () => {
  const message: HmacScheme['message'] = [
    { text: 'v1' },
    'path',
    'query',
    { header: 'X-Time' },
    { header: 'content-type' },
    { header: 'x-none' },
  ]
  const of = request({ ...asked, headers: { 'content-type': 'text/plain' } })
  const { parts, message: text, signature, bodyHash } = explained({ message }, of)
  expect(parts).toEqual([
    { part: { text: 'v1' }, value: 'v1' },
    { part: 'path', value: '/%7euser' },
    { part: 'query', value: 'q=[a]' },
    { part: { header: 'x-time' }, value: '1795264215678' },
    { part: { header: 'content-type' }, value: 'text/plain' },
    { part: { header: 'x-none' }, value: '' },
  ])
  expect(text).toBe('v1\n/%7euser\nq=[a]\n1795264215678\ntext/plain\n')
  expect(signature).toBe(createHmac('sha256', SECRET).update(text).digest('hex'))
  expect(bodyHash).toBeUndefined()
})

describe('a body that is signed itself', () => {
  const message = ['method', 'body', 'target'] as const

  test('is text where it was given as text', () => {
    const { message: signed } = explained({ message }, { ...asked, body: 'bödy' })
    expect(signed).toBe('GET\nbödy\n/%7euser?q=[a]')
  })

  test('is bytes where it was given as bytes', () => {
    const body = Uint8Array.of(0, 0xff, 10)
    const { message: signed, parts, signature } = explained({ message }, { ...asked, body })
    expect(parts[1]).toEqual({ part: 'body', value: body })
    const bytes = Buffer.concat([Buffer.from('GET\n'), body, Buffer.from('\n/%7euser?q=[a]')])
    expect(signed).toEqual(new Uint8Array(bytes))
    expect(signature).toBe(createHmac('sha256', SECRET).update(bytes).digest('hex'))
  })
})

test("a request's own Authorization does not keep it from signing", () => {
  const { headers } = explained({}, { ...asked, headers: { authorization: 'Basic eDp5' } })
  expect(headers.authorization).toBe(explained().headers.authorization)
})

test('the secret may take its time, and the time is told after it', async () => {
  let now = 1
  const promise = explain(
    scheme({
      now: () => now,
      secret: async () => {
        now = 2
        return SECRET
      },
    }),
    asked,
  )
  expect(promise).toBeInstanceOf(Promise)
  expect((await promise).headers['x-time']).toBe('2')
})

test('it holds no secret', () => {
  expect(inspect(explained(), { depth: 9, showHidden: true })).not.toContain(SECRET)
  expect(JSON.stringify(explained())).not.toContain(SECRET)
})

test('what hmac refuses, it refuses', () => {
  expect(() => explained({ message: [] })).toThrow(OptionError)
  expect(() => explained({ secret: 'x', secretEncoding: 'hex' })).toThrow(/^secret takes pairs/)
  expect(() => explained({ secret: () => '' })).toThrow(SigningError)
  expect(() => explained({ secret: () => '' })).toThrow(/^The source of secret /)
  expect(() => explained({}, { ...asked, url: '/relative' })).toThrow(SigningError)
})
