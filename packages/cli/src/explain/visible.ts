import type { Part } from './explanation.ts'

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
}

/**
 * A text as a person can check it: nothing but visible ASCII. What cannot be seen is escaped as in
 * JavaScript, and there are quotes around white space at an end.
 *
 * @param longest How many characters of it to show.
 */
export function visible(text: string, longest: number = Infinity): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}...` : text
  return /^\s|\s$|^$/.test(text) ? `"${plain(shown)}"` : plain(shown)
}

/** Bytes as {@link visible} shows text; each byte on its own where they are no UTF-8. */
function visibleBytes(bytes: Uint8Array, longest?: number): string {
  try {
    return visible(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
      longest,
    )
  } catch {
    const latin1 = Buffer.from(bytes).toString('latin1')
    return visible(latin1, longest).replaceAll('\\u00', '\\x')
  }
}

/** A line without anything but visible ASCII. */
export function plain(line: string): string {
  return line.replace(/[^ -[\]-~]/g, escaped)
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(4, '0')
  return NAMED[character] ?? `\\u${code}`
}

/** How much of a body is shown. */
const SHOWN = 200

/** A body as it is shown: the beginning of it, and how long it is. `undefined` for an empty one. */
export function bodyPart(body: Uint8Array | undefined): Part | undefined {
  if (!body?.length) return undefined
  const about = body.length === 1 ? '1 byte' : `${body.length} bytes`
  return { name: 'body', value: visibleBytes(body, SHOWN), about }
}
