import { expect, test } from 'vitest'
import type { Row } from '../src/demo/run.ts'
import { summary } from '../src/demo/summary.ts'
import { duration, type Screen, table, wrapped } from '../src/demo/table.ts'

const row = (changes: Partial<Row> = {}): Row => ({
  service: 'kalibrate',
  step: 'call again',
  outcome: 'ok',
  result: '200, the same token',
  requests: { token: 0, api: 1 },
  ms: 12,
  ...changes,
})

const ROWS: readonly Row[] = [
  row(),
  row({
    step: 'a wrong secret',
    note: `POST https://host.example/${'8ad8cc5b-0c49-4b79-8ebd-6451465a92c2/'.repeat(2)}token answered 401 (invalid_client). Check the credentials.`,
  }),
  row({ service: 'optimizely-events', result: 'much longer than what any column has room for' }),
  row({ service: 'optimizely-events', outcome: 'skipped', result: 'sandbox only' }),
  row({
    outcome: 'off',
    result: 'not as expected',
    expected: '200',
    seen: '503 at the worst time',
  }),
]

function shown(width: number, changes: Partial<Screen> = {}): string {
  let text = ''
  const screen: Screen = {
    write: (more) => {
      text += more
    },
    width,
    live: false,
    paint: (_, plain) => plain,
    ...changes,
  }
  const names = ['optimizely-events', 'kalibrate']
  const teller = table(screen, names, ['a certificate, no secret', 'call again'])
  teller.head()
  for (const one of ROWS) {
    teller.begin?.(one.service, one.step)
    teller.row(one)
  }
  return text
}

test('columns are aligned where there is room', () => {
  expect(shown(100)).toMatchSnapshot()
})

test('a narrow screen has the service on a line of its own', () => {
  expect(shown(80)).toMatchSnapshot()
})

test.each([80, 100, 120, 200])('no line is as wide as a screen of %i', (width) => {
  for (const line of shown(width).split('\n')) expect(line.length).toBeLessThan(width)
})

test('a service is named in every row, or once to a screen that is watched', () => {
  const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('optimizely'))
  expect(lines(shown(120))).toHaveLength(2)
  expect(lines(shown(120, { live: true }).replaceAll('\r\u001b[2K', '\n'))).toHaveLength(1)
})

test('a step that is under way is seen only by who watches, and is taken back', () => {
  expect(shown(120)).not.toContain('...')
  expect(shown(120)).not.toContain('\u001b')
  expect(shown(120, { live: true })).toContain('...  call again\r\u001b[2Kkalibrate')
})

test('text is wrapped at spaces, and long addresses after a slash', () => {
  expect(wrapped('one two three', 8)).toEqual(['one two', 'three'])
  expect(wrapped('GET https://host.example/a/b', 25)).toEqual(['GET https://host.example/', 'a/b'])
  expect(wrapped('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(wrapped('', 4)).toEqual([''])
})

test('durations are short', () => {
  expect([duration(0), duration(999), duration(1_000), duration(12_340)]).toEqual([
    '0 ms',
    '999 ms',
    '1.0 s',
    '12.3 s',
  ])
})

test('the summary says what is off', () => {
  expect(summary([row()], 5)).toBe('1 service, 1 step, all as expected (5 ms)')
  expect(summary([row(), row({ outcome: 'skipped' })], 5)).toBe(
    '1 service, 2 steps, 1 left out, the others as expected (5 ms)',
  )
  const through = [row({ client: 'ky' }), row({ client: 'got' })]
  expect(summary([row(), ...through], 5)).toBe(
    '1 service, 1 step, 2 clients, all as expected (5 ms)',
  )
  expect(summary(through, 5)).toBe('1 service, 2 clients, all as expected (5 ms)')
  expect(summary(ROWS, 1_500)).toBe('2 services, 5 steps, 1 off: kalibrate 1 (1.5 s)')
})
