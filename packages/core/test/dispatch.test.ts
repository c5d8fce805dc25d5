import { bearer, type Signature, type Signer, SigningError } from '@countersign/core'
import {
  dispatch,
  type Outgoing,
  type Received,
  type Roads,
  type Sendable,
  straight,
} from '@countersign/core/kit'
import { describe, expect, test, vi } from 'vitest'

/** What every client has in common, tried without one. */

const HOME = 'https://api.example/v1/items'

/** A client without a network: each answer in turn, and what was sent for it. */
function client(...answers: (Partial<Received<string>> & { location?: string })[]) {
  const sent: Sendable[] = []
  const discarded: string[] = []
  const send = async (request: Sendable): Promise<Received<string>> => {
    const response = `answer ${sent.push(request)}`
    const { location, ...answer } = answers[sent.length - 1] ?? {}
    return {
      response,
      status: 200,
      headers: new Headers(location === undefined ? {} : { location }),
      text: async () => '',
      discard: () => void discarded.push(response),
      ...answer,
    }
  }
  return { sent, discarded, send }
}

const outgoing = (changes: Partial<Outgoing> = {}): Outgoing => ({
  method: 'get',
  url: new URL(HOME),
  headers: {},
  payload: { take: () => undefined },
  follows: true,
  ...changes,
})

/** A proof that a client would carry abroad, so that redirects are followed here. */
const key = (changes: Partial<Signer> = {}): Signer => ({
  sign: () => ({ headers: { 'x-api-key': 'k' } }),
  ...changes,
})

describe('a signer that leads elsewhere', () => {
  test.each(['https://other.example/', 'no URL', 'http://api.example/v1/items'])(
    'to %s, is refused by the name of home',
    async (url) => {
      const { sent, send } = client()
      const signer = { sign: (): Signature => ({ headers: {}, url }) }
      await expect(dispatch(signer, outgoing(), send)).rejects.toThrow(
        new SigningError('foreign-origin', 'The signer leads away from https://api.example'),
      )
      expect(sent).toEqual([])
    },
  )
})

test('who has left already is not signed for', async () => {
  const { sent, send } = client()
  const sign = vi.fn<Signer['sign']>(() => ({ headers: {} }))
  const signal = AbortSignal.abort(new Error('gone'))
  await expect(dispatch({ sign }, outgoing({ signal }), send)).rejects.toThrow('gone')
  expect(sign).not.toHaveBeenCalled()
  expect(sent).toEqual([])
})

test('an answer that refuses nothing costs no recovery', async () => {
  const recover = vi.fn(() => true)
  for (const status of [200, 403, 500]) {
    const { sent, send } = client({ status })
    await dispatch(key({ recover }), outgoing(), send)
    expect(sent).toHaveLength(1)
  }
  expect(recover).not.toHaveBeenCalled()
})

describe('a refusal', () => {
  test('is answered once, whatever its signer hopes for', async () => {
    const { sent, discarded, send } = client({ status: 401 }, { status: 401 })
    const { response } = await dispatch(key({ recover: () => true }), outgoing(), send)
    expect(response).toBe('answer 2')
    expect(sent).toHaveLength(2)
    expect(discarded).toEqual(['answer 1'])
  })

  test('of a body that can be sent once alone is the answer', async () => {
    const payload = { once: true, take: () => 'a stream' }
    const { sent, discarded, send } = client({ status: 401 })
    const call = outgoing({ method: 'POST', payload })
    const { response } = await dispatch(key({ recover: () => true }), call, send)
    expect([response, sent.length, discarded]).toEqual(['answer 1', 1, []])
  })

  test('of what a redirect has left of such a call is answered', async () => {
    const payload = { once: true, take: () => 'a stream' }
    const { sent, send } = client({ status: 303, location: '/a' }, { status: 401 })
    const call = outgoing({ method: 'POST', payload })
    const { response } = await dispatch(key({ recover: () => true }), call, send)
    expect(response).toBe('answer 3')
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
  })

  test('is let go of, too, when its caller has left meanwhile', async () => {
    const { sent, discarded, send } = client()
    const received = { ...(await send({} as Sendable)), status: 401 }
    const begun = { signature: { headers: { 'x-api-key': 'k' } }, received }
    const signal = AbortSignal.abort(new Error('gone'))
    const signer = key({ recover: async () => true })
    await expect(dispatch(signer, outgoing({ signal }), send, begun)).rejects.toThrow('gone')
    expect(discarded).toEqual(['answer 1'])
    expect(sent).toHaveLength(1)
  })

  test('is let go of before the call is sent again', async () => {
    const { sent, discarded, send } = client({ status: 401 })
    const { response } = await dispatch(key({ recover: () => true }), outgoing(), send)
    expect(response).toBe('answer 2')
    expect(sent).toHaveLength(2)
    expect(discarded).toEqual(['answer 1'])
  })

  test('is let go of when nothing can be done about it because of an error', async () => {
    const { discarded, send } = client({ status: 401 })
    const recover = async () => {
      throw new Error('no new token')
    }
    await expect(dispatch(key({ recover }), outgoing(), send)).rejects.toThrow('no new token')
    expect(discarded).toEqual(['answer 1'])
  })

  test('is the answer, whole, when there is nothing new', async () => {
    const { discarded, send } = client({ status: 401 })
    const { response } = await dispatch(key({ recover: () => false }), outgoing(), send)
    expect([response, discarded]).toEqual(['answer 1', []])
  })

  test.each(['https://other.example/', 'no URL'])(
    'from %s is none: nothing was proven there',
    async (url) => {
      const recover = vi.fn(() => true)
      const { sent, send } = client({ status: 401, url })
      await dispatch(key({ recover }), outgoing(), send)
      expect(recover).not.toHaveBeenCalled()
      expect(sent).toHaveLength(1)
    },
  )
})

