import { type Command, InvalidArgumentError } from 'commander'
import { interruption } from '../interrupted.ts'
import { help } from './help.ts'
import type { Flags } from './serve.ts'

/** Adds `sandbox`: the five services on loopback, and the environment that leads there. */
export function addSandbox(program: Command): void {
  program
    .command('sandbox')
    .summary('let the five services listen on this machine')
    .description(help.description)
    .option('--port <number>', 'the first of a row of ports (default: free ones)', portNumber)
    .option('-o, --output <file>', 'write the variables to a new file, which is gone at the end')
    .option('--json', 'a JSON object to a line, instead of lines for a shell')
    .option('--quiet', 'do not tell of each request')
    .addHelpText('after', help.after)
    .action(async (flags: Flags) => {
      const { serve } = await import('./serve.ts')
      await serve(flags, process, interruption())
    })
}

function portNumber(value: string): number {
  const port = Number(value)
  if (/^\d+$/.test(value) && port <= 65_535) return port
  throw new InvalidArgumentError('It takes a port, up to 65535.')
}
