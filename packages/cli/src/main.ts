import { Command } from 'commander'
import { addDemo } from './demo/command.ts'
import { ending, exitCodes } from './exit.ts'

// `countersign demo | head` has read enough.
process.stdout.on('error', () => process.exit(exitCodes.failed))

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
  const { lines, code } = ending(error)
  for (const line of lines) process.stderr.write(`countersign: ${line}\n`)
  process.exitCode = code
}
