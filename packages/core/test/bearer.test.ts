import { type AccessToken, bearer, cached, OptionError, type Provider } from '@countersign/core'
import { describe, expect, test, vi } from 'vitest'
import { refusal, request, sign } from './support/sign.ts'

const headers = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe('a token given as it is', () => {
  test('signs with one and the same frozen signature', () => {
    const signer = bearer('mF_9.B5f-4.1JqM')
    expect(sign(signer)).toEqual(headers('mF_9.B5f-4.1JqM'))
    expect(sign(signer)).toBe(sign(signer))
    expect(Object.isFrozen(sign(signer))).toBe(true)
    expect(Object.isFrozen(sign(signer).headers)).toBe(true)
  })

  test('has no way to recover', () => {
    expect(bearer('t')).not.toHaveProperty('recover')
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['no text', ''],
    ['a number', 7],
    ['a token object', { token: 't' }],
    ['a line break', 'a\nb'],
    ['a space at the end', 'a '],
    ['an umlaut', 'tökén'],
  ])('is refused when it is %s', (_, token) => {
    expect(() => bearer(token as string)).toThrow(OptionError)
    expect(() => bearer(token as string)).toThrow(
      expect.objectContaining({ option: 'token', message: expect.stringMatching(/token takes /) }),
    )
  })

  test('is not quoted when it is refused', () => {
    expect(() => bearer('a-secret\n')).not.toThrow(/a-secret/)
  })
})

describe('a function that reads a token', () => {
  test('is asked for each request, and hands over its signal', () => {
    const source = vi.fn<(options?: object) => string>(() => 't')
    const signer = bearer(source)
    const { signal } = new AbortController()
    expect(sign(signer)).toEqual(headers('t'))
    expect(sign(signer, { signal })).toBe(sign(signer))
    expect(source.mock.calls).toEqual([[], [{ signal }], []])
  })

  test('may promise it', async () => {
    await expect(bearer(async () => 't').sign(request())).resolves.toEqual(headers('t'))
  })

  test('is asked again after a refusal: another token is worth another try, the same is not', () => {
    const handedOut = ['old', 'old', 'old', 'new']
    const signer = bearer(() => handedOut.shift() as string)
    const signature = sign(signer)
    expect(signer.recover?.(refusal(signature))).toBe(false)
    expect(sign(signer)).toBe(signature)
    expect(signer.recover?.(refusal(signature))).toBe(true)
  })
})

