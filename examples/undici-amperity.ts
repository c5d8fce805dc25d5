import { amperity } from '@countersign/services/amperity'
import { signed } from '@countersign/undici'
import { Agent, request } from 'undici'

const { env } = process
const service = amperity({
  tenant: env.AMPERITY_TENANT ?? '',
  clientId: env.AMPERITY_CLIENT_ID ?? '',
  clientSecret: env.AMPERITY_CLIENT_SECRET ?? '',
  baseUrl: env.AMPERITY_BASE_URL,
  tokenEndpoint: env.AMPERITY_TOKEN_ENDPOINT,
})
const agent = new Agent({ connections: 8 })
const dispatcher = agent.compose(signed(service, { origins: service.baseUrl }))

// Twenty records over eight connections; the first of them fetches the token of all.
const records = Array.from({ length: 20 }, (_, n) => ({ id: `order-${n}`, total: 10 * n }))
const answers = await Promise.all(
  records.map((record) =>
    request(`${service.baseUrl}/stream/v0/data/orders`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(record),
    }),
  ),
)
console.log(answers.map(({ statusCode }) => statusCode))
await Promise.all(answers.map(({ body }) => body.dump()))
