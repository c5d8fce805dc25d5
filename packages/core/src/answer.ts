import type { JsonObject, JsonValue } from 'type-fest'
import { CountersignError } from './errors.ts'

const MAX_BODY = 1024 * 1024

/** For readers of answers: what is wrong with this one. It must not quote the answer. */
export function unexpected(what: string): CountersignError {
  return new CountersignError('invalid-response', what)
}

/** The members of an answer that is a JSON object. */
export function members(body: JsonValue | undefined): JsonObject | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as JsonObject)
    : undefined
}

/** A body as text, as far as the limit in bytes goes. */
export async function limitedText(
  response: Response,
  limit: number = MAX_BODY,
): Promise<{ text: string; whole: boolean }> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let size = 0; reader; ) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value.subarray(0, limit - size), { stream: true })
    size += value.byteLength
    if (size > limit) {
      await reader.cancel()
      return { text, whole: false }
    }
  }
  return { text: text + decoder.decode(), whole: true }
}

export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a reader gets: JSON, or text if that is wanted. */
export function content(text: string, asText: boolean | undefined): JsonValue {
  const parsed = parseJson(text)
  if (parsed !== undefined) return parsed
  const trimmed = text.trim()
  if (trimmed === '') throw unexpected('an empty body')
  if (asText) return trimmed
  throw unexpected(`${text.length} characters that are not JSON`)
}
