import { Hono } from 'hono'
import { bearerOf } from '../read.ts'
import type { Site, SiteApp, VendorContext } from '../site.ts'
import type { Tokens } from '../tokens.ts'

export interface AngusDataOptions {
  readonly context: VendorContext
  readonly tokens: Tokens
  readonly nextPage: 'path' | 'url'
}

const HOUR = 3600_000
const STEPS: Readonly<Record<string, number>> = {
  by_hour: HOUR,
  by_day: 24 * HOUR,
  global: Number.POSITIVE_INFINITY,
}
const METRICS = new Set(
  'interested passing_by stop_time attention_time category gender satisfaction'.split(' '),
)
/** Entities to a page. */
const PAGE_SIZE = 10

const refuse = (status: number, code: string, message: string) =>
  Response.json({ code, message }, { status })

interface Question {
  readonly names: readonly string[]
  readonly time: string
  /** Ms to an entity. */
  readonly step: number
  readonly start: number
  readonly end: number
  readonly page: number
}

/** The data host: `/api/1/entities`, page by page. */
export function angusData({ context, tokens, nextPage }: AngusDataOptions): Site {
  const app: SiteApp = new Hono()
  app.use(async (c, next) => {
    if (!c.env.headers.has('authorization'))
      return refuse(401, 'authorization_header_missing', 'Authorization header is expected')
    const standing = tokens.standing(bearerOf(c.env))
    if (standing === 'good') return next()
    return standing === 'expired'
      ? refuse(401, 'expired_jwt', 'Token is expired')
      : refuse(401, 'invalid_jwt', `Token is ${standing}`)
  })

  app.get('/api/1/entities', (c) => {
    const question = questionOf(c.req.query(), context.now())
    if (question instanceof Response) return question
    const { names, time, step, start, end, page } = question
    const total = Math.max(1, Math.ceil((end - start) / step))
    const pages = Math.ceil(total / PAGE_SIZE)
    if (page > pages) return refuse(400, 'page_not_existing', `There are ${pages} pages`)

    const first = (page - 1) * PAGE_SIZE
    const entities = Array.from({ length: Math.min(PAGE_SIZE, total - first) }, (_, i) => [
      time === 'global' ? 'global' : new Date(start + (first + i) * step).toISOString(),
      Object.fromEntries(names.map((name) => [name, { value: first + i }])),
    ])
    const next = new URL(c.req.url)
    next.searchParams.set('page', String(page + 1))
    return Response.json({
      entities: Object.fromEntries(entities),
      time,
      from_date: new Date(start).toISOString(),
      to_date: new Date(end).toISOString(),
      total_results: total,
      nb_of_pages: pages,
      page,
      ...(page < pages && {
        next_page: nextPage === 'url' ? next.href : next.pathname + next.search,
      }),
    })
  })
  app.notFound(() => refuse(404, 'not_found', 'there is nothing here'))

  return {
    service: 'angus',
    host: 'data.angus.ai',
    endpoint: () => 'api',
    problem: (status) =>
      refuse(400, status === 401 ? 'expired_jwt' : 'sandbox_error', 'An error of the sandbox'),
    app,
  }
}

/** What a query asks for; a Response is the refusal. */
function questionOf(query: Record<string, string>, now: number): Question | Response {
  const { metrics, from_date: from, to_date: to, time = 'global', page: number = '1' } = query
  if (!metrics) return refuse(400, 'missing_mandatory_param', 'metrics is mandatory')
  if (!from) return refuse(400, 'missing_mandatory_param', 'from_date is mandatory')
  const names = metrics.split(',')
  const unknown = names.find((name) => !METRICS.has(name))
  if (unknown !== undefined) return refuse(400, 'unexisting_metric', `${unknown} is not a metric`)
  const step = STEPS[time]
  if (step === undefined) return refuse(400, 'unexisting_time', `${time} is not a time`)
  const [start, end] = [instantOf(from), to === undefined ? now : instantOf(to)]
  if (!(start <= end)) return refuse(400, 'invalid_date', 'The dates are not ISO 8601, in order')
  const page = Number(number)
  if (!(Number.isInteger(page) && page >= 1))
    return refuse(400, 'page_not_existing', `There is no page ${number}`)
  return { names, time, step, start, end, page }
}

/** ISO 8601 as ms since the Unix epoch; a time without an offset is UTC, not this machine's. */
function instantOf(text: string): number {
  const local = /T[\d:.]+$/.test(text)
  return Date.parse(local ? `${text}Z` : text)
}
