import type { Draft, EpiMistake } from './draft.ts'

const DECODED = 'decode the secret from base64, once; the bytes are the key of the HMAC'

/**
 * The usual ways to key the HMAC with something else than the decoded secret.
 *
 * @param secret As it was handed out.
 */
export function secretMistakes(secret: string): EpiMistake[] {
  const bytes = Buffer.from(secret, 'base64')
  const binary = bytes.toString('latin1')
  const keys: [what: string, key: (draft: Draft) => Buffer, advice?: string][] = [
    ["the secret's text as the key", () => Buffer.from(secret)],
    ["the secret's text and a line break as the key", () => Buffer.from(`${secret}\n`)],
    ["the secret's text and CR LF as the key", () => Buffer.from(`${secret}\r\n`)],
    ["the secret's text in quotes as the key", () => Buffer.from(`"${secret}"`)],
    [
      "the secret's text without its = as the key",
      () => Buffer.from(secret.replace(/(?<!=)=+$/, '')),
    ],
    ["the secret's text in UTF-16 as the key", () => Buffer.from(secret, 'utf16le')],
    ['the secret decoded twice', () => Buffer.from(bytes.toString(), 'base64')],
    ["base64 of the secret's text as the key", () => Buffer.from(base64(secret))],
    ['the decoded secret and a line break', () => Buffer.from(`${binary}\n`, 'latin1')],
    [
      'the decoded secret as a string that was encoded in UTF-8',
      () => Buffer.from(binary),
      'give the HMAC the bytes; a string of them (atob) is encoded once more',
    ],
    [
      'the decoded secret read as UTF-8',
      () => Buffer.from(bytes.toString()),
      'give the HMAC the bytes; they are no text',
    ],
    [
      'the decoded secret read as ASCII',
      () => Buffer.from(binary.replace(/[^\0-\x7f]/g, '?')),
      'give the HMAC the bytes; they are no text',
    ],
    ['the decoded secret in hex as the key', () => Buffer.from(bytes.toString('hex'))],
    ['the decoded secret in upper-case hex', () => Buffer.from(upperHex(bytes))],
    [
      'a secret whose + became a space',
      () => Buffer.from(secret.replaceAll('+', ' '), 'base64'),
      'take the secret as it was handed out: it was read as a form or a URL',
    ],
    [
      'a secret without its + and /',
      () => Buffer.from(secret.replace(/[+/]/g, ''), 'base64'),
      'decode it with the standard alphabet of base64, not that of URLs',
    ],
    [
      'the key in place of the secret',
      ({ id }) => Buffer.from(id),
      'the key of the HMAC is the secret',
    ],
    [
      'the key, decoded from base64, in place of the secret',
      ({ id }) => Buffer.from(id, 'base64'),
      'the key of the HMAC is the secret',
    ],
    [
      'an empty secret',
      () => Buffer.alloc(0),
      'see that the secret gets there: a variable that is not set, perhaps',
    ],
    [
      'the word undefined for a secret',
      () => Buffer.from('undefined'),
      'see that the secret gets there',
    ],
  ]
  return keys.map(([what, key, advice = DECODED]) => ({
    part: 'secret',
    what,
    advice,
    make: (draft) => ({ ...draft, secret: key(draft) }),
  }))
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const upperHex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase()
