import { fstatSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { bodyAsJson, headAsJson, headOf, readable } from './answer.ts'
import type { PendingFile } from './file.ts'

export interface Delivery {
  readonly stdout: NodeJS.WriteStream
  /** Takes the body; without it, the standard output does. */
  readonly file?: PendingFile | undefined
  readonly include?: boolean | undefined
  readonly json?: boolean | undefined
  /** The body may be what no terminal can show. */
  readonly raw?: boolean | undefined
  readonly signal: AbortSignal
}

/** Hands over an answer whose body comes in by these parts. */
export async function deliver(
  response: Response,
  parts: AsyncIterable<Uint8Array>,
  { stdout, file, include, json, raw, signal }: Delivery,
): Promise<void> {
  if (include && !json) stdout.write(headOf(response))
  const body = json && !file ? `,${await bodyAsJson(response, parts)}` : ''
  await file?.fill(parts, signal)
  if (json) {
    const head = JSON.stringify(headAsJson(response)).replace(/\p{Cc}/gu, escaped)
    stdout.write(`${head.replace(/\}$/, () => `${body}}`)}\n`)
  } else if (!file) {
    const shown = stdout.isTTY && !raw ? readable(parts) : parts
    await pipeline(shown, stdout, { signal, end: false })
  }
}

/** What JSON leaves as it is and a terminal obeys: the controls of Latin-1. */
const escaped = (control: string): string => `\\u00${control.charCodeAt(0).toString(16)}`

/** Whether the standard output is led into a file, by a shell's `>`. */
export function isSaved({ fd }: { readonly fd: number }): boolean {
  return fstatSync(fd).isFile()
}
