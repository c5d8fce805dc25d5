import { createHash, createHmac } from 'node:crypto'
import { type Draft, type EpiMistake, NAMES, PARTS, type PartName } from './draft.ts'

/** The usual ways to put the message together otherwise. */
export function messageMistakes(place: { readonly url: string }): EpiMistake[] {
  const { host, origin, protocol } = new URL(place.url)
  const separators: [string, string][] = [
    ['line breaks', '\n'],
    ['CR LF', '\r\n'],
    ['the two characters \\n', '\\n'],
    ['spaces', ' '],
    ['colons', ':'],
    ['bars', '|'],
    ['commas', ','],
    ['commas and spaces', ', '],
    ['semicolons', ';'],
    ['full stops', '.'],
    ['hyphens', '-'],
    ['underscores', '_'],
    ['plus signs', '+'],
    ['ampersands', '&'],
    ['tabs', '\t'],
    ['NUL characters', '\0'],
  ]
  const strangers: [string, string][] = [
    ['the host', host],
    ['the origin', origin],
    ['the scheme', protocol.slice(0, -1)],
    ['the word epi-hmac', 'epi-hmac'],
    ['the content type application/json', 'application/json'],
    ['an application/json; charset=utf-8', 'application/json; charset=utf-8'],
  ]
  return [
    ...separators.flatMap(([what, separator]) => [
      joined(`${what} between the parts`, (values) => values.join(separator)),
      joined(`${what} behind each part`, (values) => values.map((v) => v + separator).join('')),
    ]),
    joined('the message in lower case', (values) => values.join('').toLowerCase()),
    joined('the message in upper case', (values) => values.join('').toUpperCase()),
    joined(
      'the message in UTF-16',
      (values) => Buffer.from(values.join(''), 'utf16le'),
      'sign it in UTF-8',
    ),
    joined('the message in base64', (values) => Buffer.from(values.join('')).toString('base64')),
    joined('the message escaped as in a URL', (values) => encodeURIComponent(values.join(''))),
    joined('the parts as a JSON array', (values) => JSON.stringify(values)),
    ...strangers.flatMap(([what, stranger]) =>
      PARTS.map((_, at) =>
        joined(
          `${what} in the message`,
          (values) => values.toSpliced(at, 0, stranger).join(''),
          SIX,
        ),
      ),
    ),
  ]
}

const BARE = 'put the parts together with nothing between or around them'
const SIX = `the message is ${listed(PARTS)}, and nothing else`

function joined(what: string, join: Draft['join'], advice = BARE): EpiMistake {
  return { part: 'message', what, advice, make: (draft) => ({ ...draft, join }) }
}

/** Parts that are left out or change places: the near ones, and then every other arrangement. */
export function orderMistakes(): EpiMistake[] {
  const near: (readonly PartName[])[] = [
    ...PARTS.map((left) => PARTS.filter((part) => part !== left)),
    ...PARTS.flatMap((one, i) => PARTS.slice(i + 1).map((other) => swapped(one, other))),
    ...PARTS.flatMap((one, i) =>
      PARTS.slice(i + 1).map((other) => PARTS.filter((part) => part !== one && part !== other)),
    ),
  ]
  const far = [...arrangements(PARTS)].filter((order) => order.length > 0)
  return [
    ...near.map((order) => arranged(order)),
    ...far.map((order) => ({ ...arranged(order), alone: true })),
  ]
}

function arranged(order: readonly PartName[]): EpiMistake {
  const left = PARTS.filter((part) => !order.includes(part))
  const inOrder = PARTS.filter((part) => order.includes(part)).join() === order.join()
  return {
    part: 'order',
    what:
      left.length > 0 && inOrder
        ? `no ${left.map((part) => NAMES[part]).join(' and no ')} in the message`
        : `the message ${listed(order)}`,
    advice: `the message is ${listed(PARTS)}`,
    make: (draft) => ({ ...draft, order }),
  }
}

const swapped = (one: PartName, other: PartName): readonly PartName[] =>
  PARTS.map((part) => (part === one ? other : part === other ? one : part))

function* arrangements(parts: readonly PartName[]): Generator<readonly PartName[]> {
  yield []
  for (const first of parts) {
    for (const rest of arrangements(parts.filter((part) => part !== first))) yield [first, ...rest]
  }
}

function listed(parts: readonly PartName[]): string {
  return parts.map((part) => NAMES[part]).join(', ')
}

const HMAC = 'the signature is HMAC-SHA256 of the message, keyed with the decoded secret'

type Way = readonly [what: string, mac: Draft['mac']]

/** The usual ways to use another function than HMAC-SHA256, or that one otherwise. */
export const macMistakes: readonly EpiMistake[] = [
  ...(['sha1', 'sha384', 'sha512', 'md5'] as const).map(
    (name): Way => [
      `HMAC-${name.toUpperCase()}`,
      (secret, message) => createHmac(name, secret).update(message).digest(),
    ],
  ),
  ...([
    ['secret and message changed about', (secret, message) => hmac(Buffer.from(message), secret)],
    [
      'the SHA-256 of the message in place of it',
      (secret, message) => hmac(secret, sha256(message)),
    ],
    [
      'the SHA-256 of the message in hex in place of it',
      (secret, message) => hmac(secret, sha256(message).toString('hex')),
    ],
    ['the HMAC made twice', (secret, message) => hmac(secret, hmac(secret, message))],
    ['SHA-256 of the message alone', (_, message) => sha256(message)],
    ['SHA-256 of secret and message', (secret, message) => sha256(secret, message)],
    ['SHA-256 of message and secret', (secret, message) => sha256(message, secret)],
  ] satisfies Way[]),
].map(([what, mac]) => ({
  part: 'algorithm',
  what,
  advice: HMAC,
  make: (draft: Draft) => ({ ...draft, mac }),
}))

const hmac = (secret: Buffer, message: string | Buffer): Buffer =>
  createHmac('sha256', secret).update(message).digest()

function sha256(...pieces: (string | Buffer)[]): Buffer {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}
