import { UsageError } from './usage-error.ts'
import type { ServiceName } from './variables.ts'

const HINTS: Readonly<Record<ServiceName, string>> = {
  'optimizely-events': '`countersign credentials optimizely-events` prints its AWS credentials',
  kalibrate: '`countersign token kalibrate` prints its access token',
  amperity: '`countersign token amperity` prints its access token',
  angus: '`countersign token angus` prints its access token',
  'optimizely-dxp': 'each request is signed by itself, and `countersign request` sends one',
}

/** That a service does not have what was asked for, and what to use instead. */
export function hasNo(service: ServiceName, what: string): UsageError {
  return new UsageError(`${service} has no ${what}: ${HINTS[service]}`)
}
