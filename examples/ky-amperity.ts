import { signed } from '@countersign/ky'
import { amperity } from '@countersign/services/amperity'
import ky from 'ky'

const { env } = process
const service = amperity({
  tenant: env.AMPERITY_TENANT ?? '',
  clientId: env.AMPERITY_CLIENT_ID ?? '',
  clientSecret: env.AMPERITY_CLIENT_SECRET ?? '',
  baseUrl: env.AMPERITY_BASE_URL,
  tokenEndpoint: env.AMPERITY_TOKEN_ENDPOINT,
})
const api = ky.create({ prefix: `${service.baseUrl}/api` }).extend(signed(service))

// ky tries a 503 again: each attempt is signed anew.
const segments = await api.get('segments', { searchParams: { limit: 10 } }).json()
console.log(segments)
