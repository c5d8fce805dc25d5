import { type Fault, faults } from './fault.ts'
import { fetchFrom } from './fetch.ts'
import { type Log, log, type RequestFilter, type SandboxRequest } from './log.ts'
import { receiver } from './receive.ts'
import type { Arrival, Revocable, Service, Vendor, VendorContext } from './site.ts'
import {
  type AmperityCredentials,
  type AmperitySandboxOptions,
  amperity,
} from './vendors/amperity.ts'
import type { StreamedRecord } from './vendors/amperity-api.ts'
import { type AngusCredentials, type AngusSandboxOptions, angus } from './vendors/angus.ts'
import type { IssuedAwsCredentials } from './vendors/aws-keys.ts'
import {
  type KalibrateCredentials,
  type KalibrateSandboxOptions,
  kalibrate,
} from './vendors/kalibrate.ts'
import {
  type OptimizelyDxpCredentials,
  type OptimizelyDxpSandboxOptions,
  optimizelyDxp,
} from './vendors/optimizely-dxp.ts'
import {
  type OptimizelyEventsCredentials,
  type OptimizelyEventsSandboxOptions,
  optimizelyEvents,
} from './vendors/optimizely-events.ts'

/** The services whose credentials are traded for something that expires. */
export type ExpiringService = Exclude<Service, 'optimizelyDxp'>

export interface SandboxOptions {
  /** The clock, in ms since the Unix epoch. Default: `Date.now`. */
  readonly now?: () => number
  /** Lifetimes in place of the vendors' own, in ms. Where a client asks for one, the most it gets. */
  readonly lifetimes?: Readonly<Partial<Record<ExpiringService, number>>>
  /** How many requests are remembered, the latest. Default: all, which a test wants and a server does not. */
  readonly history?: number
  /** Is told of each request when it is answered. */
  readonly onRequest?: (request: SandboxRequest) => void
  readonly kalibrate?: KalibrateSandboxOptions
  readonly amperity?: AmperitySandboxOptions
  readonly angus?: AngusSandboxOptions
  readonly optimizelyDxp?: OptimizelyDxpSandboxOptions
  readonly optimizelyEvents?: OptimizelyEventsSandboxOptions
}

/** Valid credentials, made anew for each sandbox: what the factories of the services take. */
export interface SandboxCredentials extends AmperityCredentials {
  readonly kalibrate: KalibrateCredentials
  readonly angus: AngusCredentials
  readonly optimizelyDxp: OptimizelyDxpCredentials
  readonly optimizelyEvents: OptimizelyEventsCredentials
}

/** The five vendors, in memory. Mount it with `fetch`, `@countersign/testing/msw` or `…/server`. */
export interface Sandbox {
  /** Answers in process, by host name: no network. An unknown host fails like a lost connection. */
  readonly fetch: typeof fetch
  /** What the service factories take, by service; Amperity has three ways to a token. */
  readonly options: SandboxCredentials
  /** Every request so far, in the order in which they arrived. */
  readonly requests: readonly SandboxRequest[]
  /** How many requests agree with the filter; without one, all of them. */
  count(filter?: RequestFilter): number
  /** Forgets requests, faults and used nonces; tokens stay as they are. */
  reset(): void
  /** Lets something go wrong; returns what undoes it. */
  inject(fault: Fault): () => void
  readonly clock: {
    /** Sets the vendors' clock off by so many ms from `now`; not added to an earlier skew. */
    skew(ms: number): void
  }
  /** From now on the vendor takes every token that it has issued for expired. */
  expire(service: ExpiringService): void
  /**
   * Withdraws the tokens issued so far, or else the credentials. Optimizely DXP has only these. AWS
   * has no such call: for the credentials that open its bucket S3 answers `InvalidToken` from now on.
   */
  revoke(service: Service, what?: Revocable): void
  /** Rotates the API key: older tokens live 30 more days, those from before the last rotation die. */
  rotate(service: 'amperity'): void
  /** Tokens issued from now on live for so many ms. */
  shorten(service: ExpiringService, ms: number): void
  /** The AWS credentials that Optimizely has handed out and not revoked, oldest first. */
  readonly issued: readonly IssuedAwsCredentials[]
  /** What has been streamed into Amperity. */
  readonly records: readonly StreamedRecord[]
  /** The vendors' host names, each an https origin of its own. */
  readonly hosts: readonly string[]
  /** The way in for a mounting of your own; rejects with a `ConnectionError` where there is no answer. */
  receive(arrival: Arrival): Promise<Response>
}

/** Sets up the five vendors with fresh random credentials. Sandboxes share nothing. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  let skew = 0
  const now = () => (options.now ?? Date.now)() + skew
  const lifetimes: Partial<Record<Service, number>> = { ...options.lifetimes }
  const context = (service: Service): VendorContext => ({
    now,
    lifetime: () => lifetimes[service],
  })

  const vendors = {
    kalibrate: kalibrate(context('kalibrate'), options.kalibrate ?? {}),
    amperity: amperity(context('amperity'), options.amperity ?? {}),
    angus: angus(context('angus'), options.angus ?? {}),
    optimizelyDxp: optimizelyDxp(context('optimizelyDxp'), options.optimizelyDxp ?? {}),
    optimizelyEvents: optimizelyEvents(context('optimizelyEvents'), options.optimizelyEvents ?? {}),
  } satisfies Record<Service, Vendor<unknown>>

  const sites = Object.values(vendors).flatMap((vendor) => vendor.sites)
  const requestLog: Log = log({ capacity: options.history, onAnswer: options.onRequest })
  const faultList = faults()
  const receive = receiver({ sites, log: requestLog, faults: faultList, now })

  return {
    fetch: fetchFrom(receive),
    options: {
      ...vendors.amperity.options,
      kalibrate: vendors.kalibrate.options,
      angus: vendors.angus.options,
      optimizelyDxp: vendors.optimizelyDxp.options,
      optimizelyEvents: vendors.optimizelyEvents.options,
    },
    requests: requestLog.requests,
    count: requestLog.count,
    reset: () => {
      requestLog.clear()
      faultList.clear()
      vendors.optimizelyDxp.forgetNonces()
    },
    inject: faultList.inject,
    clock: {
      skew: (ms) => {
        skew = ms
      },
    },
    expire: (service) => vendors[service].expire(),
    revoke: (service, what = 'tokens') => vendors[service].revoke(what),
    rotate: (service) => vendors[service].rotate(),
    shorten: (service, ms) => {
      lifetimes[service] = ms
    },
    get issued() {
      return vendors.optimizelyEvents.issued()
    },
    records: vendors.amperity.records,
    hosts: sites.map((site) => site.host),
    receive,
  }
}
