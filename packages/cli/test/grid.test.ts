import { expect, test } from 'vitest'
import { clients } from '../src/demo/clients.ts'
import { grid } from '../src/demo/grid.ts'
import type { Row } from '../src/demo/run.ts'
import { serviceNames } from '../src/variables.ts'

const row = (token: number, api: number, changes: Partial<Row> = {}): Row => ({
  service: 'kalibrate',
  client: 'got',
  step: 'call again',
  outcome: 'ok',
  result: '200',
  requests: { token, api },
  ms: 1,
  ...changes,
})

test('a line for each service, and below it what is off; 80 columns are enough', () => {
  let text = ''
  const screen = {
    write: (more: string) => {
      text += more
    },
    paint: (_: string, plain: string) => plain,
  }
  const names = clients.map(({ name }) => name)
  const teller = grid(screen, names)
  teller.head()
  for (const service of serviceNames) {
    for (const name of names) {
      const off = service === 'kalibrate' && name === 'got'
      const wrong = { outcome: 'off', expected: '0 token + 1 API requests', seen: '2' } as const
      teller.cell(service, name, [row(1, 1), off ? row(1, 1, wrong) : row(1, 3)])
    }
  }
  expect(text).toMatchSnapshot()
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(80)
})
