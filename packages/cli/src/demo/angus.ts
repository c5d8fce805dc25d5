import { angus, type AngusOptions } from '@countersign/services/angus'
import { optionsFrom } from '../env.ts'
import { answered, check, failure, lifetime } from './expect.ts'
import type { Demo } from './step.ts'

const DAY = 86_400_000

interface Page {
  readonly entities: object
  readonly next_page?: string
}

export const angusDemo: Demo = {
  service: 'angus',
  steps(stage) {
    const { house, seams } = stage
    const options = stage.keep<AngusOptions>(
      house?.options.angus ?? optionsFrom('angus', stage.env),
    )
    const signer = angus({ ...options, ...seams })
    const api = stage.signed(signer)
    const page = async (url: string) => (await answered(api(url))).body as Page
    const [from, to] = [seams.now() - DAY, seams.now()].map((at) => new Date(at).toISOString())
    const question = `metrics=passing_by,interested&from_date=${from}&to_date=${to}`
    const entities = (time: string) => `${signer.baseUrl}/entities?${question}&time=${time}`

    return [
      {
        title: 'obtain a token, and call',
        requests: [1, 1],
        async run() {
          await page(entities('global'))
          const { origin } = new URL(signer.baseUrl)
          check(stage.tokenOrigin !== origin, 'two origins', `${origin} for both`)
          return {
            result: `200, ${lifetime(stage.expiresAt, seams.now())}`,
            note: `token from ${stage.tokenOrigin}, data from ${origin}`,
          }
        },
      },
      {
        title: 'call again',
        requests: [0, 1],
        async run() {
          const { authorization } = stage.last
          await page(entities('global'))
          check(stage.last.authorization === authorization, 'the same token', 'another token')
          return '200, the same token'
        },
      },
      {
        title: 'follow next_page',
        requests: [0, 3],
        async run() {
          let next: string | undefined = entities('by_hour')
          let pages = 0
          let hours = 0
          while (next && pages < 3) {
            const { entities, next_page }: Page = await page(next)
            hours += Object.keys(entities).length
            pages += 1
            next = signer.nextPage(next_page)
          }
          // How much a real account has on a page is not ours to say.
          if (house) check(hours === 24, '24 hours of data', `${hours}`)
          return { result: `200, ${hours} h on ${pages} pages`, requests: [0, house ? 3 : pages] }
        },
      },
      {
        title: 'next_page leads elsewhere',
        requests: [0, 0],
        async run() {
          const next = () => signer.nextPage('https://data.example.net/api/1/entities?page=2')
          return { result: 'refused, nothing sent', note: await failure(next, 'foreign-origin') }
        },
      },
      {
        title: 'the token is revoked',
        requests: [1, 2],
        async run() {
          stage.revoke()
          await page(entities('global'))
          return '401, a new token, 200'
        },
      },
      {
        title: 'the token has expired',
        requests: [1, 1],
        async run() {
          stage.expire()
          await page(entities('global'))
          return 'a new token, 200'
        },
      },
      {
        title: 'a wrong access token',
        requests: [1, 0],
        async run() {
          const accessToken = stage.spoil(options.accessToken)
          const wrong = stage.signed(angus({ ...options, ...seams, accessToken }))
          const call = () => wrong(entities('global'))
          return { result: 'refused', note: await failure(call, 'exchange-refused') }
        },
      },
    ]
  },
}
