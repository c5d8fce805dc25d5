import { openSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { devNull } from 'node:os'
import { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { Environment } from '../../src/env.ts'
import type { Flags, Host, Order } from '../../src/request/order.ts'
import { request } from '../../src/request/request.ts'

/** A server of the test's own, which ends with it. */
export async function serve(
  listener: (...args: Parameters<RequestListener>) => unknown,
): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    try {
      await listener(incoming, outgoing)
    } catch {
      // Its client has left in the middle.
      outgoing.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A signer that does not read the body, and one that does, for a server of the test's own. */
export const bearerAt = (url: string): Environment => ({
  AMPERITY_TENANT: 'acme',
  AMPERITY_TOKEN: 'a-token-of-some-length',
  AMPERITY_BASE_URL: url,
})
export const hmacAt = (url: string): Environment => ({
  OPTIMIZELY_DXP_KEY: 'key',
  OPTIMIZELY_DXP_SECRET: 'c2VjcmV0',
  OPTIMIZELY_DXP_BASE_URL: url,
})

const nowhere = openSync(devNull, 'w')

/** A stream as the process has it, which keeps what is written. */
export class Screen extends Writable {
  readonly isTTY: boolean
  readonly columns: number
  readonly fd = nowhere
  private readonly parts: Buffer[] = []

  constructor(columns = 0) {
    super()
    this.isTTY = columns > 0
    this.columns = columns
  }

  override _write(part: Buffer, _encoding: string, done: () => void): void {
    this.parts.push(part)
    done()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.parts)
  }

  get text(): string {
    return this.bytes.toString()
  }
}

export interface Sent {
  readonly code: number
  readonly stdout: Screen
  readonly stderr: Screen
}

/** Sends a request as the command does, in this process. */
export async function sent(
  env: Environment,
  [service, method, target]: readonly [Order['service'], string, string],
  flags: Partial<Flags> = {},
  {
    stdin = Readable.from([]),
    stdout = new Screen(),
    stderr = new Screen(),
    signal = new AbortController().signal,
  } = {},
): Promise<Sent> {
  const host = { env, stdin, stdout, stderr } as unknown as Host
  const order = { service, method, target, flags: { timeout: 30, cache: false, ...flags } }
  return { code: await request(order, host, 'countersign/1.2.3', signal), stdout, stderr }
}
