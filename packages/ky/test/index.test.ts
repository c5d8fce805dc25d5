import { bearer, type Signer } from '@countersign/core'
import { signed } from '@countersign/ky'
import { epi, loopback, type Site, tokens, verifying } from '@countersign/testing/contract'
import ky, { HTTPError } from 'ky'
import { afterEach, expect, test } from 'vitest'

/** What is ky's own, beside the contract of every client in `contract.test.ts`. */

const open: Site[] = []
async function serve(answer: Parameters<typeof loopback>[0]): Promise<Site> {
  const site = await loopback(answer)
  open.push(site)
  return site
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((site) => site.close()))
})

const authorizations = ({ arrivals }: Site) => arrivals.map(({ headers }) => headers.authorization)

test('prefix, searchParams and json of any instance in a chain', async () => {
  const site = await serve(verifying())
  const api = ky
    .create({ prefix: `${site.origin}/v1` })
    .extend(signed(epi()))
    .extend({ searchParams: { a: "it's" } })
  expect(await api.post('things', { json: { b: 'ü' } }).text()).toBe('valid')
  expect(site.arrivals).toMatchObject([
    { target: '/v1/things?a=it%27s', headers: { 'content-type': 'application/json' } },
  ])
})

test('a URL object and a Request', async () => {
  const site = await serve(verifying())
  const api = ky.extend(signed(epi()))
  expect(await api(new URL('/a b', site.origin)).text()).toBe('valid')
  const request = new Request(`${site.origin}/r`, { method: 'PUT', body: 'content' })
  expect(await api(request).text()).toBe('valid')
  expect(site.arrivals.map(({ method, body }) => `${method} ${body}`)).toEqual([
    'GET ',
    'PUT content',
  ])
})

test('another Request from a beforeRequest hook is what is signed', async () => {
  const site = await serve(verifying())
  const api = ky.extend(signed(epi())).extend({
    hooks: {
      beforeRequest: [
        ({ request }) => new Request(`${request.url}/other`, { method: 'POST', body: 'o' }),
      ],
    },
  })
  expect(await api(`${site.origin}/a`).text()).toBe('valid')
  expect(site.arrivals).toMatchObject([{ method: 'POST', target: '/a/other' }])
})

test('the default retry signs each attempt anew, and a 401 takes none of its attempts', async () => {
  const issued = tokens('t2')
  let attempts = 0
  const site = await serve((arrival) =>
    [1, 3].includes(++attempts) ? { status: 503 } : issued.guard(arrival),
  )
  const api = ky.extend(signed(issued.signer))
  const retry = { limit: 2, delay: () => 0 }
  expect(await api(site.origin, { retry }).text()).toBe('welcome')
  expect(authorizations(site)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2', 'Bearer t2'])
})

test('the last signer installed is the one that signs', async () => {
  const site = await serve(({ headers }) => ({ body: headers.authorization ?? 'none' }))
  const api = ky.extend(signed(bearer('first'))).extend(signed(bearer('second')))
  expect(await api(site.origin).text()).toBe('Bearer second')
  expect(await api(site.origin, { context: { signer: false } }).text()).toBe('none')
})

test('the signer of an instance’s context serves all of its requests', async () => {
  const site = await serve(({ headers }) => ({ body: headers.authorization ?? 'none' }))
  const api = ky.extend(signed(bearer('first'))).extend({ context: { signer: bearer('tenant') } })
  expect(await api(site.origin).text()).toBe('Bearer tenant')
  expect(await api(site.origin, { context: { other: 1 } }).text()).toBe('Bearer tenant')
})

test('the error of a refused call shows no token', async () => {
  const site = await serve(() => ({ status: 401 }))
  const error = await ky
    .extend(signed(bearer('secret-token')))(site.origin)
    .catch((e: unknown) => e)
  expect(error).toBeInstanceOf(HTTPError)
  expect([...(error as HTTPError).request.headers.keys()]).not.toContain('authorization')
})

test('mistakes are found when it is built, and name the option', () => {
  const mistakes: [() => unknown, string][] = [
    [() => signed(undefined as never), 'signer'],
    [() => signed({} as Signer), 'signer'],
    [() => signed(bearer('t'), { buffer: -1 }), 'buffer'],
  ]
  for (const [build, option] of mistakes) {
    expect(build).toThrow(expect.objectContaining({ name: 'OptionError', option }))
  }
})
