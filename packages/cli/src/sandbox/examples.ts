import type { Sandbox } from '@countersign/testing'
import type { ServiceName } from '../variables.ts'

/** A command for each service, that the sandbox answers. */
export async function examplesOf(sandbox: Sandbox): Promise<readonly string[]> {
  const folder = await folderOf(sandbox)
  const today = new Date().toISOString().slice(0, 10)
  const targets: Record<ServiceName, string> = {
    'optimizely-events': `/?list-type=2&prefix=${folder}/type=decisions/date=${today}/`,
    kalibrate: '/api/site?query=(country=GB)+(limit=10)',
    amperity: '/api/campaigns',
    angus: '/entities?metrics=interested&from_date=2026-01-01T00:00:00&time=by_hour',
    'optimizely-dxp': '/projects/8ad8cc5b-0c49-4b79-8ebd-6451465a92c2/deployments',
  }
  return Object.entries(targets).map(
    ([service, target]) => `countersign request ${service} GET '${target}'`,
  )
}

/** The account's folder in the bucket, which only the vendor's answer tells. */
async function folderOf({ fetch, options }: Sandbox): Promise<string> {
  const authorization = `Bearer ${options.optimizelyEvents.token}`
  const url = 'https://api.optimizely.com/v2/export/credentials'
  const { s3Path } = await (await fetch(url, { headers: { authorization } })).json()
  return (s3Path as string).split('/').slice(3).join('/')
}
