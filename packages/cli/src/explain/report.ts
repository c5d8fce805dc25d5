import { wrapped } from '../demo/table.ts'
import type { Comparison, Explained, Explanation, Part } from './explanation.ts'
import { plain } from './visible.ts'

/** What a report is written to. */
export interface Paper {
  write(text: string): void
  /** Characters to a line. Values are not broken, so that they can be copied. */
  readonly width: number
  paint(style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string): string
}

const INDENT = '  '
/** A value up to this long has what is said about it beside it, if there is room. */
const SHORT = 34
const NARROWEST = 40

/** An explanation for people. What became of a comparison comes last, where the eye is. */
export function report({ explanation, comparison }: Explained, paper: Paper): void {
  const { service, scheme, method, url, body, steps, facts, headers, notes } = explanation
  const { write, paint } = paper
  const line = (text = '') => write(`${text}\n`)
  const title = (text: string) => line(`\n${paint('bold', text)}`)
  const row = rows(explanation, paper)

  line(paint('bold', `${method} ${url}`))
  if (body) line(`${body.value}  ${paint('dim', body.about ?? '')}`.trimEnd())
  prose(`${service}, by ${scheme}. Nothing has been sent.`, paper, 'dim')
  for (const { name, about, parts, text } of steps) {
    title(`${name}: ${about}`)
    parts.forEach(row)
    if (text) line()
    for (const one of text ? text.split('\n') : []) line(one && INDENT + plain(one))
  }
  title(scheme === 'Bearer' ? 'token' : 'signature')
  facts.forEach(row)
  title(comparison ? 'header, as it should be' : 'header')
  for (const [name, value] of Object.entries(headers)) line(`${INDENT}${name}: ${value}`)
  line()
  for (const note of notes) prose(note, paper)
  if (comparison) verdict(comparison, paper)
}

function rows({ steps, facts }: Explanation, { write, width, paint }: Paper): (part: Part) => void {
  const named = [...steps.flatMap(({ parts }) => parts), ...facts]
  const column = INDENT.length + Math.max(...named.map(({ name }) => name.length)) + 2
  return ({ name, value, about = '' }) => {
    const start = (INDENT + name).padEnd(column) + value
    const beside = column + SHORT + 2
    if (value.length <= SHORT && beside + about.length < width) {
      write(`${start.padEnd(beside)}${paint('dim', about)}`.trimEnd().concat('\n'))
      return
    }
    write(`${start}\n`)
    for (const part of about ? wrapped(about, Math.max(width - 1 - column, NARROWEST)) : []) {
      write(`${' '.repeat(column)}${paint('dim', part)}\n`)
    }
  }
}

const VERDICTS = {
  same: ['green', 'The given header is right'],
  plausible: ['green', 'Nothing is wrong with the given header, as far as can be told from here'],
  different: ['red', 'The given header is not right'],
  unknown: ['yellow', 'Whether the given header is right cannot be told yet'],
} as const

function verdict({ verdict, culprits, notes }: Comparison, paper: Paper): void {
  const [style, text] = VERDICTS[verdict]
  paper.write('\n')
  const parts = new Set(culprits.map(({ part }) => part))
  prose(parts.size > 0 ? `${text}: ${[...parts].join(', ')}.` : `${text}.`, paper, style)
  for (const { problem, advice, has, takes } of culprits) {
    prose(`${problem}: ${advice}.`, paper, 'bold')
    if (has === undefined || takes === undefined) continue
    paper.write(`${INDENT}it has    ${has}\n${INDENT}it takes  ${takes}\n`)
  }
  for (const note of notes) prose(note, paper)
}

function prose(
  text: string,
  { write, width, paint }: Paper,
  style?: Parameters<Paper['paint']>[0],
): void {
  for (const part of wrapped(text, Math.max(width - 1, NARROWEST))) {
    write(`${style ? paint(style, part) : part}\n`)
  }
}
