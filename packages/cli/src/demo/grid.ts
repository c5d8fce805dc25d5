import type { Row } from './run.ts'
import type { Screen } from './table.ts'

const FIRST = 19
const COLUMN = 8

/** A table of service × client, which grows cell by cell: how many requests each of them took. */
export function grid(
  { write, paint }: Pick<Screen, 'write' | 'paint'>,
  clients: readonly string[],
): { head(): void; cell(service: string, client: string, rows: readonly Row[]): void } {
  const parts = clients.map((name) => name.split('/'))
  const headLine = (first: string, of: number) => {
    const columns = parts.map((part) => (part[of] ?? '').padEnd(COLUMN)).join('')
    write(`${paint('dim', (first.padEnd(FIRST) + columns).trimEnd())}\n`)
  }
  let off: string[] = []

  return {
    head() {
      headLine('token + API', 0)
      headLine('requests through', 1)
    },
    cell(service, client, rows) {
      if (client === clients[0]) write(paint('bold', service.padEnd(FIRST)))
      const [token, api] = (['token', 'api'] as const).map((kind) =>
        rows.reduce((sum, { requests }) => sum + requests[kind], 0),
      )
      const wrong = rows.filter(({ outcome }) => outcome !== 'ok')
      const text = wrong.length > 0 ? 'OFF' : `${token} + ${api}`
      const last = client === clients.at(-1)
      write(paint(wrong.length > 0 ? 'red' : 'green', last ? text : text.padEnd(COLUMN)))
      off.push(
        ...wrong.flatMap(({ step, expected, seen }) => [
          `${client}, ${step}`,
          `  expected  ${expected}`,
          `  seen      ${seen}`,
        ]),
      )
      if (!last) return
      write('\n')
      for (const line of off) write(`  ${paint('red', line)}\n`)
      off = []
    },
  }
}
