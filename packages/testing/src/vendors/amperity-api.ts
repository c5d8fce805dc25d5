import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { bearerOf, isOfType, jsonOf } from '../read.ts'
import type { Arrival, SiteApp, VendorContext } from '../site.ts'
import type { Tokens } from '../tokens.ts'
import type { AmperityErrors } from './amperity-errors.ts'

/** A record that came in by Streaming Ingest. */
export interface StreamedRecord {
  readonly stream: string
  readonly record: unknown
}

export interface AmperityApiOptions {
  readonly context: VendorContext
  readonly errors: AmperityErrors
  readonly tenant: string
  readonly access: Tokens
  /** Requests a second. */
  readonly rateLimit: number
  /** Where streamed records go. */
  readonly records: StreamedRecord[]
}

const LISTS = [
  'audit-events',
  'campaign-drafts',
  'campaigns',
  'ingest/jobs',
  'segments',
  'workflow/runs',
]
const AMPERITY_VERSION = '2024-04-01'
const PROFILE_VERSION = '2025-07-31'

/** The Amperity API, the Profile API and Streaming Ingest, each with the headers that it wants. */
export function amperityApi(options: AmperityApiOptions): SiteApp {
  const { context, errors, tenant, access, rateLimit, records } = options

  const refusal = (arrival: Arrival, tenantHeader: string): Response | undefined => {
    const standing = access.standing(bearerOf(arrival))
    if (standing !== 'good')
      return errors.refuse(401, `The access token is ${standing}`, { 'www-authenticate': 'Bearer' })
    const given = arrival.headers.get(tenantHeader)
    if (given === null) return errors.refuse(400, `The header ${tenantHeader} is missing`)
    return given === tenant ? undefined : errors.refuse(403, 'No access to that tenant')
  }
  const wrongVersion = (given: string | null | undefined, version: string) => {
    if (given === version) return undefined
    return errors.refuse(
      400,
      given ? `Unsupported api-version ${given}` : 'An api-version is required',
    )
  }

  let second = 0
  let served = 0
  const tooMany = (): boolean => {
    const current = Math.floor(context.now() / 1000)
    if (current !== second) [second, served] = [current, 0]
    served += 1
    return served > rateLimit
  }

  const app: SiteApp = new Hono()
  app.use('/api/*', async (c, next) => {
    const refused =
      refusal(c.env, 'Amperity-Tenant') ??
      wrongVersion(c.req.header('api-version') ?? c.req.query('api-version'), AMPERITY_VERSION)
    if (refused) return refused
    return tooMany() ? errors.refuse(429, 'Too many requests', { 'retry-after': '1' }) : next()
  })
  for (const list of LISTS)
    app.get(`/api/${list}`, (c) => {
      const page = pageOf(list, c.req.query())
      return page ? Response.json(page) : errors.refuse(400, 'limit or next_token is not valid')
    })
  app.post('/api/workflow/runs/:id/stop', (c) =>
    Response.json({ id: c.req.param('id'), state: 'stopping' }),
  )

  app.get('/attribute/v0/indexes/:id', (c) => {
    const refused =
      refusal(c.env, 'Amperity-Tenant') ??
      wrongVersion(c.req.header('api-version') ?? c.req.query('api-version'), PROFILE_VERSION)
    return refused ?? Response.json({ id: c.req.param('id'), attributes: { loyalty: 'gold' } })
  })

  app.post('/stream/v0/data/:stream', (c) => {
    const refused = refusal(c.env, 'X-Amperity-Tenant')
    if (refused) return refused
    if (!isOfType(c.env, 'application/json'))
      return errors.refuse(415, 'A record is application/json')
    const record = jsonOf(c.env)
    if (record === undefined) return errors.refuse(400, 'The record is not well-formed JSON')
    records.push({ stream: c.req.param('stream'), record })
    return new Response(null, { status: 202, headers: { 'x-request-id': randomUUID() } })
  })
  return app
}

/** Seven items to every list, so that a page of three makes three pages. */
const ITEMS = 7

function pageOf(list: string, query: Record<string, string>): object | undefined {
  const limit = Number(query.limit ?? 100)
  const start = query.next_token === undefined ? 0 : offsetOf(query.next_token)
  if (!(Number.isInteger(limit) && limit > 0) || start === undefined) return undefined
  const end = Math.min(start + limit, ITEMS)
  const data = Array.from({ length: end - start }, (_, i) => ({ id: `${list}-${start + i + 1}` }))
  return {
    data,
    ...(end < ITEMS && { next_token: Buffer.from(`${end}`).toString('base64url') }),
    ...(query.with_total === 'true' && { total: ITEMS }),
  }
}

function offsetOf(nextToken: string): number | undefined {
  const offset = Number(Buffer.from(nextToken, 'base64url').toString() || 'none')
  return Number.isInteger(offset) && offset > 0 && offset < ITEMS ? offset : undefined
}
