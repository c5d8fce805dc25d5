import { signed } from '@countersign/axios'
import { kalibrate } from '@countersign/services/kalibrate'
import axios from 'axios'

const { env } = process
const service = kalibrate({
  tenant: env.KALIBRATE_TENANT ?? '',
  clientId: env.KALIBRATE_CLIENT_ID ?? '',
  clientSecret: env.KALIBRATE_CLIENT_SECRET ?? '',
  scope: env.KALIBRATE_SCOPE ?? '',
  userAgent: env.KALIBRATE_USER_AGENT ?? 'acme-pricing/2.1',
  baseUrl: env.KALIBRATE_BASE_URL,
  tokenEndpoint: env.KALIBRATE_TOKEN_ENDPOINT,
})
const api = signed(axios.create({ baseURL: service.baseUrl }), service)

const { data: sites } = await api.get('/api/site?query=(country=GB)+(limit=10)')
console.log(sites)
