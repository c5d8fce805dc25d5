#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addCredentials } from './credentials/command.ts'
import { addDemo } from './demo/command.ts'
import { ending, exitCodes, say } from './exit.ts'
import { addExplain } from './explain/command.ts'
import { reasonOf } from './failure.ts'
import { addRequest } from './request/command.ts'
import { addSandbox } from './sandbox/command.ts'
import { addToken } from './token/command.ts'

// `countersign demo | head` has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') say(`the output cannot be written: ${reasonOf(error)}`)
  process.exit(exitCodes.failed)
})

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
const { version } = JSON.parse(manifest) as { version: string }

const examples = `
Examples:
  countersign credentials optimizely-events   for aws and every AWS SDK
  countersign token kalibrate                 for a program that sends by itself
  countersign request angus GET /entities     one request, sent with all it takes
  countersign sandbox                         the five services on this machine
  countersign demo                            the five services, in a sandbox

Each command's --help has more of them, its variables and its exit codes.`

const program = new Command('countersign')
  .description('Authenticated requests and temporary credentials from the command line.')
  .version(version)
  .exitOverride()
  .configureOutput({
    outputError: (text) =>
      say(
        text
          .replace(/^error: /, '')
          .trimEnd()
          .replaceAll('\n', ' '),
      ),
  })
  .addHelpText('after', examples)
// What a command needs is imported by its action: each starts as fast as if it were alone.
addCredentials(program)
addToken(program)
addRequest(program)
addExplain(program)
addSandbox(program)
addDemo(program)

try {
  const [, , ...args] = process.argv
  await program.parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' })
} catch (error) {
  const { lines, code } = ending(error)
  for (const line of lines) say(line)
  process.exitCode = code
}
