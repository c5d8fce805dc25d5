import { Readable } from 'node:stream'
import { type AxiosAdapter, AxiosError, type AxiosResponse } from 'axios'
import type { OptionsInit } from 'got'

/** A request as it would have gone out, in the form of the client that sent it. */
export interface Arrival {
  readonly headers: { get?(name: string): unknown; readonly authorization?: unknown }
}

/** What is done with a request: the status of the answer, at once or later. */
export type Serve = (request: Arrival) => number | Promise<number>

/** The ways in which clients reach a network. */
export interface Network {
  readonly fetch: typeof fetch
  readonly adapter: AxiosAdapter
  readonly request: NonNullable<OptionsInit['request']>
  /** For a client with a transport of its own kind. */
  readonly serve: Serve
}

/** The proof that came with a request. */
export function authorizationOf({ headers }: Arrival): string | undefined {
  const value = headers.get ? headers.get('authorization') : headers.authorization
  return typeof value === 'string' ? value : undefined
}

/** A network within the process: the API, and a token endpoint for whoever POSTs with a fetch. */
export function inMemory(serve: Serve, grant: () => Response | Promise<Response>): Network {
  return {
    serve,

    async fetch(input, init) {
      // As a real fetch begins.
      const request = new Request(input, init)
      if (request.method === 'POST') return grant()
      const served = serve(request)
      return new Response(null, { status: typeof served === 'number' ? served : await served })
    },

    async adapter(config) {
      const served = serve(config)
      const status = typeof served === 'number' ? served : await served
      const response: AxiosResponse = { data: '', status, statusText: '', headers: {}, config }
      if (config.validateStatus?.(status) ?? true) return response
      throw new AxiosError(`status ${status}`, undefined, config, {}, response)
    },

    // got takes a response where node:http would hand out a request.
    request: async (_, options) => {
      const statusCode = await serve(options as Arrival)
      return Object.assign(Readable.from([]), { statusCode, headers: {} }) as never
    },
  }
}

/** A token endpoint's answer, RFC 6749 §5.1. */
export function granted(token: string): Response {
  return Response.json({ access_token: token, token_type: 'Bearer', expires_in: 3600 })
}
