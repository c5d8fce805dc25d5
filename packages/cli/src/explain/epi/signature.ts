import type { Culprit } from '../explanation.ts'

/** One way to read the text of a signature. */
export interface Reading {
  matches(mac: Buffer): boolean
  /** How many bytes long it is. */
  readonly length: number
  /** What is wrong with the text, if it is to be read like that. */
  readonly culprit?: Culprit
}

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/
const TAKES = 'write it in base64 of the standard alphabet, with its padding'
/** SHA-256 in base64. */
const CHARACTERS = 44
/** So few characters in common may be chance. */
const SHORTEST = 12

/** Every way to read a signature's text, the right one first. */
export function readings(text: string): Reading[] {
  const wrong = (problem: string, advice = TAKES): Culprit => ({
    part: 'signature',
    problem,
    advice,
  })
  const found: Reading[] = []
  const add = (bytes: Buffer, culprit?: Culprit) => {
    found.push({
      matches: (mac) => mac.equals(bytes),
      length: bytes.length,
      ...(culprit && { culprit }),
    })
  }
  if (text !== '' && BASE64.test(text)) add(Buffer.from(text, 'base64'))
  if (/^(?:[\da-f]{2})+$/i.test(text)) {
    add(Buffer.from(text, 'hex'), wrong('The signature is written in hex'))
  }
  const inner = Buffer.from(text, 'base64').toString()
  if (/^(?:[\da-f]{2})+$/i.test(inner)) {
    add(
      Buffer.from(inner, 'hex'),
      wrong('The signature is base64 of hex', 'write the 32 bytes themselves in base64'),
    )
  } else if (inner.length >= SHORTEST && BASE64.test(inner)) {
    add(Buffer.from(inner, 'base64'), wrong('The signature is in base64 twice', 'encode it once'))
  }
  if (/^[\w-]+$/.test(text) && /[-_]/.test(text)) {
    add(Buffer.from(text, 'base64url'), wrong('The signature is in base64url'))
  } else if (!text.endsWith('=') && BASE64.test(padded(text))) {
    add(Buffer.from(text, 'base64'), wrong('The signature lacks its last ='))
  }
  const changes: [pattern: RegExp, clean: () => string, problem: string, advice?: string][] = [
    [
      /%[\dA-F]{2}/i,
      () => unescaped(text),
      'The signature is escaped as in a URL',
      'leave its base64 as it is',
    ],
    [
      / /,
      () => text.replaceAll(' ', '+'),
      'There are spaces in the signature where + belongs',
      'it was read as a form or a URL on its way: leave its base64 as it is',
    ],
    [
      /^["'].*["']$/,
      () => text.slice(1, -1),
      'There are quotes around the signature',
      'take them away',
    ],
  ]
  for (const [pattern, clean, problem, advice] of changes) {
    const better = pattern.test(text) ? clean() : text
    if (better !== text && BASE64.test(better)) {
      add(Buffer.from(better, 'base64'), wrong(problem, advice))
    }
  }
  if (text.length >= SHORTEST && text.length < CHARACTERS - 1) {
    const start = Buffer.from(text.slice(0, text.length - (text.length % 4)), 'base64')
    found.push({
      matches: (mac) => mac.length === 32 && mac.subarray(0, start.length).equals(start),
      length: start.length,
      culprit: wrong(
        `The signature is cut off: ${text.length} of ${CHARACTERS} characters`,
        'send the whole of it',
      ),
    })
  }
  return found
}

const padded = (text: string): string => text.padEnd(Math.ceil(text.length / 4) * 4, '=')

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
