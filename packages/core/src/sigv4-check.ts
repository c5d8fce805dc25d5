import { OptionError } from './errors.ts'
import { functionOr, headerValue, milliseconds, wrong } from './options.ts'
import type { AwsCredentials } from './provider.ts'
import { type Coverage, coverage } from './sigv4-canonical.ts'
import type { Sigv4Options } from './sigv4-options.ts'

const DAY = 86_400_000

/** Those that take a path for a key: it is escaped once, and each slash and dot counts. */
const S3 = /^s3(?:-outposts|-object-lambda|express)?$/

/** Options in which nothing is left to be checked or defaulted. */
export interface Sigv4Rules extends Required<Sigv4Options> {
  readonly isS3: boolean
  readonly covers: Coverage
}

export function checked(options: Sigv4Options): Sigv4Rules {
  const given: Partial<Sigv4Options> = options ?? {}
  const { credentials } = given
  const service = inScope('service', given.service)
  const isS3 = S3.test(service)
  const unsignedPayload = flag('unsignedPayload', given.unsignedPayload, false)
  return {
    credentials:
      typeof credentials === 'function' ? credentials : triple('credentials', credentials),
    region: inScope('region', given.region),
    service,
    isS3,
    covers: coverage(unsignedPayload),
    unsignedPayload,
    normalizePath: flag('normalizePath', given.normalizePath, !isS3),
    doubleEncode: flag('doubleEncode', given.doubleEncode, !isS3),
    now: functionOr('now', given.now, Date.now),
    maxClockOffset: milliseconds('maxClockOffset', given.maxClockOffset, DAY),
  }
}

/** Credentials of which each part can stand in a header. */
export function triple(option: string, value: unknown): AwsCredentials {
  if (typeof value !== 'object' || !value) {
    throw wrong(option, 'an object with accessKeyId and secretAccessKey', value)
  }
  const { accessKeyId, secretAccessKey, sessionToken } = value as Partial<AwsCredentials>
  const part = (name: string, text: unknown) => headerValue(`${option}.${name}`, text)
  const id = part('accessKeyId', accessKeyId)
  if (/[ ,]/.test(id)) throw new OptionError(`${option}.accessKeyId`, 'takes no space or comma')
  return {
    accessKeyId: id,
    secretAccessKey: part('secretAccessKey', secretAccessKey),
    ...(sessionToken !== undefined && { sessionToken: part('sessionToken', sessionToken) }),
  }
}

function inScope(option: string, value: unknown): string {
  if (typeof value === 'string' && /^[\w.-]+$/.test(value)) return value
  throw wrong(option, 'letters, digits, hyphens and dots', value)
}

function flag(option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value === 'boolean') return value
  throw wrong(option, 'true or false', value)
}
