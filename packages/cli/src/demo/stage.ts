import { type CacheEvent, type SignedFetch, type Signer, signedFetch } from '@countersign/core'
import type { Sandbox, Service } from '@countersign/testing'
import type { ListeningOptions } from '@countersign/testing/server'
import type { Environment } from '../env.ts'
import type { ServiceName } from '../variables.ts'
import { type Clock, clock } from './clock.ts'
import { Skip } from './expect.ts'
import type { Certificate } from './certificate.ts'
import { mask, secretsIn, spoilt } from './secrets.ts'

/** How many requests went to what hands out tokens, and to what they open. */
export interface Requests {
  readonly token: number
  readonly api: number
}

/** The sandbox and what it has in hand, where the demonstration runs against that. */
export interface House {
  readonly sandbox: Sandbox
  readonly options: ListeningOptions
  /** Where each of the vendors' hosts is reached. */
  readonly origins: Readonly<Record<string, string>>
  /** Kalibrate's, where that is gone through. */
  readonly certificate?: Certificate
  /** One with the sandbox's. */
  readonly clock: Clock
}

/** Where the steps of one service take place: in the sandbox, or before the vendor's own host. */
export interface Stage {
  readonly house: House | undefined
  readonly env: Environment
  /** For the service's factory. */
  readonly seams: {
    readonly fetch: typeof fetch
    readonly now: () => number
    readonly onEvent: (event: CacheEvent) => void
    readonly retry?: { readonly delay: number }
  }
  /** A fetch that signs, and what it sent last. */
  signed(signer: Signer): SignedFetch
  readonly last: { readonly url: string; readonly authorization: string }
  /** Sends again what was sent last, with the very same proof. */
  replay(): Promise<Response>
  /** Where the last token was asked for. */
  readonly tokenOrigin: string | undefined
  /** When the token that came last runs out. */
  readonly expiresAt: number | undefined
  /** Sets the clock, the sandbox's too; without a time, to the right one. */
  timeIs(time?: number): void
  /** Lets the token that came last run out. */
  expire(): void
  /** Has the next so many requests be refused for their token. */
  revoke(times?: number): void
  /** A secret that is wrong in one character. */
  spoil(secret: unknown): string
  /** Keeps the secrets in these options out of what is shown. */
  keep<O extends object>(options: O): O
  conceal(text: string): string
  requests(): Requests
}

/** Milliseconds that a host has for its answer. */
const PATIENCE = 30_000
/** Where there is one, it is what AWS looks at first. */
const SESSION_TOKEN = 'x-amz-security-token'

export function stage(service: ServiceName, house: House | undefined, env: Environment): Stage {
  const own = house?.clock ?? clock()
  const factory = service.replace(/-(\w)/, (_, letter: string) => letter.toUpperCase()) as Service
  const counted = { token: 0, api: 0 }
  const secrets = new Set<string>()
  const spoil = (secret: unknown) => {
    const wrong = spoilt(String(secret))
    secrets.add(wrong)
    return wrong
  }
  let last = { url: '', authorization: '' }
  let toRefuse = 0
  let glimpsing = false
  let tokenOrigin: string | undefined
  let expiresAt: number | undefined

  const send: typeof fetch = (input, init = {}) => {
    const signals = [init.signal ?? [], AbortSignal.timeout(PATIENCE)].flat()
    return fetch(input, { ...init, signal: AbortSignal.any(signals) })
  }
  const sendForToken: typeof fetch = (input, init) => {
    counted.token += 1
    if (glimpsing) own.reset()
    glimpsing = false
    tokenOrigin = new URL(String(input)).origin
    return send(input, init)
  }
  const sendToApi: typeof fetch = (input, init) => {
    counted.api += 1
    const headers = new Headers(init?.headers)
    const authorization = headers.get('authorization') ?? ''
    last = { url: String(input), authorization }
    const sessionToken = headers.get(SESSION_TOKEN)
    const proof = sessionToken ? SESSION_TOKEN : 'authorization'
    if (toRefuse > 0) headers.set(proof, spoilt(sessionToken ?? authorization))
    toRefuse = Math.max(0, toRefuse - 1)
    for (const one of [authorization, headers.get('authorization') ?? ''])
      for (const part of one.split(/[ :]/).slice(1)) secrets.add(part)
    for (const one of [sessionToken, headers.get(SESSION_TOKEN)]) if (one) secrets.add(one)
    return send(input, { ...init, headers })
  }

  return {
    house,
    env,
    seams: {
      fetch: sendForToken,
      now: own.now,
      onEvent: (event) => {
        if (event.type === 'refresh-ok') expiresAt = event.expiresAt
      },
      ...(house && { retry: { delay: 0 } }),
    },
    signed: (signer) => signedFetch(signer, { fetch: sendToApi }),
    get last() {
      return last
    },
    replay: () => sendToApi(last.url, { headers: { authorization: last.authorization } }),
    get tokenOrigin() {
      return tokenOrigin
    },
    get expiresAt() {
      return expiresAt
    },
    timeIs: (time) => (time === undefined ? own.reset() : own.set(time)),
    expire() {
      if (expiresAt === undefined) throw new Skip('the token names no end')
      own.set(expiresAt + 1)
      // A real host's clock does not go along: what it hands out next would have run out already.
      glimpsing = !house
    },
    revoke(times = 1) {
      if (house) house.sandbox.revoke(factory)
      else toRefuse = times
    },
    spoil,
    keep(options) {
      for (const secret of secretsIn(options)) secrets.add(secret)
      return options
    },
    conceal: (text) => mask(text, secrets),
    requests: () =>
      house
        ? {
            token: house.sandbox.count({ service: factory, endpoint: 'token' }),
            api: house.sandbox.count({ service: factory, endpoint: 'api' }),
          }
        : { ...counted },
  }
}
