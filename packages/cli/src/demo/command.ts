import { type Command, Option } from 'commander'
import { chosenAmong } from '../chosen.ts'
import { serviceNames } from '../variables.ts'
import type { Flags } from './demonstrate.ts'
import { help } from './help.ts'

/** Adds `demo`: what every service's documents describe, gone through step by step. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('go through what the documents of each service describe')
    .description(help.description)
    .argument('[service...]', `${serviceNames.join(', ')}; without one: all five`)
    .option('--live', 'against the real hosts, with credentials from the environment')
    .addOption(new Option('--clients', 'only the table of service x client').conflicts('live'))
    .option('--json', 'a JSON object to a line for each step, instead of a table')
    .addHelpText('after', help.after)
    .action(async (names: string[], flags: Flags) => {
      const services = names.length > 0 ? chosenAmong(names) : serviceNames
      const { demonstrate } = await import('./demonstrate.ts')
      process.exitCode = await demonstrate(services, flags)
    })
}
