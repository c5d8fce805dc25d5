import {
  type AccessToken,
  apiKey,
  bearer,
  compose,
  header,
  OptionError,
  type Refusal,
  type SignableRequest,
  type Signature,
  type Signer,
  userAgent,
} from '@countersign/core'
import { describe, expect, test, vi } from 'vitest'
import { refusal, request, sign } from './support/sign.ts'

/** A signer that notes what it sees, and adds one header of its own. */
function spy(name: string, wait = false) {
  const seen: SignableRequest[] = []
  const signer = {
    sign(asked: SignableRequest) {
      seen.push(asked)
      const signature = { headers: { [name]: `${name}-${seen.length}` } }
      return wait ? Promise.resolve(signature) : signature
    },
  }
  return { seen, signer }
}

describe('signing', () => {
  test('goes in the order given, each seeing what those before it have added', () => {
    const [a, b, c] = [spy('a'), spy('b'), spy('c')]
    const signature = sign(compose(a.signer, b.signer, c.signer), { headers: { x: 'y' } })
    expect(signature).toEqual({ headers: { a: 'a-1', b: 'b-1', c: 'c-1' } })
    expect([a, b, c].map(({ seen }) => seen[0]?.headers)).toEqual([
      { x: 'y' },
      { x: 'y', a: 'a-1' },
      { x: 'y', a: 'a-1', b: 'b-1' },
    ])
  })

  test.each([
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, true],
  ])('waits only where a promise arrives: %j %j %j', async (...waits) => {
    const spies = waits.map((wait, i) => spy(`s${i}`, wait))
    const promised = compose(...spies.map(({ signer }) => signer)).sign(request())
    expect(promised).toBeInstanceOf(Promise)
    await expect(promised).resolves.toEqual({ headers: { s0: 's0-1', s1: 's1-1', s2: 's2-1' } })
    expect(spies.map(({ seen }) => Object.keys(seen[0]?.headers ?? {}))).toEqual([
      [],
      ['s0'],
      ['s0', 's1'],
    ])
  })

  test('hands the body, the method and the signal on as they are', () => {
    const [a, b] = [spy('a'), spy('b')]
    const asked = request({ method: 'PUT', body: 'text', signal: new AbortController().signal })
    compose(a.signer, b.signer).sign(asked)
    expect(b.seen[0]).toEqual({ ...asked, headers: { a: 'a-1' } })
    expect(asked.headers).toEqual({})
  })

  test('lets a later signer see the URL of an earlier one, and the last URL win', () => {
    const { seen, signer } = spy('x')
    const first = apiKey({ in: 'query', name: 'one', key: '1' })
    const second = apiKey({ in: 'query', name: 'two', key: '2' })
    const url = 'https://api.example/?one=1&two=2'
    expect(sign(compose(first, second, signer), { url: 'https://api.example/' })).toEqual({
      headers: { x: 'x-1' },
      url,
    })
    expect(seen[0]?.url).toBe(url)
  })

  test('lets the later of two that write the same header win', () => {
    expect(sign(compose(userAgent('one'), userAgent('two'))).headers).toEqual({
      'user-agent': 'two',
    })
    // This one keeps a header that is there already.
    expect(sign(compose(header('x', 'one'), header('x', 'two'))).headers).toEqual({ x: 'one' })
  })

  test('fails with the error of the signer that failed, and asks none after it', async () => {
    const failure = new Error('no token')
    const { seen, signer } = spy('late')
    for (const failing of [
      () => Promise.reject(failure),
      () => {
        throw failure
      },
    ]) {
      const composed = compose({ sign: failing }, signer)
      await expect(async () => composed.sign(request())).rejects.toBe(failure)
    }
    expect(seen).toEqual([])
  })

  test('works for a signer that is a class', async () => {
    class Counter implements Signer {
      readonly refusals = [418]
      #count = 0
      sign(): Signature {
        return { headers: { count: String(++this.#count) } }
      }
      recover(): boolean {
        return this.#count === 1
      }
    }
    const composed = compose(new Counter())
    const signature = sign(composed)
    expect(signature.headers).toEqual({ count: '1' })
    expect(composed.refusals).toEqual([418])
    expect(composed.recover?.(refusal(signature, { status: 418 }))).toBe(true)
    expect(sign(composed).headers).toEqual({ count: '2' })
  })

  test('works for composed signers', () => {
    const composed = compose(compose(header('a', '1'), header('b', '2')), compose(bearer('t')))
    expect(sign(composed)).toEqual({ headers: { a: '1', b: '2', authorization: 'Bearer t' } })
    expect(sign(composed)).toBe(sign(composed))
  })
})

describe('the signature', () => {
  test('is the same frozen one as long as its parts are', () => {
    let token: AccessToken = { token: 't1' }
    const composed = compose(
      bearer(() => token),
      userAgent('acme/1'),
    )
    const first = sign(composed)
    expect(first).toEqual({ headers: { authorization: 'Bearer t1', 'user-agent': 'acme/1' } })
    expect(Object.isFrozen(first) && Object.isFrozen(first.headers)).toBe(true)
    expect(sign(composed)).toBe(first)
    token = { token: 't2' }
    const second = sign(composed)
    expect(second.headers.authorization).toBe('Bearer t2')
    expect(sign(composed)).toBe(second)
    expect(first.headers.authorization).toBe('Bearer t1')
  })

  test('is a new one where a part may change', () => {
    const mutable = { headers: { a: '1' } }
    const composed = compose({ sign: () => mutable }, userAgent('acme/1'))
    const first = sign(composed)
    mutable.headers.a = '2'
    expect(sign(composed).headers.a).toBe('2')
    expect(first.headers.a).toBe('1')
  })
})

describe('a refusal', () => {
  /** A signer that answers a refusal, and notes which signature it was told of. */
  function learner(answer: boolean | Promise<boolean>, refusals?: readonly number[]) {
    const signature = { headers: {} }
    const recover = vi.fn<(refusal: Refusal) => boolean | Promise<boolean>>(() => answer)
    return { signature, signer: { sign: () => signature, recover, ...(refusals && { refusals }) } }
  }

  test('reaches every signer, with its own signature', async () => {
    const all = [learner(false), learner(true), learner(Promise.resolve(false)), learner(true)]
    const composed = compose(...all.map(({ signer }) => signer))
    const refused = refusal(sign(composed), { text: 'why' })
    await expect(composed.recover?.(refused)).resolves.toBe(true)
    for (const { signer, signature } of all) {
      expect(signer.recover).toHaveBeenCalledOnce()
      const told = signer.recover.mock.lastCall?.[0] as Refusal
      expect(told.signature).toBe(signature)
      expect([told.status, told.headers, told.request]).toEqual([
        401,
        refused.headers,
        refused.request,
      ])
      await expect(told.text()).resolves.toBe('why')
    }
  })

  test('is answered at once where no signer takes its time', () => {
    const yes = compose(learner(false).signer, learner(true).signer, learner(false).signer)
    const no = compose(learner(false).signer, header('a', 'b'), learner(false).signer)
    expect(yes.recover?.(refusal(sign(yes)))).toBe(true)
    expect(no.recover?.(refusal(sign(no)))).toBe(false)
  })

  test('reaches only those for whom its status is one', () => {
    const [unauthorized, forbidden] = [learner(true), learner(true, [403])]
    const composed = compose(unauthorized.signer, forbidden.signer)
    expect(composed.recover?.(refusal(sign(composed), { status: 403 }))).toBe(true)
    expect(unauthorized.signer.recover).not.toHaveBeenCalled()
    expect(forbidden.signer.recover).toHaveBeenCalledOnce()
  })

  test('of a signature of somebody else reaches none', () => {
    const { signer } = learner(true)
    const composed = compose(signer)
    expect(composed.recover?.(refusal(sign(compose(signer))))).toBe(false)
    expect(signer.recover).not.toHaveBeenCalled()
  })

  test('of an earlier signature tells of the earlier token', () => {
    const tokens: AccessToken[] = [{ token: 't1' }, { token: 't2' }]
    const source = vi.fn<(options?: object) => AccessToken>(() => tokens[1] as AccessToken)
    source.mockImplementationOnce(() => tokens[0] as AccessToken)
    const composed = compose(userAgent('acme/1'), bearer(source))
    const early = sign(composed)
    sign(composed)
    expect(composed.recover?.(refusal(early))).toBe(true)
    expect(source.mock.lastCall?.[0]).toMatchObject({ refused: tokens[0] })
  })

  test('that one signer cannot answer fails with its error', async () => {
    const failure = new Error('the endpoint is down')
    const composed = compose({
      sign: () => ({ headers: {} }),
      recover: () => Promise.reject(failure),
    })
    await expect(composed.recover?.(refusal(sign(composed)))).rejects.toBe(failure)
  })
})

describe('what a client must know', () => {
  const bare = header('a', 'b')

  test.each([
    [[bare, bare], false, false],
    [[bare, { ...bare, readsBody: true }], true, false],
    [[{ ...bare, readsTarget: true }, bare], false, true],
    [[apiKey({ in: 'query', name: 'k', key: 'v' }), { ...bare, readsBody: true }], true, true],
  ])('is what any of the signers needs', (signers, readsBody, readsTarget) => {
    const composed = compose(...signers)
    expect([!!composed.readsBody, !!composed.readsTarget]).toEqual([readsBody, readsTarget])
  })

  test('is which statuses any of them answers, each once', () => {
    const recover = () => true
    const signers = [
      { ...bare, recover },
      { ...bare, recover, refusals: [401, 403] },
      { ...bare, recover, refusals: [403, 419] },
      // Learns nothing, whatever it says.
      { ...bare, refusals: [500] },
    ]
    expect(compose(...signers).refusals).toEqual([401, 403, 419])
    expect(compose(bare).refusals).toEqual([])
  })
})

test('is refused without a signer', () => {
  expect(() => compose()).toThrow(OptionError)
  expect(() => compose()).toThrow(/^signers takes /)
})

test.each([undefined, null, {}, 'bearer', () => ({ headers: {} })])(
  'is refused with what is no signer: %j',
  (wrong) => {
    const build = () => compose(bearer('t'), wrong as unknown as Signer)
    expect(build).toThrow(OptionError)
    expect(build).toThrow(expect.objectContaining({ option: 'signer' }))
  },
)
