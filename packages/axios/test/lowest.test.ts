import { Agent } from 'node:http'
import { signed } from '@countersign/axios'
import { bearer, cached } from '@countersign/core'
import { adapterContract, loopback, type Site } from '@countersign/testing/contract'
import axios from 'axios'
import { expect, onTestFinished, test, vi } from 'vitest'
import { client } from './client.ts'

/** The contract again with the oldest axios that the package takes. */
vi.mock('axios', () => import('axios-lowest'))

const cannot = {
  '14c': 'axios 1.7.0 takes headers as an object',
  '14d': 'axios 1.7.0 takes headers as an object',
}
adapterContract(client('http', ' 1.7', cannot), { randomRequests: 200 })
adapterContract(client('fetch', ' 1.7', cannot), { randomRequests: 200 })

test.each([
  ['that is there', bearer('secret-token')],
  ['that is waited for', bearer(cached(async () => ({ token: 'secret-token' })))],
])('a redirect to a host below its own takes no token along: one %s', async (_, signer) => {
  const named = (name: string) => site.origin.replace('127.0.0.1', name)
  const site: Site = await loopback(({ target }) =>
    target === '/' ? { status: 302, headers: { location: `${named('below.localhost')}/x` } } : {},
  )
  onTestFinished(site.close)
  const httpAgent = new Agent({
    autoSelectFamily: false,
    lookup: (_, __, found) => found(null, '127.0.0.1', 4),
  })
  const beforeRedirect = vi.fn()
  const api = signed(axios.create({ adapter: 'http', httpAgent, beforeRedirect }), signer)
  const { config } = await api.get(named('localhost'), { headers: { cookie: 'session=1' } })
  expect(
    site.arrivals.map(({ headers: { authorization, cookie } }) => [authorization, cookie]),
  ).toEqual([
    ['Bearer secret-token', 'session=1'],
    [undefined, undefined],
  ])
  expect(config.beforeRedirect).toBe(beforeRedirect)
  expect(beforeRedirect).toHaveBeenCalledOnce()
})
