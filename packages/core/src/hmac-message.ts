import type { Data } from './digest.ts'
import { SigningError } from './errors.ts'
import type { HmacPart, PartName, Placeholder } from './hmac-scheme.ts'
import type { SignableRequest } from './signer.ts'
import { hostOf, splitTarget } from './target.ts'

/** What the message and the headers of one signature are made of. */
export interface Facts extends Readonly<Record<Exclude<Placeholder, 'signature'>, string>> {
  readonly request: SignableRequest
  /** As it is sent, which may be in another form than the request's. */
  readonly url: string
  readonly target: string
  /** The scheme's own headers, but for those that hold the signature. */
  readonly headers: Readonly<Record<string, string>>
}

export type Reader = (facts: Facts) => Data

/** What clients send as `Host`, by themselves where the caller has not said otherwise. */
const host: Reader = ({ url, request }) => request.headers.host ?? hostOf(url)

const READERS: Readonly<Record<PartName, Reader>> = {
  id: ({ id }) => id,
  method: ({ request }) => request.method,
  url: ({ url }) => url,
  host,
  target: ({ target }) => target,
  path: ({ target }) => splitTarget(target)[0],
  query: ({ target }) => splitTarget(target)[1],
  timestamp: ({ timestamp }) => timestamp,
  nonce: ({ nonce }) => nonce,
  body: ({ request }) => request.body ?? '',
  bodyHash: ({ bodyHash }) => bodyHash,
}

/** What clients add to a request that lacks it, after it was signed. */
const FILLED_IN = ['accept', 'accept-encoding', 'accept-language', 'content-length', 'user-agent']

export function isPartName(name: string): name is PartName {
  return Object.hasOwn(READERS, name)
}

/** How a part of the message is read. */
export function readerOf(part: HmacPart): Reader {
  if (typeof part === 'string') return READERS[part]
  const { text, header } = part
  if (text !== undefined) return () => text
  if (header === 'host') return host
  return ({ headers, request }) => {
    const value = headers[header] ?? request.headers[header]
    if (value === undefined && FILLED_IN.includes(header)) {
      throw new SigningError(
        'signing-failed',
        `The signature covers ${header}, which this request lacks and its client fills in later`,
      )
    }
    return value ?? ''
  }
}

/** Makes the message of each request: a text, but for bytes, which stay as they are between two. */
export function messageOf(
  parts: readonly HmacPart[],
  separator: string,
): (facts: Facts) => string | readonly Data[] {
  const readers = parts.map(readerOf)
  return (facts) => {
    let pieces: Data[] | undefined
    let text = ''
    for (let place = 0; place < readers.length; place++) {
      if (place > 0) text += separator
      const part = (readers[place] as Reader)(facts)
      if (typeof part === 'string') {
        text += part
      } else {
        pieces = [...(pieces ?? []), text, part]
        text = ''
      }
    }
    return pieces ? [...pieces, text] : text
  }
}

/** A header's template, taken apart once: texts at even places, names at odd ones. */
export interface Template {
  readonly pieces: readonly string[]
  readonly names: readonly string[]
}

export function parseTemplate(text: string): Template {
  const pieces = text.split(/\{([^{}]*)\}/)
  return { pieces, names: pieces.filter((_, place) => place % 2 === 1) }
}

/** A template with a value in it that is always the same. */
export function settledIn({ pieces, names }: Template, name: Placeholder, value: string): Template {
  const settled = pieces.slice(0, 1)
  for (let place = 1; place < pieces.length; place += 2) {
    const [placeholder, after] = pieces.slice(place) as [string, string]
    if (placeholder === name) settled.push(settled.pop() + value + after)
    else settled.push(placeholder, after)
  }
  return { pieces: settled, names }
}

export function fill({ pieces }: Template, values: Readonly<Record<Placeholder, string>>): string {
  let text = pieces[0] as string
  for (let place = 1; place < pieces.length; place += 2) {
    text += values[pieces[place] as Placeholder]
    text += pieces[place + 1]
  }
  return text
}
