import { styleText } from 'node:util'
import type { Command } from 'commander'
import { UsageError } from '../usage-error.ts'
import { type ServiceName, serviceNames } from '../variables.ts'
import { demos } from './demos.ts'
import { help } from './help.ts'
import { acts, openHouse } from './play.ts'
import { type Act, type Row, run, type Teller } from './run.ts'
import { summary } from './summary.ts'
import { type Screen, table } from './table.ts'

/** As a shell reports it: 128 and the number of SIGINT. */
const INTERRUPTED = 130

interface Flags {
  readonly live?: boolean
  readonly json?: boolean
}

/** Adds `demo`: what every service's documents describe, gone through step by step. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('go through what the documents of each service describe')
    .description(help.description)
    .argument('[service...]', `${serviceNames.join(', ')}; without one: all five`)
    .option('--live', 'against the real hosts, with credentials from the environment')
    .option('--json', 'a JSON object to a line for each step, instead of a table')
    .addHelpText('after', help.after)
    .action(async (names: string[], flags: Flags) => {
      process.exitCode = await demonstrate(chosen(names), flags)
    })
}

/** @returns The exit code. */
async function demonstrate(services: readonly ServiceName[], flags: Flags): Promise<number> {
  const wanted = demos.filter(({ service }) => services.includes(service))
  const house = flags.live ? undefined : await openHouse(wanted)
  const close = async () => house?.close()
  process.once('SIGINT', () => {
    // Below what the terminal shows of the key.
    if (process.stdout.isTTY) process.stdout.write('\n')
    close().finally(() => process.exit(INTERRUPTED))
  })
  try {
    const ready = acts(wanted, house, process.env)
    const rows = await (flags.json ? run(ready, lines) : inTable(ready, flags))
    return rows.some(({ outcome }) => outcome === 'off') ? 1 : 0
  } finally {
    await close()
  }
}

const lines: Teller = { row: (row) => process.stdout.write(`${JSON.stringify(row)}\n`) }

async function inTable(ready: readonly Act[], { live }: Flags): Promise<Row[]> {
  const out = screen(process.stdout)
  const start = performance.now()
  out.write(
    live
      ? 'Against the real hosts, with credentials from the environment.\n\n'
      : 'Against the sandbox: real HTTP on 127.0.0.1, and nothing leaves this machine.\n\n',
  )
  const titles = ready.flatMap(({ steps }) => steps.map(({ title }) => title))
  const teller = table(out, serviceNames, titles)
  teller.head()
  const rows = await run(ready, teller)
  const well = rows.every(({ outcome }) => outcome !== 'off')
  const text = summary(rows, Math.round(performance.now() - start))
  out.write(`\n${out.paint(well ? 'green' : 'red', text)}\n`)
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

/** @throws {UsageError} for a name that is none. */
function chosen(names: readonly string[]): readonly ServiceName[] {
  const unknown = names.filter((name) => !serviceNames.includes(name as ServiceName))
  if (unknown.length > 0) {
    const list = unknown.map((name) => JSON.stringify(name)).join(', ')
    throw new UsageError(`there is no service ${list}: the five are ${serviceNames.join(', ')}`)
  }
  return names.length > 0 ? (names as ServiceName[]) : serviceNames
}
