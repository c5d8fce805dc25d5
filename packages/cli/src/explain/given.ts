import type { Culprit } from './explanation.ts'
import { visible } from './visible.ts'

/** What is said of nothing. */
export const NOTHING = 'There is no Authorization header in it'

/** The credentials of a header, by the name of their scheme. RFC 9110 §11.4 */
export interface Given {
  /** As it is written. */
  readonly scheme: string
  readonly rest: string
  readonly culprits: readonly Culprit[]
}

/** A header that was sent, among others, as `curl -v` shows them. */
const LINE = /^[>\s]*([\w-]+):[ \t]+(.*)$/s

/** The headers that came along, by lower-case names. None if only one was given. */
export function givenTogether(text: string): Readonly<Record<string, string>> {
  const found = text.split('\n').flatMap((line) => {
    const [, name, value] = LINE.exec(line) ?? []
    return name !== undefined && value !== undefined
      ? [[name.toLowerCase(), value.trim()] as const]
      : []
  })
  return found.length > 1 ? Object.fromEntries(found) : {}
}

/**
 * Takes a header apart that was copied from somewhere: with its name or without, from a log or from
 * a command line. What is odd about it is told, and does not keep it from being read.
 */
export function givenHeader(given: string, expected: string): Given {
  const along = givenTogether(given)
  const header = Object.keys(along).length > 0 ? (along.authorization ?? '') : given
  const text = bare(header)
  const culprits: Culprit[] = []
  const odd = (problem: string, advice: string) =>
    culprits.push({ part: 'header', problem, advice })
  // Blanks at an end are no part of a header's value. RFC 9110 §5.5
  if (/[\r\n]/.test(text.slice(text.trimEnd().length)))
    odd('It ends in a line break', 'take it away')
  if (/[\r\n]/.test(text.trim())) {
    odd('There is a line break in it', 'take it out: base64 that was wrapped, perhaps')
  }
  const words = text.replace(/[\r\n]+/g, '').trim()
  const [, first = '', gap = '', behind = ''] = /^(\S*)(\s*)(.*)$/s.exec(words) ?? []
  if (gap.length > 1) {
    odd(`There is more than one space behind ${visible(first)}`, 'leave one')
  }
  if (gap === '') return { scheme: '', rest: first, culprits }
  if (first !== expected && first.toLowerCase() === expected.toLowerCase()) {
    return { scheme: expected, rest: behind, culprits }
  }
  return { scheme: first, rest: behind, culprits }
}

/** A header's value, without its name and what stands around it in a log or on a command line. */
function bare(header: string): string {
  const text = header.replace(/^[>\s]+/, '').replace(/^-H\s*/i, '')
  const quoted = text.length > 1 && /^['"]/.test(text) && text.endsWith(text.charAt(0))
  const inner = quoted ? text.slice(1, -1) : text
  return inner
    .trimStart()
    .replace(/^authorization\s*:/i, '')
    .trimStart()
}
