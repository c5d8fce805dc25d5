import { amperity, type AmperityOptions } from '@countersign/services/amperity'
import { valueOf } from '../env.ts'
import { answered, check, failure, lifetime, refusal, Skip } from './expect.ts'
import type { Stage } from './stage.ts'
import type { Step } from './step.ts'

/** A JWT made in the UI: it cannot be renewed. */
export function tokenSteps(stage: Stage, options: AmperityOptions): readonly Step[] {
  const own = client(stage, options)
  const { segments, but } = own
  return [
    {
      title: 'UI token: call',
      requests: [0, 1],
      async run() {
        await answered(segments())
        return `200, ${lifetime(stage.expiresAt, stage.seams.now())}`
      },
    },
    ...otherApis('UI token', stage, own),
    {
      title: 'UI token: it has expired',
      requests: [0, 0],
      async run() {
        const { expiresAt } = stage
        if (expiresAt === undefined) throw new Skip('it names no end')
        const later = but({ now: () => expiresAt + 1 })
        return { result: 'an error', note: await failure(later.segments, 'expired-value') }
      },
    },
    {
      title: 'UI token: it is revoked',
      requests: [0, 1],
      async run() {
        stage.revoke()
        return { result: '401, no other to be had', note: await refusal(segments()) }
      },
    },
    {
      title: 'UI token: a wrong one',
      requests: [0, 1],
      async run() {
        const wrong = but({ token: stage.spoil(options.token) })
        return { result: '401', note: await refusal(wrong.segments()) }
      },
    },
  ]
}

/** OAuth 2 client credentials. */
export function oauthSteps(stage: Stage, options: AmperityOptions): readonly Step[] {
  const own = client(stage, options)
  return [
    ...lifecycle('OAuth 2', stage, own, otherApis('OAuth 2', stage, own)),
    {
      title: 'OAuth 2: a wrong secret',
      requests: [1, 0],
      async run() {
        const wrong = own.but({ clientSecret: stage.spoil(options.clientSecret) })
        return { result: 'refused', note: await failure(wrong.segments, 'exchange-refused') }
      },
    },
  ]
}

/** An issuer token, which makes tokens. */
export function issuerSteps(stage: Stage, options: AmperityOptions): readonly Step[] {
  const { house } = stage
  const own = client(stage, options)
  const between: readonly Step[] = [
    ...otherApis('issuer', stage, own),
    {
      title: 'issuer: the key is rotated',
      requests: [0, 1],
      sandboxOnly: true,
      async run() {
        house?.sandbox.rotate('amperity')
        await answered(own.segments())
        return '200, old token lives'
      },
    },
  ]
  return [
    ...lifecycle('issuer', stage, own, between),
    {
      title: 'issuer: a wrong one',
      requests: [1, 0],
      async run() {
        const token = stage.spoil(options.issuer?.token)
        const wrong = own.but({ issuer: { ...options.issuer, token } })
        return { result: 'refused', note: await failure(wrong.segments, 'exchange-refused') }
      },
    },
    {
      title: 'issuer: itself revoked',
      requests: [1, 1],
      sandboxOnly: true,
      async run() {
        for (const what of ['tokens', 'credentials'] as const) {
          house?.sandbox.revoke('amperity', what)
        }
        return { result: 'a final error', note: await failure(own.segments, 'exchange-refused') }
      },
    },
  ]
}

/** With the same token. In the sandbox, one of the ways to it shows that for all. */
function otherApis(way: string, { house, env }: Stage, { call }: Client): readonly Step[] {
  if (house && way !== 'issuer') return []
  const index = house ? 'customers' : valueOf('AMPERITY_PROFILE_INDEX', env)
  return [
    {
      title: `${way}: Profile API`,
      requests: [0, 1],
      async run() {
        if (!index) throw new Skip('needs AMPERITY_PROFILE_INDEX')
        await answered(call(`/attribute/v0/indexes/${index}`))
        return '200, the same token'
      },
    },
    {
      title: `${way}: Streaming Ingest`,
      requests: [0, 1],
      sandboxOnly: true,
      async run() {
        const headers = { 'content-type': 'application/json' }
        const body = JSON.stringify({ hello: 'world' })
        await answered(call('/stream/v0/data/demo', { method: 'POST', headers, body }), 202)
        return '202, the same token'
      },
    },
  ]
}

/** What every token that can be renewed goes through. */
function lifecycle(
  way: string,
  stage: Stage,
  { segments }: Client,
  between: readonly Step[] = [],
): readonly Step[] {
  const atOnce = 3
  return [
    {
      title: `${way}: obtain, call`,
      requests: [1, 1],
      async run() {
        await answered(segments())
        return `200, ${lifetime(stage.expiresAt, stage.seams.now())}`
      },
    },
    {
      title: `${way}: call again`,
      requests: [0, 1],
      async run() {
        const { authorization } = stage.last
        await answered(segments())
        check(stage.last.authorization === authorization, 'the same token', 'another token')
        return '200, the same token'
      },
    },
    ...between,
    {
      title: `${way}: revoked, ${atOnce} calls`,
      requests: [1, 2 * atOnce],
      async run() {
        stage.revoke(atOnce)
        await Promise.all(Array.from({ length: atOnce }, () => answered(segments())))
        return '401, one new token, 200'
      },
    },
    {
      title: `${way}: expired`,
      requests: [1, 1],
      async run() {
        stage.expire()
        await answered(segments())
        return 'a new token, 200'
      },
    },
  ]
}

interface Client {
  call(path: string, init?: RequestInit): Promise<Response>
  segments(): Promise<Response>
  /** The same with other options. */
  but(changed: object): Client
}

function client(stage: Stage, options: AmperityOptions): Client {
  const signer = amperity({ ...stage.seams, ...options })
  const api = stage.signed(signer)
  const call = (path: string, init?: RequestInit) => api(signer.baseUrl + path, init)
  return {
    call,
    segments: () => call('/api/segments?limit=1'),
    but: (changed) => client(stage, { ...options, ...changed } as AmperityOptions),
  }
}
