import { createTokenAuth } from '@octokit/auth-token'
import { request } from '@octokit/request'
import type { Client } from '../../src/clients/client.ts'
import { type Keeper, READ } from '../../src/clients/provider.ts'

const OVER = '@octokit/request: constant header'

export const clients: readonly Client[] = [
  {
    name: '@octokit/request',
    role: 'bare',
    connect({ fetch }) {
      const api = request.defaults({ request: { fetch } })
      return (url) => api({ url })
    },
  },
  {
    name: OVER,
    role: 'constant',
    connect({ fetch, constant }) {
      const api = request.defaults({ request: { fetch }, headers: { authorization: constant } })
      return (url) => api({ url })
    },
  },
  {
    // A token that does not expire: it knows no other.
    name: '@octokit/auth-token: hook',
    role: 'peer',
    over: OVER,
    connect({ fetch, constant }) {
      const { hook } = createTokenAuth(constant)
      const api = request.defaults({ request: { fetch, hook } })
      return (url) => api({ url })
    },
  },
]

export const keepers: readonly Keeper[] = [
  {
    name: '@octokit/auth-token',
    role: 'peer',
    over: READ,
    async connect({ token }) {
      return createTokenAuth((await token()).token)
    },
  },
]
