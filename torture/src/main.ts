import { parseArgs } from 'node:util'
import { report, textOf } from './report.ts'
import { type TortureOptions, torture } from './torture.ts'

const HELP = `pnpm torture [options]

Every service by every client at once, at vendors whose tokens live for 200 ms to 2 s, who refuse, revoke and
redirect, over connections that break, by clocks that jump. Ends with 1 unless everything is as it must be.

  --seconds <n>   how long, 1 to 3600; default 10
  --workers <n>   how many call at the same time, 1 to 1000; default 64
  --faults <a-b>  percent of the requests, and of the connections, that something befalls: a rate that
                  wanders between the two, or one number; default 1-30
  --seed <n>      repeats the calls, faults and events of a run, each in its order, if not at the same moment
  --json          the report as data
  --help
`

/** @throws {TypeError} for what it does not take. */
function options(): (TortureOptions & { json: boolean }) | undefined {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      workers: { type: 'string', default: '64' },
      faults: { type: 'string', default: '1-30' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const number = (name: 'seconds' | 'workers' | 'seed', least: number, most: number): number => {
    const value = /^\d+$/.test(values[name]) ? Number(values[name]) : Number.NaN
    if (value >= least && value <= most) return value
    throw new TypeError(
      `--${name} takes a whole number from ${least} to ${most}, not '${values[name]}'`,
    )
  }
  const [, least, most = least] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(values.faults) ?? []
  if (!Number(least) || Number(least) > Number(most)) {
    throw new TypeError(
      `--faults takes percentages such as 1-30, or one of them, not '${values.faults}'`,
    )
  }
  return {
    seconds: number('seconds', 1, 3_600),
    workers: number('workers', 1, 1_000),
    seed: number('seed', 0, 2 ** 31 - 1),
    faults: [Number(least), Number(most)],
    json: values.json,
  }
}

/** What is asked for; a mistake is said, and ends with 2. */
function asked(): ReturnType<typeof options> {
  try {
    const given = options()
    if (!given) process.stdout.write(HELP)
    return given
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 2
    return undefined
  }
}

const given = asked()
if (given) {
  const { json, ...how } = given
  const { seconds, workers, faults, seed } = how
  const rate = [...new Set(faults)].join(' to ')
  process.stderr.write(`${seconds} s by ${workers} workers, faults at ${rate} %, --seed ${seed}\n`)
  const found = report(how, await torture(how))
  process.stdout.write(`${json ? JSON.stringify(found, null, 2) : textOf(found)}\n`)
  if (!found.passed) process.exitCode = 1
  // Does not hold the process: it is reached only if something else does.
  setTimeout(() => {
    process.stderr.write(
      `The process does not end: ${process.getActiveResourcesInfo().join(', ')}\n`,
    )
    process.exit(1)
  }, 5_000).unref()
}
