import { SigningError } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { followsByHand, isRefusal, nextHop, signable, wireHref, wireUrl } from '../src/wire.ts'

const HOME = new URL('https://api.example/v1/items')
const sign = () => ({ headers: {} })

describe('a URL on the wire', () => {
  test.each([
    ['https://api.example/a#b', 'https://api.example/a'],
    ['https://api.example/a?', 'https://api.example/a'],
    ['https://api.example/a?#b', 'https://api.example/a'],
    ['https://api.example/a?b?', 'https://api.example/a?b?'],
    ['https://api.example/a?b', 'https://api.example/a?b'],
    [' https://api.example/a', 'https://api.example/a'],
    ['https://api.example/a/../b', 'https://api.example/b'],
    ['HTTPS://API.example:443', 'https://api.example/'],
  ])('%j is %s', (given, expected) => {
    expect(wireHref(given, {})).toBe(expected)
    expect(wireHref(new URL(given), {})).toBe(expected)
    expect(wireUrl(given, {}).href).toBe(expected)
  })

  test.each(['https://user@api.example/', 'https://:password@api.example/', 'nowhere', '/a'])(
    '%j is refused, and not repeated',
    (given) => {
      const refused = new SigningError(
        'invalid-url',
        'Only an absolute URL without user and password can be signed',
      )
      expect(() => wireHref(given, {})).toThrow(refused)
    },
  )

  test('plain http is refused by name, without the query', () => {
    expect(() => wireHref('http://api.example/a?key=secret', {})).toThrow(
      /^Credentials are not sent to http:\/\/api\.example\/a: /,
    )
    const allowed = wireHref('http://api.example/a?key=secret', { allowInsecure: true })
    expect(allowed).toBe('http://api.example/a?key=secret')
  })
})

test('a signer sees what there is, and no name of what there is not', () => {
  const { signal } = new AbortController()
  const asked = { method: 'post', url: HOME.href, headers: { a: 'b' } }
  const seen = { method: 'POST', url: HOME.href, headers: { a: 'b' } }
  expect(signable({ ...asked, body: undefined, signal: null })).toStrictEqual(seen)
  expect(signable({ ...asked, body: '', signal })).toStrictEqual({ ...seen, body: '', signal })
})

test.each([
  [{}, { authorization: 'x' }, undefined, false],
  [{}, { authorization: 'x', 'user-agent': 'y' }, undefined, false],
  [{}, { 'x-api-key': 'x' }, undefined, true],
  [{}, {}, 'https://api.example/?key=x', true],
  [{ readsBody: true }, { authorization: 'x' }, undefined, true],
  [{ readsTarget: true }, { authorization: 'x' }, undefined, true],
])('a signer with %j and the proof %j %j is followed by hand: %s', (signer, headers, url, by) => {
  expect(followsByHand({ sign, ...signer }, { headers, ...(url && { url }) })).toBe(by)
})

test('a refusal is one of a proof that was sent, for a signer that wants to know', () => {
  const recover = () => true
  const headers = { authorization: 'x' }
  expect(isRefusal({ sign, recover }, { headers }, 401)).toBe(true)
  expect(isRefusal({ sign, recover }, { headers: {}, url: HOME.href }, 401)).toBe(true)
  expect(isRefusal({ sign, recover }, { headers: {} }, 401)).toBe(false)
  expect(isRefusal({ sign, recover }, { headers }, 403)).toBe(false)
  expect(isRefusal({ sign, recover, refusals: [403] }, { headers }, 403)).toBe(true)
  expect(isRefusal({ sign }, { headers }, 401)).toBe(false)
})

describe('the next hop, by the rules of Fetch', () => {
  const hop = (method: string, status: number, location: string | null, headers = {}) =>
    nextHop(
      { method, url: HOME, headers },
      { status, headers: new Headers(location === null ? {} : { location }) },
    )

  test.each([
    ['GET', 301, 'GET', false],
    ['POST', 301, 'GET', true],
    ['POST', 302, 'GET', true],
    ['PUT', 302, 'PUT', false],
    ['POST', 303, 'GET', true],
    ['PUT', 303, 'GET', true],
    ['HEAD', 303, 'HEAD', false],
    ['GET', 303, 'GET', false],
    // Methods of somebody's own, that only look like those.
    ['TARGET', 303, 'GET', true],
    ['HEADER', 303, 'GET', true],
    ['POST', 307, 'POST', false],
    ['POST', 308, 'POST', false],
  ])('%s after %i is %s', (method, status, expected, bodiless) => {
    expect(hop(method, status, '/next')).toMatchObject({ method: expected, bodiless })
  })

  test('there is none without a status that asks for it, or without a place', () => {
    expect(hop('GET', 200, '/next')).toBeUndefined()
    expect(hop('GET', 304, '/next')).toBeUndefined()
    expect(hop('GET', 302, null)).toBeUndefined()
  })

  test.each(['ftp://api.example/', 'xhttp://api.example/', 'https://u@api.example/', 'https://'])(
    'nobody goes to %s',
    (location) => {
      expect(() => hop('GET', 302, location)).toThrow(
        'https://api.example/v1/items redirects to something else than an http(s) URL without user and password',
      )
    },
  )

  test('leaves behind what tells of the body with the body, and nothing more', () => {
    const kept = { 'x-content-type': 'a', 'content-type-of': 'b', authorization: 'c' }
    const left = { 'content-type': 'd', 'content-length': '1', 'content-language': 'e' }
    expect(hop('POST', 303, '/next', { ...kept, ...left })?.headers).toEqual(kept)
    expect(hop('POST', 307, '/next', { ...kept, ...left })?.headers).toEqual({ ...kept, ...left })
  })

  test('leaves behind what belongs to an origin with the origin, and nothing more', () => {
    const kept = { 'x-host': 'a', hostname: 'b', cookie2: 'c', 'x-cookie': 'd' }
    const left = { authorization: 'e', 'proxy-authorization': 'f', cookie: 'g', host: 'h' }
    const elsewhere = 'https://other.example/'
    expect(hop('GET', 302, elsewhere, { ...kept, ...left })?.headers).toEqual(kept)
    expect(hop('GET', 302, '/next', { ...kept, ...left })?.headers).toEqual({ ...kept, ...left })
  })
})
