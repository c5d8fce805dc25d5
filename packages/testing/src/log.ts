import type { Endpoint, Service } from './site.ts'

/** One request that reached the sandbox. */
export interface SandboxRequest {
  readonly service: Service
  readonly endpoint: Endpoint
  readonly host: string
  readonly method: string
  /** Path and query: raw over a socket, as the URL has them under MSW and `sandbox.fetch`. */
  readonly target: string
  readonly headers: Headers
  readonly body: Uint8Array
  /** The status of the answer; 0 as long as there is none, or if there never was. */
  readonly status: number
}

/** Which requests to count: those that agree in every member given. */
export type RequestFilter = Partial<
  Pick<SandboxRequest, 'service' | 'endpoint' | 'host' | 'method' | 'status' | 'target'>
>

export interface Log {
  readonly requests: readonly SandboxRequest[]
  /** Enters a request that has no answer yet; returns what notes the status of it. */
  enter(request: Omit<SandboxRequest, 'status'>): (status: number) => void
  count(filter?: RequestFilter): number
  clear(): void
}

export interface LogOptions {
  /** How many requests are kept, the latest. Default: all. */
  readonly capacity?: number | undefined
  onAnswer?: ((request: SandboxRequest) => void) | undefined
}

export function log({ capacity = Infinity, onAnswer }: LogOptions): Log {
  const requests: { -readonly [K in keyof SandboxRequest]: SandboxRequest[K] }[] = []

  return {
    requests,
    enter(request) {
      const entry = { ...request, status: 0 }
      requests.push(entry)
      if (requests.length > capacity) requests.shift()
      return (status) => {
        entry.status = status
        onAnswer?.(entry)
      }
    },
    count(filter = {}) {
      const entries = Object.entries(filter) as [keyof RequestFilter, unknown][]
      return requests.filter((one) => entries.every(([name, value]) => one[name] === value)).length
    },
    clear() {
      requests.length = 0
    },
  }
}
