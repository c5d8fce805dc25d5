import type { Command } from 'commander'
import { secretOption } from '../secret.ts'
import { help } from './help.ts'
import type { Flags } from './print.ts'

/** Adds `token`: an access token, for whatever else sends requests. */
export function addToken(program: Command): void {
  program
    .command('token')
    .summary('print an access token')
    .description(help.description)
    .argument('<service>', 'kalibrate, amperity or angus')
    .option('--json', 'with its type, and when it ends')
    .option('--no-cache', 'neither use what an earlier run left, nor leave anything')
    .option(secretOption.flags, secretOption.about)
    .addHelpText('after', help.after)
    .action(async (service: string, flags: Flags) => {
      const { printToken } = await import('./print.ts')
      await printToken(service, flags)
    })
}
