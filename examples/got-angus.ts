import { signed } from '@countersign/got'
import { angus } from '@countersign/services/angus'
import got from 'got'

const { env } = process
const service = angus({
  username: env.ANGUS_USERNAME ?? '',
  clientId: env.ANGUS_CLIENT_ID ?? '',
  accessToken: env.ANGUS_ACCESS_TOKEN ?? '',
  baseUrl: env.ANGUS_BASE_URL,
  tokenEndpoint: env.ANGUS_TOKEN_ENDPOINT,
})
const api = got.extend(signed(service), { responseType: 'json' })

interface Page {
  entities: Record<string, object>
  next_page?: string
}
const day = 'from_date=2026-01-30T00:00:00Z&to_date=2026-01-31T00:00:00Z'
const query = `metrics=passing_by,interested&time=by_hour&${day}`
const pages = api.paginate<[string, object], Page>(`${service.baseUrl}/entities?${query}`, {
  pagination: {
    transform: ({ body }) => Object.entries(body.entities),
    paginate({ response }) {
      const next = service.nextPage(response.body.next_page)
      return next ? { url: new URL(next) } : false
    },
  },
})
for await (const [hour, people] of pages) console.log(hour, people)
