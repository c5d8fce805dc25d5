import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { signHs256 } from '../jwt.ts'
import { isOfType, jsonObjectOf } from '../read.ts'
import type { Site, SiteApp, Vendor, VendorContext } from '../site.ts'
import { tokens as tokenBook } from '../tokens.ts'
import { angusData } from './angus-data.ts'

/** What the factory `angus()` takes. */
export interface AngusCredentials {
  readonly username: string
  readonly clientId: string
  readonly accessToken: string
}

export interface AngusSandboxOptions {
  /** `'undecodable'`: tokens like the sample on the vendor's page, which no one can read. Default: `'jwt'`. */
  readonly token?: 'jwt' | 'undecodable'
  /** The form of `next_page`. Default: `'path'`. */
  readonly nextPage?: 'path' | 'url'
}

const HOST = 'console.angus.ai'
const PATH = '/api-token-authstream'
const LIFETIME = 5 * 3600_000

/** Angus.ai: the console that trades credentials for a token, and the data host that takes it. */
export function angus(
  context: VendorContext,
  { token: form = 'jwt', nextPage = 'path' }: AngusSandboxOptions,
): Vendor<AngusCredentials> {
  const tokens = tokenBook(context.now)
  const key = randomBytes(32)
  let revoked = false
  const options: AngusCredentials = {
    username: `sandbox-${randomBytes(4).toString('hex')}@example.com`,
    clientId: randomUUID(),
    accessToken: randomUUID(),
  }

  const issue = (): string => {
    const now = context.now()
    const expiresAt = now + (context.lifetime() ?? LIFETIME)
    const jwt = signHs256(
      {
        username: options.username,
        email: options.username,
        orig_iat: Math.floor(now / 1000),
        exp: Math.floor(expiresAt / 1000),
        client_id: options.clientId,
        user_id: 826,
        jti: randomUUID(),
      },
      key,
    )
    // A stray D8 in the payload is what ails the vendor's sample.
    const token = form === 'jwt' ? jwt : jwt.replace('.', '.D8')
    tokens.enter(token, expiresAt)
    return token
  }

  const login: Site = {
    service: 'angus',
    host: HOST,
    endpoint: () => 'token',
    problem: (status) => Response.json({ detail: `An error of the sandbox (${status}).` }),
    app: consoleApp(options, issue, () => revoked),
  }
  return {
    sites: [login, angusData({ context, tokens, nextPage })],
    options,
    expire: tokens.expire,
    revoke: (what) => {
      if (what === 'tokens') tokens.revoke()
      else revoked = true
    },
  }
}

/** Django REST framework, as far as this endpoint shows it. */
function consoleApp(
  credentials: AngusCredentials,
  issue: () => string,
  revoked: () => boolean,
): SiteApp {
  const expected = {
    username: credentials.username,
    client_id: credentials.clientId,
    access_token: credentials.accessToken,
  }
  const detail = (status: number, text: string, headers: Record<string, string> = {}) =>
    Response.json({ detail: text }, { status, headers })

  const app: SiteApp = new Hono()
  // APPEND_SLASH: the client repeats it as a GET, and the credentials in the body are lost.
  app.all(
    PATH,
    (c) =>
      new Response(null, {
        status: 301,
        headers: { location: `${PATH}/${new URL(c.req.url).search}` },
      }),
  )
  app.post(`${PATH}/`, (c) => {
    if (!isOfType(c.env, 'application/json'))
      return detail(
        415,
        `Unsupported media type "${c.env.headers.get('content-type') ?? ''}" in request.`,
      )
    const body = jsonObjectOf(c.env)
    if (!body) return detail(400, 'JSON parse error')
    const errors: Record<string, string[]> = {}
    for (const name of Object.keys(expected)) {
      const value = body[name]
      if (value === undefined) errors[name] = ['This field is required.']
      else if (value === null) errors[name] = ['This field may not be null.']
      else if (typeof value !== 'string') errors[name] = ['Not a valid string.']
      else if (value.trim() === '') errors[name] = ['This field may not be blank.']
    }
    if (Object.keys(errors).length > 0) return Response.json(errors, { status: 400 })
    if (revoked() || Object.entries(expected).some(([name, value]) => body[name] !== value))
      return Response.json(
        { non_field_errors: ['Unable to login with provided credentials.'] },
        { status: 400 },
      )
    return Response.json({ token: issue() })
  })
  app.all(`${PATH}/`, (c) =>
    detail(405, `Method "${c.req.method}" not allowed.`, { allow: 'POST, OPTIONS' }),
  )
  app.notFound(() => detail(404, 'Not found.'))
  return app
}
