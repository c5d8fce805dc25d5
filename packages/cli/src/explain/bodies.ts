import { JSON_HABITS } from './json.ts'
import type { Mistake } from './mistakes.ts'

const AS_SENT = 'hash the very bytes that are sent'
/** Longer ones, in bytes, are not written in other ways. */
export const LONGEST: number = 1 << 17

type Rewriting = readonly [
  what: string,
  advice: string,
  (text: string) => string | Buffer | undefined,
]

const REWRITINGS: readonly Rewriting[] = [
  ['the body read as UTF-8, which it is not', 'hash its bytes as they are', (text) => text],
  ['the body without its last line break', AS_SENT, (text) => text.replace(/\r?\n$/, '')],
  ['a line break behind the body', AS_SENT, (text) => `${text}\n`],
  [
    'the body without its line breaks',
    "hash what is sent; curl's -d @file takes them out, --data-binary does not",
    (text) => text.replace(/[\r\n]/g, ''),
  ],
  ['the body without the space around it', AS_SENT, (text) => text.trim()],
  ['CR LF for the line breaks of the body', AS_SENT, (text) => text.replace(/\r?\n/g, '\r\n')],
  ['LF for the line breaks of the body', AS_SENT, (text) => text.replaceAll('\r\n', '\n')],
  ...JSON_HABITS.map(
    ([how, write]): Rewriting => [
      `the body as JSON that was written anew ${how}`,
      'turn it into JSON once, and hash and send that very text',
      write,
    ],
  ),
  ['the body as a JSON string', 'turn it into JSON once only', (text) => JSON.stringify(text)],
  ['the body in Latin-1', 'hash it in UTF-8, as it is sent', (text) => Buffer.from(text, 'latin1')],
  ['the body in UTF-16', 'hash it in UTF-8, as it is sent', (text) => Buffer.from(text, 'utf16le')],
  [
    'the body as UTF-8 that was taken for Latin-1 and encoded again',
    'hash its bytes, not a string made of them',
    (text) => Buffer.from(Buffer.from(text).toString('latin1')),
  ],
  ['a byte order mark before the body', AS_SENT, (text) => `\ufeff${text}`],
  ['the body without its byte order mark', AS_SENT, (text) => text.replace(/^\ufeff/, '')],
  ['the body escaped as in a URL', AS_SENT, (text) => encodeURIComponent(text)],
  ...['{}', '[]', 'null', '""', 'undefined', '[object Object]'].map(
    (literal): Rewriting => [`the body ${literal}`, AS_SENT, () => literal],
  ),
]

/** A body in the making, and how it is hashed. */
export interface Hashed {
  readonly body: Buffer
  digest(body: Buffer): string
}

/** Hashes the bodies of drafts, each once for each way to do it. */
export function hasher(): (draft: Hashed) => string {
  const hashes = new WeakMap<Buffer, Map<Hashed['digest'], string>>()
  return ({ body, digest }) => {
    const known = hashes.get(body) ?? new Map<Hashed['digest'], string>()
    hashes.set(body, known)
    const hash = known.get(digest) ?? digest(body)
    known.set(digest, hash)
    return hash
  }
}

/** The usual ways to hash another body than the one that is sent. */
export function bodyMistakes<D extends Hashed>(): Mistake<D>[] {
  const hashOf = (what: string, advice: string, rewrite: (body: Buffer) => Buffer | undefined) => ({
    part: 'body',
    what: `the hash of ${what}`,
    advice,
    stacks: true,
    make(draft: D) {
      const body = rewrite(draft.body)
      return body === undefined || body.equals(draft.body) ? undefined : { ...draft, body }
    },
  })
  return [
    hashOf('an empty body', AS_SENT, () => Buffer.alloc(0)),
    ...REWRITINGS.map(([what, advice, rewrite]) =>
      hashOf(what, advice, (body) => {
        const written = body.length > LONGEST ? undefined : rewrite(body.toString())
        return written === undefined ? undefined : Buffer.from(written)
      }),
    ),
  ]
}
