import { signedFetch } from '@countersign/core'
import { optimizelyDxp } from '@countersign/services/optimizelyDxp'

const { env } = process
const service = optimizelyDxp({
  key: env.OPTIMIZELY_DXP_KEY ?? '',
  secret: env.OPTIMIZELY_DXP_SECRET ?? '',
  baseUrl: env.OPTIMIZELY_DXP_BASE_URL,
})
const api = signedFetch(service)

const project = `${service.baseUrl}/projects/${env.OPTIMIZELY_DXP_PROJECT}`
const started = await api(`${project}/deployments`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    sourceEnvironment: 'Integration',
    targetEnvironment: 'Preproduction',
    sourceApps: ['cms'],
  }),
})
const { result } = (await started.json()) as { result: { id: string; status: string } }
console.log(result.id, result.status)
