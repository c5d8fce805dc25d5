import { STATUS_CODES } from 'node:http'
import { Failure } from '../failure.ts'
import { HELD } from './data.ts'

type Parts = AsyncIterable<Uint8Array>

/** A server's words without what a terminal obeys, which a reason and a header may hold. */
const tame = (text: string): string => text.replace(/[^\P{Cc}\t]/gu, '?')

/** Over HTTP/2 a server gives no reason. */
const reasonFor = ({ status, statusText }: Response): string =>
  tame(statusText || STATUS_CODES[status] || '')

/** A status with its reason. */
export const statusOf = (response: Response): string =>
  `${response.status} ${reasonFor(response)}`.trimEnd()

/**
 * The status line and the headers, with the empty line behind them, in the form of an HTTP/1.1
 * message: fetch does not tell what the connection spoke. RFC 9112 §2.1
 */
export function headOf(response: Response): string {
  const lines = [...response.headers].map(([name, value]) => `${name}: ${tame(value)}\r\n`)
  return `HTTP/1.1 ${statusOf(response)}\r\n${lines.join('')}\r\n`
}

/** Status and headers, for a machine to read. */
export function headAsJson(response: Response): object {
  const { status, headers } = response
  // The one header that can stand there more than once, since its values have commas of their own.
  const cookies = headers.getSetCookie()
  return {
    status,
    statusText: reasonFor(response),
    headers: {
      ...Object.fromEntries(headers),
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
    },
  }
}

/**
 * A body, for a machine to read, as a member of an object: what JSON holds as it is, text as a
 * string, and other bytes in base64.
 *
 * @throws {Failure} if it is larger than what is held in memory.
 */
export async function bodyAsJson({ headers }: Response, parts: Parts): Promise<string> {
  const held: Uint8Array[] = []
  let size = 0
  for await (const part of parts) {
    size += part.byteLength
    if (size > HELD)
      throw new Failure('--json holds a body of 64 MiB at most; -o takes larger ones')
    held.push(part)
  }
  const bytes = Buffer.concat(held)
  const text = bytes.toString()
  if (size === 0) return '"body":null'
  if (!bytes.equals(Buffer.from(text))) return `"bodyBase64":"${bytes.toString('base64')}"`
  const isJson = /[/+]json\b/i.test(headers.get('content-type') ?? '') && parses(text)
  // Not through numbers, which would round a long id. A line break stands between two tokens only.
  return `"body":${isJson ? text.replace(/[\r\n]+/g, ' ').trim() : JSON.stringify(text)}`
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * The same parts, as a terminal can show them: with a line break at their end.
 *
 * @throws {Failure} if the first of them is not text.
 */
export async function* readable(parts: Parts): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | undefined
  for await (const part of parts) {
    if (!last && part.includes(0)) {
      throw new Failure('the answer is not text: -o <file> saves it, -o - shows it all the same')
    }
    last = part
    yield part
  }
  if (last && last.at(-1) !== 10) yield Buffer.from('\n')
}
