import type { Teller } from './run.ts'

/** What the table is written to. */
export interface Screen {
  write(text: string): void
  /** Characters to a line. */
  readonly width: number
  /** A line may be taken back, and a service that goes on need not be named again. */
  readonly live: boolean
  paint(style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string): string
}

/** Below this the service has a line of its own. */
const WIDE = 100
const NARROW_INDENT = 2
const MARKS = { ok: 'ok', off: 'OFF', skipped: '-' } as const
const STYLES = { ok: 'green', off: 'red', skipped: 'yellow' } as const

/** Token, API and time, right-aligned, each with its gap. */
const NUMBERS = [7, 5, 9] as const
const GAP = 2
const MARK = 5

/**
 * A table that grows row by row, aligned for the names that it is told beforehand. What does not fit
 * is wrapped within its column.
 */
export function table(
  screen: Screen,
  services: readonly string[],
  steps: readonly string[],
): Teller & { head(): void } {
  const { width, live, paint } = screen
  const wide = width >= WIDE
  const first = wide ? longest(services) + GAP : NARROW_INDENT
  const middle = longest(steps) + GAP
  const numbers = NUMBERS.reduce((sum, one) => sum + one, 0)
  const left = first + MARK + middle
  const last = Math.min(44, Math.max(16, width - 1 - left - numbers))
  let current = ''
  let pending = false

  const line = (text: string) => screen.write(`${text.trimEnd()}\n`)
  const figures = (texts: readonly string[]) =>
    texts.map((text, i) => text.padStart(NUMBERS[i] as number)).join('')
  const clear = () => {
    if (pending) screen.write('\r\u001b[2K')
    pending = false
  }
  /** Where the service stands: before its first row, or alone above it. */
  const serviceCell = (service: string): string => {
    const again = service === current
    current = service
    if (wide) return paint('bold', (again && live ? '' : service).padEnd(first))
    if (!again) line(paint('bold', service))
    return ' '.repeat(first)
  }
  const detail = (text: string, style: 'dim' | 'red') => {
    const indent = first + MARK
    for (const part of wrapped(text, width - 1 - indent))
      line(' '.repeat(indent) + paint(style, part))
  }

  return {
    head() {
      const label = 'requests'.padStart((NUMBERS[0] + NUMBERS[1] + 'requests'.length) >> 1)
      line(paint('dim', ' '.repeat(left + last) + label))
      const name = wide ? 'service'.padEnd(first) : ' '.repeat(first)
      const columns = `${''.padEnd(MARK)}${'step'.padEnd(middle)}${'result'.padEnd(last)}`
      line(paint('dim', name + columns + figures(['token', 'API', 'time'])))
    },
    begin(service, step) {
      if (!live) return
      const text = `${' '.repeat(first)}${'...'.padEnd(MARK)}${step}`
      if (!wide && service !== current) serviceCell(service)
      screen.write(paint('dim', text.slice(0, width - 1)))
      pending = true
    },
    row({ service, step, outcome, result, requests, ms, note, expected, seen }) {
      clear()
      const start = serviceCell(service)
      const mark = paint(STYLES[outcome], MARKS[outcome].padEnd(MARK))
      const [head = '', ...more] = wrapped(result, last)
      const numbers =
        outcome === 'skipped'
          ? figures(['-', '-', '-'])
          : figures([String(requests.token), String(requests.api), duration(ms)])
      line(start + mark + step.padEnd(middle) + head.padEnd(last) + numbers)
      for (const part of more) line(' '.repeat(left) + part)
      if (note) detail(note, 'dim')
      if (expected !== undefined) detail(`expected  ${expected}`, 'red')
      if (seen !== undefined) detail(`seen      ${seen}`, 'red')
    },
  }
}

export function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** The text in lines of so many characters, broken at spaces, or in a long URL after a slash. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const slash = rest.lastIndexOf('/', width - 1) + 1
    const at = space > width / 2 ? space : Math.max(space, slash) || width
    lines.push(rest.slice(0, at))
    rest = rest.slice(at).trimStart()
  }
  return [...lines, rest]
}

const longest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length))
