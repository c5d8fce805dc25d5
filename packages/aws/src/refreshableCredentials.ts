import {
  type CachedProvider,
  type CacheEvent,
  type CacheOptions,
  cached,
  type MaybePromise,
  OptionError,
} from '@countersign/core'
import { andThen, functionOr, milliseconds, wrong } from '@countersign/core/kit'
import {
  type AwsAccountCredentials,
  type AwsCredentialSource,
  type GivenCredentials,
  readCredentials,
} from './given.ts'

export interface RefreshableCredentialsOptions extends CacheOptions {
  /**
   * Obtains new credentials, with botocore's names (`access_key`, `secret_key`, `token`,
   * `expiry_time`), AWS's, or those of the AWS SDK for JavaScript.
   */
  refresh: AwsCredentialSource
  /** Credentials to begin with, such as botocore's `metadata`. Default: `refresh` is called at the first use. */
  metadata?: GivenCredentials
}

/** botocore's `RefreshableCredentials`; and a provider, for `awsCredentials()` and any signer. */
export interface RefreshableCredentials extends CachedProvider<AwsAccountCredentials> {
  /** Keys and token that belong together, frozen; at once, unless there is something to wait for. */
  getFrozenCredentials(): MaybePromise<AwsAccountCredentials>
  /**
   * Whether the credentials end within so many milliseconds, or are refused, or not there yet.
   * Default: whether it is time to renew them.
   */
  refreshNeeded(refreshIn?: number): boolean
}

/**
 * botocore's `RefreshableCredentials`, with windows that fit the lifetime, no wait before the
 * mandatory one, and no error while the credentials are valid. A refresh that comes without a token
 * or an expiry fails, naming what is missing; `null` says that there is none.
 *
 * @param options Beside `refresh`, those of the cache. `staleIfError` is `true` by default.
 * @throws {OptionError} if an option is missing or wrong, or `metadata` lacks something.
 */
export function refreshableCredentials(
  options: RefreshableCredentialsOptions,
): RefreshableCredentials {
  if (typeof options !== 'object' || !options) throw wrong('options', 'an object', options)
  const { refresh, metadata, ...settings } = options
  functionOr('refresh', refresh ?? null, refresh)
  const now = functionOr('now', settings.now, Date.now)
  const listener = functionOr<CacheOptions['onEvent']>('onEvent', settings.onEvent, undefined)
  let given = metadata && initial(metadata)
  let renewalAt = -Infinity

  const onEvent = (event: CacheEvent) => {
    if ('renewIn' in event) renewalAt = now() + event.renewIn
    return listener?.(event)
  }
  const credentials = cached<AwsAccountCredentials>(
    (asked) => {
      const first = given
      given = undefined
      return first ?? andThen(refresh(asked), (value) => readCredentials(value, true))
    },
    { ...settings, staleIfError: settings.staleIfError ?? true, onEvent },
  )
  if (given && (given.expiresAt ?? Infinity) > now()) credentials()
  given = undefined

  return Object.assign(credentials, {
    getFrozenCredentials: () => credentials(),
    refreshNeeded(refreshIn?: number) {
      const within = milliseconds('refreshIn', refreshIn, Number.NaN)
      const held = credentials.peek()
      if (!held) return true
      const at = refreshIn === undefined ? renewalAt : (held.expiresAt ?? Infinity) - within
      return now() > at
    },
  })
}

function initial(metadata: GivenCredentials): AwsAccountCredentials {
  try {
    return readCredentials(metadata, true)
  } catch (error) {
    throw new OptionError('metadata', `cannot be used: ${(error as Error).message}`)
  }
}
