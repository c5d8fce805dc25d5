import type { TestProject } from 'vitest/node'
import { epiFault, loopback } from './loopback.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the server for pages is. */
    origin: string
  }
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-allow-methods': '*',
  'access-control-expose-headers': '*',
}

/** A server of another origin than the page's, for tests that run in a browser. */
export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const server = await loopback((arrival) => {
    const { method, target, headers, body } = arrival
    if (method === 'OPTIONS') return { status: 204, headers: CORS }
    if (target === '/redirect') return { status: 307, headers: { ...CORS, location: '/signed' } }
    if (target.startsWith('/signed')) {
      const fault = epiFault(arrival)
      return { status: fault ? 401 : 200, headers: CORS, body: fault ?? 'valid' }
    }
    const good = headers.authorization === 'Bearer t2'
    return { status: good ? 200 : 401, headers: CORS, body: good ? body : 'who are you?' }
  })
  project.provide('origin', server.origin)
  return () => server.close()
}
