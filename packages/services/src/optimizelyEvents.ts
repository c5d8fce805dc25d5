import {
  type AwsCredentials,
  bearer,
  type CachedProvider,
  exchange,
  expiresAt,
  OptionError,
  type SecretSource,
} from '@countersign/core'
import { assertOptions, unexpected, wrong } from '@countersign/core/kit'
import type { JsonObject } from 'type-fest'
import { baseUrlOf, matching, seams, type ServiceOptions, type SourceWrapper } from './service.ts'

export type { ServiceOptions, SourceWrapper }

export interface OptimizelyEventsOptions extends ServiceOptions {
  /** A personal access token. */
  token: SecretSource
  /** How long the credentials shall live: `15m` to `60m`, or `1h`. Default `1h`, the maximum. */
  duration?: string | undefined
}

/** Temporary credentials for Amazon S3, and where in the bucket they lead. */
export interface ExportCredentials extends AwsCredentials {
  readonly sessionToken: string
  readonly expiresAt: number
  /** As Optimizely writes it, with or without a slash at the end: {@link parseS3Path} reads both. */
  readonly s3Path: string
}

interface ExportDay {
  /** Digits. */
  accountId: string | number
  /** A day of the calendar, `YYYY-MM-DD`. */
  date: string
}

/** One day of decisions, or those of one experiment; one day of events, or those of one name. */
export type ExportFolder =
  | (ExportDay & { type: 'decisions'; experiment?: string | number; event?: never })
  | (ExportDay & { type: 'events'; event?: string; experiment?: never })

export interface S3Location {
  readonly bucket: string
  /** Ends in a slash: the credentials open that one folder only, and S3 denies what is written without it. */
  readonly prefix: string
  readonly uri: string
}

export interface OptimizelyEvents {
  /** Kept until shortly before they end. When Optimizely fails, S3 decides whether the old ones still do. */
  readonly credentials: CachedProvider<ExportCredentials>
  readonly region: 'us-east-1'
  /** @throws {OptionError} if a member is missing or wrong. */
  location(folder: ExportFolder): S3Location
}

const BASE_URL = 'https://api.optimizely.com/v2'
const BUCKET = 'optimizely-events-data'

/**
 * Optimizely's Enriched Events Export: the credentials for its bucket, and the folders in there.
 *
 * @throws {OptionError} if an option is missing or wrong.
 */
export function optimizelyEvents(options: OptimizelyEventsOptions): OptimizelyEvents {
  const { request, keep } = seams(options)
  const { duration = '1h' } = options
  const given = typeof duration === 'string' ? duration : ''
  const [, figure, unit] = /^(\d{1,2})([hm])$/i.exec(given) ?? []
  const minutes = Number(figure) * (unit?.toLowerCase() === 'h' ? 60 : 1)
  if (!(minutes >= 15 && minutes <= 60)) throw wrong('duration', "'15m' to '60m' or '1h'", duration)

  const source = exchange({
    ...request,
    url: `${baseUrlOf(options, BASE_URL)}/export/credentials?duration=${duration}`,
    signer: bearer(options.token),
    read: readCredentials,
  })
  const credentials = keep<ExportCredentials>(source, { staleIfError: true })
  return Object.freeze({ credentials, region: 'us-east-1', location })
}

function readCredentials(body: unknown): ExportCredentials {
  const { credentials, s3Path } = Object(body) as JsonObject
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = Object(credentials)
  const given = { accessKeyId, secretAccessKey, sessionToken, expiration, s3Path }
  const missing = Object.entries(given).flatMap(([name, value]) => {
    const kinds = name === 'expiration' ? ['number', 'string'] : ['string']
    return value !== '' && kinds.includes(typeof value) ? [] : [name]
  })
  if (missing.length > 0) throw unexpected(`it lacks ${missing.join(', ')}`)
  parseS3Path(s3Path as string)
  const end = expiresAt(expiration, 'expiration') as number
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt: end, s3Path: s3Path as string }
}

/**
 * Takes an `s3Path` apart, with or without a slash at its end.
 *
 * @throws {CountersignError} `invalid-response`, if it is of another form.
 */
export function parseS3Path(path: string): S3Location & { readonly accountId: string } {
  const [, bucket, folder, accountId] =
    /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])\/((?:[^/\p{Cc}]+\/)*account_id=(\d+))\/?$/u.exec(
      path,
    ) ?? []
  if (!bucket || !accountId) {
    throw unexpected('`s3Path` is not of the form s3://<bucket>/v1/account_id=<digits>')
  }
  const prefix = `${folder}/`
  return { bucket, prefix, uri: `s3://${bucket}/${prefix}`, accountId }
}

/** What a day of each type is divided by, and what names a part of it. */
const PARTITIONS = {
  decisions: { by: 'experiment', form: /^\d+$/, takes: 'digits' },
  events: { by: 'event', form: /^[^/\p{Cc}]+$/u, takes: 'a name without slashes' },
} as const

function location(folder: ExportFolder): S3Location {
  assertOptions(folder)
  const { accountId, type, date } = folder
  if (type !== 'decisions' && type !== 'events')
    throw wrong('type', "'decisions' or 'events'", type)
  const { by, form, takes } = PARTITIONS[type]
  const other = by === 'event' ? 'experiment' : 'event'
  if (folder[other] !== undefined) {
    throw new OptionError(other, `cannot go together with type '${type}', which takes \`${by}\``)
  }
  const account = matching('accountId', textOf(accountId), /^\d+$/, 'digits')
  if (typeof date !== 'string' || dayOf(date) !== date) {
    throw wrong('date', 'a day of the calendar, YYYY-MM-DD', date)
  }
  const name = folder[by]
  const part = name === undefined ? '' : `${by}=${matching(by, textOf(name), form, takes)}/`
  const prefix = `v1/account_id=${account}/type=${type}/date=${date}/${part}`
  return { bucket: BUCKET, prefix, uri: `s3://${BUCKET}/${prefix}` }
}

/** A number may stand for its digits. */
const textOf = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)

/** The day as the calendar has it: 30 February is in March. */
function dayOf(date: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined
  return new Date(`${date}T00:00:00Z`).toJSON()?.slice(0, 10)
}
