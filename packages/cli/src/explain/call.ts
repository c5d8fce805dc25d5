import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Signature, type Signer, SigningError } from '@countersign/core'
import { wireUrl } from '@countersign/core/kit'
import { headerOf } from '../header.ts'
import { urlOf } from '../place.ts'
import { UsageError } from '../usage-error.ts'
import type { ServiceName } from '../variables.ts'

/** One request, as it is given on the command line. */
export interface Call {
  /** Upper case, as every client sends it. */
  readonly method: string
  /** As a client normalizes it: absolute, without a fragment. */
  readonly url: string
  /** Absolute, but otherwise as it was typed. */
  readonly typed: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

export interface Arguments {
  readonly method: string
  /** Absolute, or a path below the address of the API. */
  readonly place: string
  readonly headers: readonly string[]
  readonly body: Uint8Array | undefined
}

const PLACE =
  'the place takes an http(s) URL without user and password, or a path below the address of the API'

/** @throws {UsageError} for what no client could send. */
export function callOf({ method, place, headers, body }: Arguments, baseUrl: string): Call {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(method)) {
    throw new UsageError('the method takes a word such as GET or POST')
  }
  const typed = urlOf(place, baseUrl)
  try {
    const url = wireUrl(typed, { allowInsecure: true }).href
    const named = headers.map(headerOf).map(([name, value]) => [name.toLowerCase(), value])
    return { method: method.toUpperCase(), url, typed, headers: Object.fromEntries(named), body }
  } catch (error) {
    if (error instanceof SigningError) throw new UsageError(PLACE)
    throw error
  }
}

/**
 * What a service's signer puts on a call.
 *
 * @throws {UsageError} if the call leads elsewhere: then it puts nothing there.
 */
export async function signedAtHome(
  service: ServiceName,
  signer: Signer,
  { method, url, headers }: Call,
): Promise<Signature> {
  try {
    return await signer.sign({ method, url, headers })
  } catch (error) {
    if (!(error instanceof SigningError && error.code === 'foreign-origin')) throw error
    const { origin } = new URL(url)
    throw new UsageError(`${origin} is not ${service}: nothing is signed for it`)
  }
}

/**
 * What an option gives: itself, the file behind an `@`, or the standard input for `-`. Nothing is
 * taken out of a file, as curl takes line breaks.
 *
 * @throws {UsageError} if the file cannot be read.
 */
export async function bytesOf(option: string, given: string, stdin: Readable): Promise<Buffer> {
  if (given === '-' || given === '@-') return buffer(stdin)
  if (!given.startsWith('@')) return Buffer.from(given)
  const path = given.slice(1)
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${option} names a file that cannot be read: ${path} (${code})`)
  }
}
