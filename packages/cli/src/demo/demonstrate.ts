import { styleText } from 'node:util'
import { exitCodes } from '../exit.ts'
import { type ServiceName, serviceNames } from '../variables.ts'
import { demos } from './demos.ts'
import { grid } from './grid.ts'
import { acts, cells, openHouse } from './play.ts'
import { type Act, type Row, run, type Teller } from './run.ts'
import type { House } from './stage.ts'
import type { Demo } from './step.ts'
import { summary } from './summary.ts'
import { type Screen, table } from './table.ts'

export interface Flags {
  readonly live?: boolean
  readonly clients?: boolean
  readonly json?: boolean
}

type Cells = ReturnType<typeof cells>

/** @returns The exit code. */
export async function demonstrate(services: readonly ServiceName[], flags: Flags): Promise<number> {
  const wanted = demos.filter(({ service }) => services.includes(service))
  const house = flags.live ? undefined : await openHouse(wanted)
  // The steps end with credentials that are revoked for good.
  const another = flags.live ? undefined : await openHouse([])
  const close = async () => {
    await Promise.all([house?.close(), another?.close()])
  }
  process.once('SIGINT', () => {
    // Below what the terminal shows of the key.
    if (process.stdout.isTTY) process.stdout.write('\n')
    close().finally(() => process.exit(exitCodes.interrupted))
  })
  try {
    const ready = flags.clients ? [] : acts(wanted, house, process.env)
    const through = another ? await throughClients(wanted, another) : []
    const rows = flags.json
      ? await run([...ready, ...through], lines)
      : await inTables(ready, through, flags)
    return rows.some(({ outcome }) => outcome === 'off') ? exitCodes.failed : exitCodes.ok
  } finally {
    await close()
  }
}

async function throughClients(wanted: readonly Demo[], house: House): Promise<Cells> {
  // What would slow down the start of everything else.
  const { clients } = await import('./clients.ts')
  const services = wanted.map(({ service }) => service)
  return cells(services, clients, house)
}

const lines: Teller = { row: (row) => process.stdout.write(`${JSON.stringify(row)}\n`) }

async function inTables(ready: readonly Act[], through: Cells, { live }: Flags): Promise<Row[]> {
  const out = screen(process.stdout)
  const start = performance.now()
  out.write(
    live
      ? 'Against the real hosts, with credentials from the environment.\n\n'
      : 'Against the sandbox: real HTTP on 127.0.0.1, and nothing leaves this machine.\n\n',
  )
  const rows = ready.length > 0 ? await inSteps(ready, out) : []
  if (rows.length > 0 && through.length > 0) out.write('\n')
  rows.push(...(await inGrid(through, out)))
  const well = rows.every(({ outcome }) => outcome !== 'off')
  const text = summary(rows, Math.round(performance.now() - start))
  out.write(`\n${out.paint(well ? 'green' : 'red', text)}\n`)
  return rows
}

async function inSteps(ready: readonly Act[], out: Screen): Promise<Row[]> {
  const titles = ready.flatMap(({ steps }) => steps.map(({ title }) => title))
  const teller = table(out, serviceNames, titles)
  teller.head()
  return run(ready, teller)
}

async function inGrid(through: Cells, out: Screen): Promise<Row[]> {
  if (through.length === 0) return []
  const rows: Row[] = []
  const teller = grid(out, [...new Set(through.map(({ client }) => client))])
  teller.head()
  for (const cell of through) {
    const own = await run([cell], { row: () => {} })
    teller.cell(cell.service, cell.client, own)
    rows.push(...own)
  }
  return rows
}

function screen(stream: NodeJS.WriteStream): Screen {
  return {
    write: (text) => void stream.write(text),
    width: stream.columns ?? 100,
    live: Boolean(stream.isTTY) && process.env.TERM !== 'dumb',
    // Looks at the stream, NO_COLOR and FORCE_COLOR itself.
    paint: (style, text) => styleText(style, text, { stream }),
  }
}
