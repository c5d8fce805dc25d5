import { createHash, createHmac, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { describe, onTestFinished } from 'vitest'
import { type ListeningOptions, reachedAt } from '../src/endpoints.ts'
import { createSandbox, type Sandbox, type SandboxOptions } from '../src/index.ts'
import { listen } from '../src/server.ts'

/** A sandbox, and the same way to reach it whether in process or over loopback HTTP. */
export interface Mounted {
  readonly sandbox: Sandbox
  readonly fetch: typeof fetch
  readonly options: ListeningOptions
  readonly origins: Readonly<Record<string, string>>
}

/** Midnight, so that a date in a failure is easy to read. */
export const START: number = Date.UTC(2026, 0, 1)

/** Runs the tests twice: with `sandbox.fetch`, and with the global one over real HTTP. */
export function overBoth(
  tests: (open: (options?: SandboxOptions) => Promise<Mounted>) => void,
): void {
  describe.each([
    { mounting: 'in process', open: inProcess },
    { mounting: 'over HTTP', open: overHttp },
  ])('$mounting', ({ open }) => {
    tests(open)
  })
}

async function inProcess(options?: SandboxOptions): Promise<Mounted> {
  const sandbox = createSandbox(options)
  const origins = Object.fromEntries(sandbox.hosts.map((host) => [host, `https://${host}`]))
  return { sandbox, fetch: sandbox.fetch, options: reachedAt(origins, sandbox.options), origins }
}

async function overHttp(options?: SandboxOptions): Promise<Mounted> {
  const sandbox = createSandbox(options)
  const server = await listen(sandbox)
  onTestFinished(server.close)
  return { sandbox, fetch, options: server.options, origins: server.origins }
}

/** A clock that a test sets. */
export function clock(): { now: () => number; advance: (ms: number) => void } {
  let time = START
  return {
    now: () => time,
    advance: (ms) => {
      time += ms
    },
  }
}

export interface EpiHmac {
  readonly key: string
  readonly secret: string
  readonly method: string
  readonly target: string
  readonly body?: string | Uint8Array
  readonly timestamp: number
  readonly nonce?: string
}

/** The header by the vendor's recipe, written here so that the verifier is not its own witness. */
export function epiHmac(options: EpiHmac): string {
  const { key, secret, method, target, body = '', timestamp } = options
  const nonce = options.nonce ?? randomUUID().replaceAll('-', '')
  const md5 = createHash('md5').update(body).digest('base64')
  const signature = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(`${key}${method}${target}${timestamp}${nonce}${md5}`)
    .digest('base64')
  return `epi-hmac ${key}:${timestamp}:${nonce}:${signature}`
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A request whose target goes on the wire exactly as given, which no URL-based client allows. */
export function rawRequest(
  origin: string,
  init: {
    method?: string
    target: string
    headers?: Record<string, string | string[]>
    body?: string | Uint8Array
  },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin)
  const { method = 'GET', target, headers = {}, body } = init
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: target, headers }, async (response) => {
      try {
        const text = Buffer.concat(await response.toArray()).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      } catch (error) {
        reject(error)
      }
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The claims of a JWT, not verified; throws where they are no JSON. */
export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
}

export interface Sigv4 {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly method?: string
  /** In canonical form already: every escape there that must be, and no other. */
  readonly url: string
  /** Signed too, by names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Ms since the Unix epoch. */
  readonly time: number
  readonly region?: string
  readonly service?: string
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')

const byName = (a: string, b: string) => (a.replace(/=.*/, '') < b.replace(/=.*/, '') ? -1 : 1)

/** Headers by AWS's recipe, written here so that the verifier is not its own witness. */
export function sigv4(options: Sigv4): Record<string, string> {
  const { accessKeyId, sessionToken, url, time, body = '' } = options
  const { method = 'GET', region = 'us-east-1', service = 's3' } = options
  const { host, pathname, search } = new URL(url)
  const amzDate = new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${amzDate.slice(0, 8)}/${region}/${service}/aws4_request`
  const headers: Record<string, string> = {
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': amzDate,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    ...options.headers,
  }
  const signed: Record<string, string> = { host, ...headers }
  const names = Object.keys(signed).sort()
  const canonical = [
    method,
    pathname,
    search.slice(1).split('&').sort(byName).join('&'),
    ...names.map((name) => `${name}:${signed[name]}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n')
  let key: string | Buffer = `AWS4${options.secretAccessKey}`
  const message = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`
  for (const part of [...scope.split('/'), message]) {
    key = createHmac('sha256', key).update(part).digest()
  }
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${(key as Buffer).toString('hex')}`,
  }
}
