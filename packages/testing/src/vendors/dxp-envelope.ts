import { isOfType, jsonObjectOf } from '../read.ts'
import type { Arrival } from '../site.ts'

export const GUID: RegExp = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The envelope of every answer, 401 and 500 too. */
export const success = (result: unknown): Response =>
  Response.json({ success: true, errors: [], result })

export const failure = (status: number, ...errors: string[]): Response =>
  Response.json({ success: false, errors, result: null }, { status })

/** Looks at one member of a body: what is wrong with its value, if anything. */
export type Check = (value: unknown) => string | undefined

export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be a boolean')

export const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'must be a non-empty string'

export const texts: Check = (value) =>
  Array.isArray(value) && value.every((one) => text(one) === undefined)
    ? undefined
    : 'must be an array of non-empty strings'

export const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string) ? undefined : `must be one of ${values.join(', ')}`

export const hours: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 168
    ? undefined
    : 'must be a whole number from 1 to 168'

/** The body of a POST, each member checked; a Response is the refusal. No body is an empty object. */
export function bodyOf(
  arrival: Arrival,
  checks: Readonly<Record<string, Check>>,
): Record<string, unknown> | Response {
  if (arrival.body.length === 0) return {}
  if (!isOfType(arrival, 'application/json'))
    return failure(415, 'The body is not application/json.')
  const body = jsonObjectOf(arrival)
  if (!body) return failure(400, 'The body is not a JSON object.')
  const errors = Object.entries(body).flatMap(([name, value]) => {
    if (value === null) return []
    const error = checks[name] ? checks[name](value) : 'is not known'
    return error ? [`${name} ${error}.`] : []
  })
  return errors.length > 0 ? failure(400, ...errors) : body
}
