import { OptionError } from './errors.ts'
import type { SecretEncoding } from './hmac-scheme.ts'
import { type Check, nonEmpty } from './options.ts'

const FORMS = {
  utf8: /^/,
  base64: /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/,
  hex: /^(?:[\dA-Fa-f]{2})+$/,
}
const TAKES = {
  utf8: '',
  base64: 'takes base64 of the standard alphabet, padded, without spaces',
  hex: 'takes pairs of hex digits',
}

/** Checks that a secret's text is what it is said to be: a decoder would skip what it does not know. */
export function secretText(encoding: SecretEncoding): Check {
  return (option, value) => {
    const text = nonEmpty(option, value)
    if (FORMS[encoding].test(text)) return text
    throw new OptionError(option, TAKES[encoding])
  }
}

/** The key that a checked text stands for. */
export function keyBytes(text: string, encoding: SecretEncoding): Uint8Array {
  if (encoding === 'utf8') return new TextEncoder().encode(text)
  if (encoding === 'base64') {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  }
  return Uint8Array.from(text.matchAll(/../g), ([pair]) => Number.parseInt(pair, 16))
}