describe('a redirect', () => {
  test('abroad is not signed, and neither is what leads back home', async () => {
    const { sent, send } = client(
      { status: 302, location: 'https://other.example/' },
      { status: 302, location: HOME },
    )
    await dispatch(key(), outgoing(), send)
    expect(sent.map(({ url, headers }) => [url, headers])).toEqual([
      [HOME, { 'x-api-key': 'k' }],
      ['https://other.example/', {}],
      [HOME, {}],
    ])
  })

  test('is counted from one on, for who may change or refuse it', async () => {
    const { send } = client({ status: 302, location: '/a' }, { status: 302, location: '/b' })
    const counts: [number, string][] = []
    const { hops } = await dispatch(
      key(),
      outgoing({
        onRedirect: (next, count) => {
          counts.push([count, next.url.pathname])
          return next
        },
      }),
      send,
    )
    expect(counts).toEqual([
      [1, '/a'],
      [2, '/b'],
    ])
    expect(hops).toBe(2)
  })

  test('is followed as often as is allowed', async () => {
    const { sent, discarded, send } = client(
      { status: 302, location: '/a' },
      { status: 302, location: '/b' },
    )
    const call = dispatch(key(), outgoing({ maxRedirects: 1 }), send)
    await expect(call).rejects.toThrow('https://api.example/a redirects too often')
    expect(sent).toHaveLength(2)
    expect(discarded).toEqual(['answer 1', 'answer 2'])
  })

  test('that wants a body again which can be sent once alone is refused', async () => {
    const payload = { once: true, take: () => 'a stream' }
    const { sent, discarded, send } = client({ status: 307, location: '/a' })
    const call = dispatch(key(), outgoing({ method: 'POST', payload }), send)
    await expect(call).rejects.toThrow(
      new SigningError(
        'redirect-refused',
        'https://api.example/v1/items redirects a body that cannot be sent again',
      ),
    )
    expect(sent).toHaveLength(1)
    expect(discarded).toEqual(['answer 1'])
  })

  test('that leaves such a body behind is followed', async () => {
    const payload = { once: true, take: () => 'a stream' }
    const { sent, send } = client({ status: 303, location: '/a' })
    await dispatch(key(), outgoing({ method: 'POST', payload }), send)
    expect(sent.map(({ method, body, bodiless }) => [method, body, bodiless])).toEqual([
      ['POST', 'a stream', false],
      ['GET', undefined, true],
    ])
  })
})

test.each([
  ['with its signal', true, new AbortController().signal, 'send'],
  ['with another patience', false, new AbortController().signal, 'otherwise'],
  ['for ever', false, undefined, 'send'],
] as const)('a client that waits for a token %s', async (_, waits, signal, road) => {
  const roads: Roads<undefined, { status: number; by: string }> = {
    waits,
    send: async () => ({ status: 200, by: 'send' }),
    otherwise: async () => ({ status: 200, by: 'otherwise' }),
  }
  const signer: Signer = { sign: async () => ({ headers: { authorization: 'Bearer t' } }) }
  const request = { method: 'GET', url: HOME, headers: {}, ...(signal && { signal }) }
  expect(await straight(signer, request, undefined, roads)).toEqual({ status: 200, by: road })
})

test.each<[what: string, signer: Signer, status: number, roads: string[]]>([
  ['a token that is accepted', bearer('t'), 200, ['natively']],
  ['a token that is refused', refusable(), 401, ['natively', 'on']],
  ['a token on a redirect', bearer('t'), 302, ['natively']],
  ['a proof of the target', proof({}), 200, ['by hand']],
  ['a proof of the target on a redirect', proof({}), 307, ['by hand', 'on']],
  ['the same, and hidden', proof({}), 0, ['by hand', 'on']],
  ['a proof that is in the target', proof({ url: `${HOME}?key=k` }), 200, ['on']],
])('%s goes its way', async (_, signer, status, roads) => {
  const taken: string[] = []
  const response = await straight(signer, { method: 'GET', url: HOME, headers: {} }, undefined, {
    waits: true,
    async send(_, __, ___, manual) {
      taken.push(manual ? 'by hand' : 'natively')
      return { status }
    },
    async otherwise(_, __, ___, answer) {
      expect(answer).toEqual(taken.length > 0 ? { status } : undefined)
      taken.push('on')
      return { status: 204 }
    },
  })
  expect(taken).toEqual(roads)
  expect(response.status).toBe(taken.includes('on') ? 204 : status)
})

function proof(parts: Partial<Signature>): Signer {
  return { readsTarget: true, sign: () => ({ headers: { authorization: 'Own' }, ...parts }) }
}

function refusable(): Signer {
  return { ...bearer('t'), recover: () => false }
}
