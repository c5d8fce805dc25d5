import { inspect } from 'node:util'
import { type CacheEvent, signedFetch, type SignedRequestInit } from '@countersign/core'
import {
  createSandbox,
  type Sandbox,
  type SandboxCredentials,
  type SandboxOptions,
} from '@countersign/testing'
import { listen } from '@countersign/testing/server'
import { describe, onTestFinished } from 'vitest'
import type { ServiceSigner } from '../src/service.ts'

export const MINUTE = 60_000
export const HOUR: number = 60 * MINUTE
export const DAY: number = 24 * HOUR

/** A clock that a test sets. Midnight, so that a date in a failure is easy to read. */
export function clock(): { now: () => number; advance: (ms: number) => void } {
  let time = Date.UTC(2026, 0, 1)
  return {
    now: () => time,
    advance: (ms) => {
      time += ms
    },
  }
}

/** A sandbox, and the same way to reach it whether in process or over loopback HTTP. */
export interface Mounted {
  readonly sandbox: Sandbox
  /** Over HTTP with the URLs of the listeners; in process without, so that the vendors' own are used. */
  readonly options: SandboxCredentials
  /** For the service: one clock with the sandbox, and the way to it. A second attempt does not wait. */
  readonly seams: {
    readonly fetch: typeof fetch
    readonly now: () => number
    readonly retry: { readonly delay: number }
    readonly onEvent: (event: CacheEvent) => void
  }
  readonly events: readonly CacheEvent[]
  readonly advance: (ms: number) => void
  /** Calls a path below the service's base URL, or a whole URL. */
  call(signer: ServiceSigner, path: string, init?: SignedRequestInit): Promise<Response>
}

export type Open = (options?: SandboxOptions) => Promise<Mounted>

export const inProcess: Open = async (options) => {
  const { now, advance } = clock()
  const sandbox = createSandbox({ now, ...options })
  return mounted(sandbox, sandbox.options, sandbox.fetch, now, advance)
}

export const overHttp: Open = async (options) => {
  const { now, advance } = clock()
  const sandbox = createSandbox({ now, ...options })
  const server = await listen(sandbox)
  onTestFinished(server.close)
  return mounted(sandbox, server.options, fetch, now, advance)
}

/** Runs the tests twice: in process at the vendors' own addresses, and over real HTTP. */
export function overBoth(tests: (open: Open) => void): void {
  describe.each([
    { mounting: 'in process', open: inProcess },
    { mounting: 'over HTTP', open: overHttp },
  ])('$mounting', ({ open }) => {
    tests(open)
  })
}

function mounted(
  sandbox: Sandbox,
  options: SandboxCredentials,
  send: typeof fetch,
  now: () => number,
  advance: (ms: number) => void,
): Mounted {
  const events: CacheEvent[] = []
  const seams = {
    fetch: send,
    now,
    retry: { delay: 0 },
    onEvent: (event: CacheEvent) => {
      events.push(event)
    },
  }
  return {
    sandbox,
    options,
    seams,
    events,
    advance,
    call: (signer, path, init) => {
      const url = path.startsWith('/') ? signer.baseUrl + path : path
      return signedFetch(signer, { fetch: send })(url, init)
    },
  }
}

/** A fetch that answers every request alike, and remembers it. */
export function stub(answer: (request: Request) => Response | Promise<Response>): {
  readonly fetch: typeof fetch
  readonly requests: Request[]
} {
  const requests: Request[] = []
  return {
    requests,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      requests.push(request.clone())
      return answer(request)
    },
  }
}

/** A JWT that nobody has signed. */
export function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`
}

/** What a promise is rejected with, or a function throws. */
export async function failure<E = Error>(work: (() => unknown) | Promise<unknown>): Promise<E> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    return error as E
  }
  throw new Error('There was no failure')
}

/** All that a careless program could print of a value. */
export function shown(value: unknown): string {
  const parts = [inspect(value, { depth: null, showHidden: true }), JSON.stringify(value)]
  for (let at = value; at instanceof Error; at = at.cause)
    parts.push(String(at), at.stack ?? '', JSON.stringify(at), inspect({ ...at }))
  return parts.join('\n')
}
