import { HttpResponse, http, type RequestHandler } from 'msw'
import { arrivalOf } from './fetch.ts'
import { ConnectionError } from './receive.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * The sandbox as handlers of Mock Service Worker, for `setupServer(...handlers(sandbox))`.
 *
 * MSW shows a request's URL and not its wire: what depends on the exact target, on sockets or on
 * header bytes belongs in a test over `listen()` of `@countersign/testing/server`.
 */
export function handlers(sandbox: Sandbox): RequestHandler[] {
  return sandbox.hosts.map((host) =>
    http.all(`https://${host}/*`, async ({ request }) => {
      try {
        return await sandbox.receive(await arrivalOf(request))
      } catch (error) {
        if (error instanceof ConnectionError || request.signal.aborted) return HttpResponse.error()
        throw error
      }
    }),
  )
}