describe('a provider', () => {
  const tokens = (...values: string[]) => values.map((token): AccessToken => ({ token }))

  test('gives the same frozen signature as long as it gives the same token', () => {
    const [one, two] = tokens('t1', 't2')
    let current = one as AccessToken
    const signer = bearer(() => current)
    const first = sign(signer)
    expect(first).toEqual(headers('t1'))
    expect(Object.isFrozen(first) && Object.isFrozen(first.headers)).toBe(true)
    expect(sign(signer)).toBe(first)
    current = two as AccessToken
    expect(sign(signer)).toEqual(headers('t2'))
    expect(sign(signer)).not.toBe(first)
  })

  test('is synchronous as soon as it is warm', async () => {
    const signer = bearer(cached(async (): Promise<AccessToken> => ({ token: 't' })))
    const cold = signer.sign(request())
    expect(cold).toBeInstanceOf(Promise)
    await cold
    expect(sign(signer)).toEqual(headers('t'))
  })

  test('is handed the very token that was refused, and the signal of the caller', async () => {
    const [one, two] = tokens('t1', 't2')
    const source = vi.fn<Provider<AccessToken>>(({ refused } = {}) =>
      refused ? Promise.resolve(two as AccessToken) : (one as AccessToken),
    )
    const signer = bearer(source)
    const { signal } = new AbortController()
    const signature = sign(signer)
    const refused = { ...refusal(signature), request: request({ signal }) }
    await expect(signer.recover?.(refused)).resolves.toBe(true)
    expect(source).toHaveBeenLastCalledWith({ refused: one, signal })
    expect(source.mock.lastCall?.[0]?.refused).toBe(one)
  })

  test('that has the same token in another object has nothing new', () => {
    const signer = bearer(() => ({ token: 't' }))
    expect(signer.recover?.(refusal(sign(signer)))).toBe(false)
  })

  test('that renews one object in place is read anew, and has something new after a refusal', () => {
    const value = { token: 'old' }
    const signer = bearer((asked) => {
      if (asked?.refused) value.token = 'newest'
      return value
    })
    expect(sign(signer)).toEqual(headers('old'))
    value.token = 'new'
    const signature = sign(signer)
    expect(signature).toEqual(headers('new'))
    expect(signer.recover?.(refusal(signature))).toBe(true)
    expect(sign(signer)).toEqual(headers('newest'))
  })

  test('that fails after a refusal fails the call', async () => {
    const failure = new Error('no more tokens')
    const signer = bearer(({ refused }: { refused?: AccessToken | undefined } = {}) => {
      return refused ? Promise.reject(failure) : { token: 't' }
    })
    await expect(signer.recover?.(refusal(sign(signer)))).rejects.toBe(failure)
  })

  test('knows an older token when it is refused late: the current one is worth another try', () => {
    const [one, two] = tokens('t1', 't2')
    const cache = [one, two, two] as AccessToken[]
    const source = vi.fn<Provider<AccessToken>>(() => cache.shift() as AccessToken)
    const signer = bearer(source)
    const early = sign(signer)
    sign(signer)
    expect(signer.recover?.(refusal(early))).toBe(true)
    expect(source).toHaveBeenLastCalledWith({ refused: one, signal: undefined })
  })

  test('is not asked about a signature of somebody else', () => {
    const source = vi.fn<Provider<AccessToken>>(() => ({ token: 't' }))
    const signer = bearer(source)
    const other = sign(bearer(source))
    source.mockClear()
    expect(signer.recover?.(refusal(other))).toBe(false)
    expect(signer.recover?.(refusal({ headers: {} }))).toBe(false)
    expect(source).not.toHaveBeenCalled()
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['no text', ''],
    ['an object without a token', {}],
    ['an empty token', { token: '' }],
    ['a number for a token', { token: 7 }],
    ['a token with a line break', { token: 'secret\r\nx: y' }],
    ['a token of other letters', { token: 'sécret' }],
  ])('that hands out %s signs nothing', async (_, value) => {
    const error = expect.objectContaining({
      name: 'SigningError',
      code: 'invalid-secret',
      message: expect.stringMatching(/token takes /),
    })
    const source = () => value as AccessToken
    expect(() => bearer(source).sign(request())).toThrow(error)
    await expect(bearer(async () => source()).sign(request())).rejects.toEqual(error)
    expect(() => bearer(source).sign(request())).not.toThrow(/s[eé]cret/)
  })

  test('that fails fails the signature, with its own error', async () => {
    const failure = new Error('the endpoint is down')
    await expect(bearer(() => Promise.reject(failure)).sign(request())).rejects.toBe(failure)
  })
})

test("the caller's own Authorization is kept, no token is fetched for it, and its refusal is not ours", () => {
  const source = vi.fn<() => string>(() => 't')
  const own = { headers: { authorization: 'Basic eDp5' } }
  for (const signer of [bearer(source), bearer('t')]) {
    expect(sign(signer, own)).toEqual({ headers: {} })
    expect(signer.recover?.(refusal(sign(signer, own))) ?? false).toBe(false)
  }
  expect(source).not.toHaveBeenCalled()
})

test('neither body nor target is of interest', () => {
  const { readsBody, readsTarget, refusals } = bearer('t')
  expect([readsBody, readsTarget, refusals]).toEqual([undefined, undefined, undefined])
})
