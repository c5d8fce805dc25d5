import type { Arrival } from './site.ts'

/** The token of `Authorization: Bearer …`. Optimizely's hold a colon, which RFC 6750 §2.1 has not. */
export function bearerOf(arrival: Arrival): string | undefined {
  return /^Bearer (\S+)$/i.exec(arrival.headers.get('authorization') ?? '')?.[1]
}

/** Whether the request says that its body is of this media type, parameters aside. */
export function isOfType(arrival: Arrival, mediaType: string): boolean {
  const [type = ''] = (arrival.headers.get('content-type') ?? '').split(';')
  return type.trim().toLowerCase() === mediaType
}

/** The body as JSON; `undefined`, which no JSON is, where it is not well-formed. */
export function jsonOf(arrival: Arrival): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(arrival.body))
  } catch {
    return undefined
  }
}

/** The body as a JSON object; `undefined` where it is none. */
export function jsonObjectOf(arrival: Arrival): Record<string, unknown> | undefined {
  const value = jsonOf(arrival)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** The fields of a form-encoded body. */
export function formOf(arrival: Arrival): URLSearchParams {
  return new URLSearchParams(new TextDecoder().decode(arrival.body))
}

/** The query as it arrived, without its question mark. */
export function rawQueryOf(arrival: Arrival): string {
  const start = arrival.target.indexOf('?')
  return start < 0 ? '' : arrival.target.slice(start + 1)
}
