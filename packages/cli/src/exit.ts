import { CountersignError, OptionError } from '@countersign/core'
import { CommanderError } from 'commander'
import { Failure } from './failure.ts'
import { Interrupted } from './interrupted.ts'
import { UsageError } from './usage-error.ts'

/** What the command ends with. Each command's `--help` says which of them it can. */
export const exitCodes = {
  ok: 0,
  /** A service could not be reached, or refused; a file could not be written; a step of the demo is off. */
  failed: 1,
  /** An unknown service or option, a variable that is missing or wrong. */
  usage: 2,
  /** What was asked for was answered with a status of 4xx, or of 5xx. */
  clientError: 4,
  serverError: 5,
  /** As a shell reports it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const

/** The lines to show for an error, and the code to end with. What is unforeseen is thrown again, for its stack. */
export function ending(error: unknown): { lines: readonly string[]; code: number } {
  // Commander has written its own line.
  if (error instanceof CommanderError) {
    return { lines: [], code: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage }
  }
  if (error instanceof Interrupted) return { lines: [], code: error.code }
  if (error instanceof UsageError || error instanceof OptionError) {
    return { lines: error.message.split('\n'), code: exitCodes.usage }
  }
  if (error instanceof CountersignError || error instanceof Failure) {
    // A last sentence such as "`signer: false` sends the request unsigned." is for who writes code.
    const words = error.message.replace(/ `[^`]+`[^`.]*\.$/, '')
    return { lines: [words.replaceAll('\n', ' ')], code: exitCodes.failed }
  }
  throw error
}

/** Tells the user something in one line, where it is in nobody's way, and nothing that a terminal obeys. */
export function say(line: string, stream: NodeJS.WritableStream = process.stderr): void {
  stream.write(`countersign: ${line.replace(/\p{Cc}/gu, '?')}\n`)
}
