import type { Hono } from 'hono'

/** The five services, by the names of their factories. */
export type Service = 'kalibrate' | 'amperity' | 'angus' | 'optimizelyDxp' | 'optimizelyEvents'

/** Where a request went: to what hands out tokens or temporary credentials, or to what they open. */
export type Endpoint = 'token' | 'api'

/** One request as it arrived, whatever brought it: a socket, MSW, or `sandbox.fetch`. */
export interface Arrival {
  /** The vendor's host that it is for, such as `data.angus.ai`. */
  readonly host: string
  /** Where the caller reaches that host: `https://data.angus.ai`, or an origin on loopback. */
  readonly origin: string
  readonly method: string
  /** Path and query as they arrived, not decoded and not normalised. */
  readonly target: string
  readonly headers: Headers
  /** The bytes as they arrived; empty where there was no body. */
  readonly body: Uint8Array<ArrayBuffer>
  /** The caller has gone: whatever delays the answer stops. */
  readonly signal?: AbortSignal
}

/** A web app whose handlers find the arrival in `c.env`; the Request they see has no body. */
export type SiteApp = Hono<{ Bindings: Arrival }>

/** One host of a vendor. */
export interface Site {
  readonly service: Service
  readonly host: string
  endpoint(path: string): Endpoint
  /** How this host words an error of that status, for an injected one to look the same; what status it has is not looked at. */
  problem(status: number): Response
  readonly app: SiteApp
}

/** What a vendor is given by its sandbox. */
export interface VendorContext {
  /** The vendor's clock, in ms since the Unix epoch. */
  now(): number
  /** The lifetime that the test asks for in place of the vendor's own, in ms. */
  lifetime(): number | undefined
}

/** What to withdraw: the temporary tokens, or the long-lived credentials that they come from. */
export type Revocable = 'tokens' | 'credentials'

/** One of the five, as the sandbox holds it. */
export interface Vendor<Options> {
  readonly sites: readonly Site[]
  /** Valid options for the factory of that service. */
  readonly options: Options
  expire(): void
  revoke(what: Revocable): void
}
