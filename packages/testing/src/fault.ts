import type { Endpoint, Service } from './site.ts'

/** Something that goes wrong, and for which requests. Without a filter: for the next one. */
export interface Fault {
  readonly service?: Service
  readonly endpoint?: Endpoint
  readonly method?: string
  /** How many matching requests it befalls. Default: 1, or one for each of `statuses`. */
  readonly times?: number
  /** Keeps the request waiting for so many ms, real ones. */
  readonly latency?: number
  /** Answers with this status, in the vendor's own words, and the vendor does not see the request. */
  readonly status?: number
  /** The statuses of successive requests, in place of `times`; a 200 stands for the vendor's own answer. */
  readonly statuses?: readonly number[]
  /** Adds `Retry-After`: seconds, or a date. */
  readonly retryAfter?: number | Date
  /** Adds an `Age`, in seconds, as a cache on the way would. */
  readonly age?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Replaces the body: a string or bytes as they are, anything else as JSON. */
  readonly body?: unknown
  /** Cuts the connection: before any answer, after its headers, or in the middle of its body. */
  readonly drop?: 'before' | 'headers' | 'body'
}

/** The faults that wait for their requests, first come first served. */
export interface Faults {
  /** Returns what undoes it; throws a TypeError for what can befall no request. */
  inject(fault: Fault): () => void
  /** The fault for this request, if there is one, used up by the asking. */
  take(request: { service: Service; endpoint: Endpoint; method: string }): Fault | undefined
  clear(): void
}

export function faults(): Faults {
  const waiting = new Set<{ fault: Fault; used: number; times: number }>()

  return {
    inject(fault) {
      const entry = { fault, used: 0, times: fault.statuses?.length ?? fault.times ?? 1 }
      if (!(entry.times >= 1)) throw new TypeError('times, or the list of statuses, is empty')
      for (const status of fault.statuses ?? [fault.status ?? 200])
        if (!(status >= 200 && status <= 599)) throw new TypeError(`${status} is no final status`)
      waiting.add(entry)
      return () => void waiting.delete(entry)
    },
    take({ service, endpoint, method }) {
      for (const entry of waiting) {
        const { fault } = entry
        if ((fault.service ?? service) !== service) continue
        if ((fault.endpoint ?? endpoint) !== endpoint) continue
        if ((fault.method ?? method).toUpperCase() !== method.toUpperCase()) continue
        const status = fault.statuses ? fault.statuses[entry.used] : fault.status
        entry.used += 1
        if (entry.used >= entry.times) waiting.delete(entry)
        const { status: _, ...rest } = fault
        return status === undefined || (fault.statuses && status === 200)
          ? rest
          : { ...rest, status }
      }
      return undefined
    },
    clear: () => waiting.clear(),
  }
}
