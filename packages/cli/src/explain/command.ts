import type { Command } from 'commander'
import { chosen } from '../chosen.ts'
import { secretOption } from '../secret.ts'
import { serviceNames } from '../variables.ts'
import { help } from './help.ts'
import type { Flags } from './run.ts'

/** Adds `explain`: why a signature is what it is. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('show why a signature is what it is, and what is wrong with another')
    .description(help.description)
    .argument('<service>', serviceNames.join(', '))
    .argument('<METHOD>', 'GET, POST and others')
    .argument('<url or path>', 'a path is below the address of the API')
    .option('-H, --header <header>', "'Name: value'; as often as need be", collected)
    .option('-d, --data <data>', 'the body: text, @file, or - for standard input')
    .option('--compare <header>', 'an Authorization header: text, @file, or - for standard input')
    .option('--json', 'print one JSON object')
    .option(secretOption.flags, secretOption.about)
    .addHelpText('after', help.after)
    .action(async (name: string, method: string, place: string, flags: Flags) => {
      const service = chosen(name)
      const { run } = await import('./run.ts')
      process.exitCode = await run(service, method, place, flags)
    })
}

const collected = (value: string, all: readonly string[] = []): string[] => [...all, value]
