import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { SiteApp, VendorContext } from '../site.ts'
import { bodyOf, failure, flag, GUID, oneOf, success, text, texts } from './dxp-envelope.ts'

type Status =
  | 'InProgress'
  | 'AwaitingVerification'
  | 'Completing'
  | 'Succeeded'
  | 'Resetting'
  | 'Reset'

interface Deployment {
  readonly id: string
  readonly projectId: string
  readonly startTime: string
  readonly parameters: Record<string, unknown>
  status: Status
  endTime: string | null
}

const START = {
  targetEnvironment: text,
  sourceEnvironment: text,
  sourceApps: texts,
  packages: texts,
  maintenancePage: flag,
  includeBlob: flag,
  includeDb: flag,
  directDeploy: flag,
  zeroDowntimeMode: oneOf('ReadOnly', 'ReadWrite'),
}
const RESET = { resetWithDbRollback: flag, validateBeforeSwap: flag, complete: flag }

/** What is under way takes one look to be done, so that a poll sees both. */
const NEXT: Partial<Record<Status, Status>> = {
  InProgress: 'AwaitingVerification',
  Completing: 'Succeeded',
  Resetting: 'Reset',
}
const LISTED = 10

/** Deployments: started, looked at, completed, reset. Kept in memory, by project. */
export function dxpDeployments(context: VendorContext): SiteApp {
  const projects = new Map<string, Map<string, Deployment>>()
  const time = () => new Date(context.now()).toISOString()
  const shown = (deployment: Deployment) => ({
    ...deployment,
    percentComplete: deployment.status in NEXT ? 50 : 100,
    validationLinks: [],
    deploymentWarnings: [],
    deploymentErrors: [],
  })

  const app: SiteApp = new Hono()

  app.get('/deployments', (c) => {
    const deployments = [...(projects.get(c.req.param('project') ?? '')?.values() ?? [])]
    return success(deployments.slice(-LISTED).reverse().map(shown))
  })

  app.post('/deployments', (c) => {
    const projectId = c.req.param('project') ?? ''
    const body = bodyOf(c.env, START)
    if (body instanceof Response) return body
    if (!body.targetEnvironment) return failure(400, 'targetEnvironment is required.')
    const packages = Array.isArray(body.packages) && body.packages.length > 0
    if (packages === Boolean(body.sourceEnvironment))
      return failure(400, 'Either sourceEnvironment or packages is required.')
    const deployment: Deployment = {
      id: randomUUID(),
      projectId,
      status: body.directDeploy ? 'Completing' : 'InProgress',
      startTime: time(),
      endTime: null,
      parameters: body,
    }
    const project = projects.get(projectId) ?? new Map<string, Deployment>()
    projects.set(projectId, project.set(deployment.id, deployment))
    return success(shown(deployment))
  })

  const found = (project: string | undefined, id: string) =>
    projects.get(project ?? '')?.get(id.toLowerCase()) ??
    (GUID.test(id)
      ? failure(404, 'There is no such deployment.')
      : failure(400, 'The deployment id is not a GUID.'))

  app.get('/deployments/:id', (c) => {
    const deployment = found(c.req.param('project'), c.req.param('id'))
    if (deployment instanceof Response) return deployment
    const answer = success(shown(deployment))
    const next = NEXT[deployment.status]
    if (next) deployment.status = next
    if (next === 'Succeeded' || next === 'Reset') deployment.endTime = time()
    return answer
  })

  app.post('/deployments/:id/complete', (c) => {
    const deployment = found(c.req.param('project'), c.req.param('id'))
    if (deployment instanceof Response) return deployment
    if (deployment.status !== 'AwaitingVerification')
      return failure(400, `A deployment that is ${deployment.status} cannot be completed.`)
    deployment.status = 'Completing'
    return success(shown(deployment))
  })

  app.post('/deployments/:id/reset', (c) => {
    const deployment = found(c.req.param('project'), c.req.param('id'))
    if (deployment instanceof Response) return deployment
    const body = bodyOf(c.env, RESET)
    if (body instanceof Response) return body
    if (deployment.status !== 'AwaitingVerification')
      return failure(400, `A deployment that is ${deployment.status} cannot be reset.`)
    deployment.status = 'Resetting'
    return success(shown(deployment))
  })

  return app
}
