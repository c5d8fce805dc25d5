import {
  type AwsCredentials,
  CountersignError,
  expiresAt,
  type MaybePromise,
  type ProviderOptions,
} from '@countersign/core'
import { isHeaderValue, unexpected } from '@countersign/core/kit'

/** A `Date`, ISO 8601 with a zone, epoch milliseconds, or epoch seconds. */
export type Instant = Date | string | number

/** Credentials under any of the names in use: this library's and the AWS SDK's, those of AWS STS and of its metadata services, botocore's. */
export type GivenCredentials =
  | {
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken?: string | null | undefined
      readonly expiresAt?: Instant | null | undefined
      readonly expiration?: Instant | null | undefined
      readonly accountId?: string | undefined
    }
  | {
      readonly AccessKeyId: string | undefined
      readonly SecretAccessKey: string | undefined
      readonly SessionToken?: string | null | undefined
      readonly Expiration?: Instant | null | undefined
      readonly AccountId?: string | undefined
    }
  | {
      readonly AccessKeyId: string
      readonly SecretAccessKey: string
      readonly Token: string
      readonly Expiration: Instant
      readonly AccountId?: string | undefined
    }
  | {
      readonly access_key: string
      readonly secret_key: string
      readonly token: string | null
      readonly expiry_time: Instant | null
      readonly account_id?: string | undefined
    }

/** {@link AwsCredentials}, and whose they are. */
export interface AwsAccountCredentials extends AwsCredentials {
  /** Twelve digits, where the source tells them. */
  readonly accountId?: string
}

/** Obtains credentials from wherever they come from, under any of the names in use. */
// A method's type, as `Provider` is one, and for the same reason.
export type AwsCredentialSource = {
  provide(options?: ProviderOptions<AwsAccountCredentials>): MaybePromise<GivenCredentials>
}['provide']

/** What each dialect calls the two keys, the token, the expiry and the account. */
const DIALECTS = [
  ['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiresAt', 'accountId'],
  ['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration', 'accountId'],
  ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration', 'AccountId'],
  ['AccessKeyId', 'SecretAccessKey', 'Token', 'Expiration', 'AccountId'],
  ['access_key', 'secret_key', 'token', 'expiry_time', 'account_id'],
] as const

/**
 * Reads credentials under any of the names in use.
 *
 * @param temporary A token and an expiry must be there, or `null` to say that there is none.
 * @throws {CountersignError} `invalid-value`, naming all that is missing in the dialect of the
 * source; `invalid-response` for an expiry that cannot be read.
 */
export function readCredentials(given: GivenCredentials, temporary = false): AwsAccountCredentials {
  const record = Object(given) as Record<string, unknown>
  const hits = (names: readonly string[]) =>
    names.filter((name) => record[name] !== undefined).length
  const names = DIALECTS.reduce<(typeof DIALECTS)[number]>(
    (best, next) => (hits(next) > hits(best) ? next : best),
    DIALECTS[0],
  )
  const [id, secret, token, end, account] = names.map((name) => record[name])
  // Keys of this prefix are known only together with their token. IAM User Guide, "IAM identifiers"
  const needsToken = String(id).startsWith('ASIA')
  const saysNone = token === null || (token === undefined && !temporary)
  const usable = [
    isHeaderValue(id),
    isHeaderValue(secret),
    isHeaderValue(token) || (saysNone && !needsToken),
    end !== undefined || !temporary,
    isHeaderValue(account) || account === null || account === undefined,
  ]
  const missing = names.filter((_, index) => !usable[index]).map((name) => `\`${name}\``)
  if (missing.length > 0) {
    throw new CountersignError(
      'invalid-value',
      `The credentials have no usable ${missing.join(', ')}`,
    )
  }

  const expires = end instanceof Date ? end.getTime() : expiresAt(end, names[3])
  if (expires !== undefined && Number.isNaN(new Date(expires).getTime())) {
    throw unexpected(`\`${names[3]}\` is no date`)
  }
  // As it is: a source knows the value that it is told was refused by its identity. But for an instance
  // of a class, which no cache copies, and which its owner may renew in place.
  const stays = Object.isFrozen(given) || Object.getPrototypeOf(given) === Object.prototype
  if (stays && names === DIALECTS[0] && token !== null && expires === end) {
    return given as AwsAccountCredentials
  }
  return {
    accessKeyId: id as string,
    secretAccessKey: secret as string,
    ...(isHeaderValue(token) && { sessionToken: token }),
    ...(expires !== undefined && { expiresAt: expires }),
    ...(isHeaderValue(account) && { accountId: account }),
  }
}
