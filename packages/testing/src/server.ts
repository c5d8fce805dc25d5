import { type ListeningOptions, reachedAt } from './endpoints.ts'
import { listeners } from './listener.ts'
import type { Sandbox } from './sandbox.ts'

export interface ListenOptions {
  /** The first of a row of ports, one for each vendor host. Default: free ports. */
  readonly port?: number
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly hostname?: string
}

export type { ListeningOptions }

/** A sandbox that listens. */
export interface SandboxServer {
  /** Where each vendor host is reached: `data.angus.ai` → `http://127.0.0.1:<port>`. */
  readonly origins: Readonly<Record<string, string>>
  readonly options: ListeningOptions
  /** Stops listening and ends every connection, idle ones and unfinished ones too. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves the sandbox over real HTTP on loopback, each vendor host by a listener of its own, so that
 * two hosts are two origins here too.
 */
export async function listen(
  sandbox: Sandbox,
  { port, hostname = '127.0.0.1' }: ListenOptions = {},
): Promise<SandboxServer> {
  const { origins, close } = await listeners(sandbox, port, hostname)
  const options = reachedAt(origins, sandbox.options)
  return { origins, options, close, [Symbol.asyncDispose]: close }
}
