import { Command, CommanderError } from 'commander'
import { addDemo } from './demo/command.ts'
import { UsageError } from './usage-error.ts'

const WRONG_USAGE = 2

// `countersign demo | head` has read enough.
process.stdout.on('error', () => process.exit(1))

const program = new Command('countersign')
  .description('Authenticated requests and temporary credentials from the command line.')
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, 'countersign: ')),
  })
addDemo(program)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE
  } else if (error instanceof UsageError) {
    for (const line of error.message.split('\n')) process.stderr.write(`countersign: ${line}\n`)
    process.exitCode = WRONG_USAGE
  } else throw error
}
