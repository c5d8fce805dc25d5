import { once } from 'node:events'
import { createSandbox, type Sandbox } from '@countersign/testing'
import { listen, type SandboxServer } from '@countersign/testing/server'
import { say } from '../exit.ts'
import { Failure, reasonOf } from '../failure.ts'
import { UsageError } from '../usage-error.ts'
import { ownedFile } from './owned-file.ts'
import { environmentOf, shellText } from './environment.ts'
import { examplesOf } from './examples.ts'
import { teller } from './log.ts'

export interface Flags {
  readonly port?: number
  readonly output?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/**
 * Has the sandbox listen until the process is told to stop.
 *
 * @throws {Interrupted} when it is.
 * @throws {Failure} if a port or the file cannot be had.
 */
export async function serve(
  { port, json = false, quiet, ...flags }: Flags,
  host: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
  interrupted: AbortSignal,
): Promise<never> {
  const { stdout, stderr } = host
  const tell = teller(host, json)
  let told = false
  const sandbox = createSandbox({
    // It may run for days.
    history: 0,
    onRequest: (request) => told && tell(request),
  })
  const examples = await examplesOf(sandbox)
  told = !quiet

  const server = await listening(sandbox, port)
  let removeFile = () => {}
  try {
    const s3 = server.origins['s3.us-east-1.amazonaws.com'] as string
    const services = environmentOf(server.options, s3)
    const text = shellText(services)
    if (flags.output) removeFile = ownedFile(flags.output, text)
    say('the sandbox listens until Ctrl-C')
    if (json) {
      const env = Object.assign({}, ...services.map(({ variables }) => variables))
      stdout.write(`${JSON.stringify({ env, examples })}\n`)
    } else {
      const lines = flags.output ? `the lines in ${flags.output}` : 'these lines'
      if (flags.output || stdout.isTTY)
        stderr.write(`\nIn another shell, ${lines} lead every command to it.\n`)
      if (!flags.output) stdout.write(stdout.isTTY ? `\n${text}` : text)
      stderr.write(`\nThen try:\n${examples.map((one) => `  ${one}\n`).join('')}\n`)
    }
    if (!interrupted.aborted) await once(interrupted, 'abort')
    throw interrupted.reason
  } finally {
    removeFile()
    await server.close()
  }
}

/** Each vendor's host has a port of its own. */
async function listening(sandbox: Sandbox, port: number | undefined): Promise<SandboxServer> {
  const count = sandbox.hosts.length
  const most = 65_536 - count
  if (port && port > most) {
    throw new UsageError(`--port takes up to ${most}: the first of ${count} in a row`)
  }
  try {
    return await listen(sandbox, port ? { port } : {})
  } catch (error) {
    const taken = Object(error).port ?? port
    throw new Failure(
      `port ${taken} cannot be listened on: ${reasonOf(error)}; --port is the first of ${count} in a row`,
      { cause: error },
    )
  }
}
