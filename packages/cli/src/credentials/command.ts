import { type Command, Option } from 'commander'
import { secretOption } from '../secret.ts'
import { help } from './help.ts'
import type { Flags } from './print.ts'

/** Adds `credentials`: temporary AWS credentials, for AWS's own tools and for a shell. */
export function addCredentials(program: Command): void {
  program
    .command('credentials')
    .summary('print temporary AWS credentials')
    .description(help.description)
    .argument('<service>', 'optimizely-events')
    .option('--duration <time>', 'how long they shall live, 15m to 1h (default: "1h")')
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['process', 'env', 'json'] satisfies Flags['format'][])
        .default('process'),
    )
    .option('--no-cache', 'neither use what an earlier run left, nor leave anything')
    .option(secretOption.flags, secretOption.about)
    .addHelpText('after', help.after)
    .action(async (service: string, flags: Flags) => {
      const { printCredentials } = await import('./print.ts')
      await printCredentials(service, flags)
    })
}
