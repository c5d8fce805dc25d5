import { type Command, InvalidArgumentError } from 'commander'
import { chosen } from '../chosen.ts'
import { interruption } from '../interrupted.ts'
import { secretOption } from '../secret.ts'
import { UsageError } from '../usage-error.ts'
import { serviceNames } from '../variables.ts'
import { help } from './help.ts'
import type { Flags } from './order.ts'

/** Adds `request`: an authenticated request, for people and for scripts. */
export function addRequest(program: Command): void {
  program
    .command('request')
    .summary('send an authenticated request')
    .description(help.description)
    .argument('<service>', serviceNames.join(', '))
    .argument('<METHOD>', 'GET, POST and others')
    .argument('<url or path>', 'a path is below the address of the API')
    .option('-H, --header <header>', "'Name: value'; as often as need be", collected)
    .option('-d, --data <data>', 'the body: text, @file, or - for the standard input', once('-d'))
    .option('-i, --include', 'print the status line and the headers before the body')
    .option('-o, --output <file>', 'save the body; - is the standard output', once('-o'))
    .option('--json', 'print one JSON object with the status, the headers and the body')
    .option(
      '--timeout <seconds>',
      'give up when nothing has moved for so long, up to 300',
      seconds,
      60,
    )
    .option('--no-cache', 'obtain a token anew, and keep it from the next run')
    .option(secretOption.flags, secretOption.about)
    .addHelpText('after', help.after)
    .action(async (name: string, method: string, target: string, flags: Flags) => {
      const service = chosen(name)
      const { request } = await import('./request.ts')
      const agent = `countersign/${program.version()}`
      const order = { service, method, target, flags }
      process.exitCode = await request(order, process, agent, interruption())
    })
}

const collected = (value: string, all: readonly string[] = []): string[] => [...all, value]

// Not commander's errors, which show the value.
const once = (option: string) => (value: string, before: string | undefined) => {
  if (before !== undefined) throw new UsageError(`${option} is given twice`)
  if (option === '-o' && value === '') throw new UsageError('-o takes the name of a file')
  return value
}

/** What fetch itself waits at most. */
const MOST = 300

function seconds(value: string): number {
  const number = Number(value)
  if (number > 0 && number <= MOST) return number
  throw new InvalidArgumentError(`It takes seconds, up to ${MOST}.`)
}
