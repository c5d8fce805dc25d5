import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { SiteApp, VendorContext } from '../site.ts'
import { bodyOf, failure, flag, hours, success } from './dxp-envelope.ts'

interface Export {
  readonly id: string
  readonly projectId: string
  readonly environment: string
  readonly databaseName: string
  status: 'InProgress' | 'Succeeded'
  bacpacUrl: string | null
}

const CONTAINERS = ['azure-application-logs', 'azure-web-logs', 'mysitemedia']
const WRITABLE = ['mysitemedia']
const DATABASES = new Set(['epicms', 'epicommerce'])
const HOUR = 3600_000

/** Where packages go, storage containers, and database exports: links to Azure, never followed here. */
export function dxpStorage(context: VendorContext): SiteApp {
  const exports = new Map<string, Export>()
  const link = (path: string, lifetime = 24 * HOUR) => {
    const expires = encodeURIComponent(new Date(context.now() + lifetime).toISOString())
    const signature = encodeURIComponent(randomBytes(32).toString('base64'))
    return `https://sandbox.blob.core.windows.net/${path}?sr=c&se=${expires}&sig=${signature}`
  }

  const app: SiteApp = new Hono()

  app.get('/packages/location', () => success({ location: link('deploymentpackages') }))

  app.get('/environments/:env/storagecontainers', (c) => {
    const writable = c.req.query('writable') === 'true'
    return success({ storageContainers: writable ? WRITABLE : CONTAINERS })
  })

  app.post('/environments/:env/storagecontainers/:name/saslink', (c) => {
    const { project, env, name } = c.req.param() as Record<'project' | 'env' | 'name', string>
    const body = bodyOf(c.env, { retentionHours: hours, writable: flag })
    if (body instanceof Response) return body
    if (!(body.writable ? WRITABLE : CONTAINERS).includes(name))
      return failure(404, `There is no such storage container: ${name}.`)
    const lifetime = Number(body.retentionHours ?? 24) * HOUR
    return success({
      projectId: project,
      environment: env,
      containerName: name,
      sasLink: link(name, lifetime),
      expiresOn: new Date(context.now() + lifetime).toISOString(),
    })
  })

  app.post('/environments/:env/databases/:db/exports', (c) => {
    const { project, env, db } = c.req.param() as Record<'project' | 'env' | 'db', string>
    if (!DATABASES.has(db)) return failure(404, 'There is no such database.')
    const body = bodyOf(c.env, { retentionHours: hours })
    if (body instanceof Response) return body
    const started: Export = {
      id: randomUUID(),
      projectId: project,
      environment: env,
      databaseName: db,
      status: 'InProgress',
      bacpacUrl: null,
    }
    exports.set(started.id, started)
    return success({ ...started })
  })

  app.get('/environments/:env/databases/:db/exports/:id', (c) => {
    const { project, env, db, id } = c.req.param() as Record<
      'project' | 'env' | 'db' | 'id',
      string
    >
    const found = exports.get(id)
    if (found?.projectId !== project || found.environment !== env || found.databaseName !== db)
      return failure(404, 'There is no such export.')
    // In progress at the first look, done at the second.
    const answer = success({ ...found })
    found.status = 'Succeeded'
    found.bacpacUrl ??= link(`bacpacs/${id}.bacpac`)
    return answer
  })

  return app
}
