import { stripVTControlCharacters } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { meter } from '../../src/request/meter.ts'
import { progress } from '../../src/request/progress.ts'
import { Screen } from './support.ts'

const MB = 1e6

function moved(columns: number, total: number | undefined, steps: [time: number, bytes: number][]) {
  const screen = new Screen(columns)
  let time = 0
  const shown = progress(screen as unknown as NodeJS.WriteStream, total, () => time)
  onTestFinished(() => shown.stop())
  for (const [at, bytes] of steps) {
    time = at
    shown.add(bytes)
  }
  return { screen, shown }
}

describe('a transfer', () => {
  test('that is short is not shown', () => {
    const { screen, shown } = moved(100, 100 * MB, [[999, 100 * MB]])
    shown.stop()
    expect(screen.text).toBe('')
  })

  test.each([
    [100, 40 * MB, /^\[={8}-{22}\] 25%  10\.0 MB of 40\.0 MB  5\.0 MB\/s  6s left$/],
    [70, 40 * MB, /^\[={3}-{9}\] 25%  10\.0 MB of 40\.0 MB  5\.0 MB\/s  6s left$/],
    [40, 40 * MB, /^25%  10\.0 MB of 40\.0 MB$/],
    [12, 40 * MB, /^25%  10\.0 MB$/],
    [100, undefined, /^10\.0 MB  5\.0 MB\/s$/],
  ])('that takes longer, in %i columns, of %s bytes', (columns, total, line) => {
    const { screen } = moved(columns, total, [[2000, 10 * MB]])
    expect(stripVTControlCharacters(screen.text).replace(/^.*\r/, '')).toMatch(line)
  })

  test('leaves nothing on the screen', () => {
    const { screen, shown } = moved(100, 40 * MB, [[2000, 10 * MB]])
    shown.stop()
    shown.stop()
    // To the start of the line, and all of it cleared.
    expect(screen.text.endsWith('\u001b[1G\u001b[2K')).toBe(true)
    // What a process that is killed could not take back: no cursor, no line breaks.
    for (const mode of ['25', '7']) expect(screen.text).not.toContain(`\u001b[?${mode}l`)
  })
})

describe('the meter', () => {
  test.each([
    ['no terminal', new Screen(), {}],
    ['a terminal that cannot take back a line', new Screen(80), { TERM: 'dumb' }],
  ])('shows nothing on %s', async (_, screen, env) => {
    const shown = meter(screen as unknown as NodeJS.WriteStream, env)
    await shown.start(10)
    shown.moved(5)
    shown.stop()
    expect(screen.text).toBe('')
  })
})
