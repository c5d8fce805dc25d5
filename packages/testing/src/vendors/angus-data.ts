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
    const {
      metrics,
      from_date: from,
      to_date: to,
      time = 'global',
      page: number = '1',
    } = c.req.query()
    if (!metrics || !from)
      return refuse(
        400,
        'missing_mandatory_param',
        `${metrics ? 'from_date' : 'metrics'} is mandatory`,
      )
    const names = metrics.split(',')
    const unknown = names.find((name) => !METRICS.has(name))
    if (unknown !== undefined) return refuse(400, 'unexisting_metric', `${unknown} is not a metric`)
    const step = STEPS[time]
    if (step === undefined) return refuse(400, 'unexisting_time', `${time} is not a time`)
    const [start, end] = [Date.parse(from), to === undefined ? context.now() : Date.parse(to)]
    if (Number.isNaN(start) || Number.isNaN(end) || end < start)
      return refuse(
        400,
        'invalid_date',
        'from_date and to_date are ISO 8601, the earlier one first',
      )

    const total = Math.max(1, Math.ceil((end - start) / step))
    const pages = Math.ceil(total / PAGE_SIZE)
    const page = Number(number)
    if (!(Number.isInteger(page) && page >= 1 && page <= pages))
      return refuse(400, 'page_not_existing', `there is no page ${number} of ${pages}`)

    const first = (page - 1) * PAGE_SIZE
    const entities = Object.fromEntries(
      Array.from({ length: Math.min(PAGE_SIZE, total - first) }, (_, i) => [
        time === 'global' ? 'global' : new Date(start + (first + i) * step).toISOString(),
        Object.fromEntries(names.map((name) => [name, { value: first + i }])),
      ]),
    )
    const next = new URL(c.req.url)
    next.searchParams.set('page', String(page + 1))
    return Response.json({
      entities,
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
    problem: (status) => ({
      code: status === 401 ? 'expired_jwt' : 'sandbox_error',
      message: 'An error of the sandbox',
    }),
    app,
  }
}
