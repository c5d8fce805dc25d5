import {
  type CachedProvider,
  type CacheOptions,
  cached,
  CountersignError,
  OptionError,
  type ProviderOptions,
} from '@countersign/core'
import { andThen, isPromise, sealed, wrong } from '@countersign/core/kit'
import { type AwsAccountCredentials, type AwsCredentialSource, readCredentials } from './given.ts'
import { type ClientStack, recoverOn } from './recovery.ts'

/** Credentials as the clients of the AWS SDK read them. */
export interface AwsIdentity extends Omit<AwsAccountCredentials, 'expiresAt'> {
  /** Absent where there is no expiry. */
  readonly expiration?: Date
}

/** What a client of the AWS SDK asks with, and a signer such as `sigv4()`. */
interface Asked extends ProviderOptions<AwsIdentity> {
  forceRefresh?: boolean
}

/** What the clients of the AWS SDK take as `credentials`, and as a plugin; and a provider. */
export interface AwsClientCredentials {
  /**
   * `forceRefresh` replaces the credentials that were handed out last, in one request for however
   * many callers, and `refused` those that it names. Who comes when that has happened gets the new ones.
   */
  (options?: Asked): Promise<AwsIdentity>
  /** Tells the SDK to keep no copy of its own, with a window of its own: it asks for each request. */
  memoized: boolean
  /**
   * Called by `client.middlewareStack.use(credentials)`. That client then recovers from credentials
   * that AWS refuses before their time, by `ExpiredToken`, `InvalidToken`, `InvalidAccessKeyId` and the
   * like: they are replaced, and the command is sent again, once, unless its body is a stream.
   */
  applyToStack(stack: ClientStack): void
}

/**
 * Credentials for any client of the AWS SDK for JavaScript: shared by all that are given the same,
 * renewed in the background before they end, and good until they end even if their source fails.
 *
 * @param source Where they come from. A cache, such as `optimizelyEvents().credentials`, is used as it
 * is. Anything else is cached here: an `exchange()`, or a function with the names of the SDK, of AWS
 * or of botocore, such as the SDK's own `fromTemporaryCredentials()`.
 * @param options Of the cache made here, so none together with a cache. `staleIfError` is `true` by
 * default: while the source fails, AWS decides whether expired credentials still do.
 * @throws {OptionError} if the source is no function, or an option is wrong or has no cache to go to.
 */
export function awsCredentials(
  source: AwsCredentialSource,
  options?: CacheOptions,
): AwsClientCredentials {
  const provider = isCache(source) ? source : keep(source, options)
  if (provider === source) assertNone(options)
  let held: AwsAccountCredentials | undefined
  let shown: AwsIdentity | undefined
  let identity: Promise<AwsIdentity>

  const identify = (value: AwsAccountCredentials): Promise<AwsIdentity> => {
    if (value !== held) {
      shown = identityOf(value)
      identity = Promise.resolve(shown)
      held = value
    }
    return identity
  }
  const forCache = ({ forceRefresh, refused, signal }: Asked) => {
    const isOver = forceRefresh || (refused && refused === shown)
    return { refused: isOver ? (held ?? provider.peek()) : undefined, signal }
  }
  function credentials(asked?: Asked): Promise<AwsIdentity> {
    try {
      const value = provider(asked && forCache(asked))
      return isPromise(value) ? value.then(identify) : identify(value)
    } catch (error) {
      return Promise.reject(error)
    }
  }
  return Object.assign(credentials, {
    memoized: true,
    applyToStack: (stack: ClientStack) => recoverOn(stack, provider),
  })
}

function isCache(source: AwsCredentialSource): source is CachedProvider<AwsAccountCredentials> {
  const { peek, clear } = Object(source) as Partial<CachedProvider<AwsAccountCredentials>>
  return typeof peek === 'function' && typeof clear === 'function'
}

function assertNone(options: CacheOptions = {}): void {
  if (Object.values(options).every((value) => value === undefined)) return
  throw new OptionError('options', 'belong to the cache that is given: set them where it is made')
}

function keep(
  source: AwsCredentialSource,
  options?: CacheOptions,
): CachedProvider<AwsAccountCredentials> {
  if (typeof source !== 'function') throw wrong('source', 'a function', source)
  return cached<AwsAccountCredentials>(
    (asked) => {
      // A provider of the SDK's own knows that word, and keeps what it has without it.
      const forced = { ...asked, forceRefresh: asked?.refused !== undefined }
      return andThen(source(forced), (given) => readCredentials(given))
    },
    { ...options, staleIfError: options?.staleIfError ?? true },
  )
}

function identityOf(value: AwsAccountCredentials): AwsIdentity {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, accountId } =
    readCredentials(value)
  if (expiresAt !== value.expiresAt) {
    throw new CountersignError(
      'invalid-value',
      'The cache given to awsCredentials() keeps credentials whose expiry it does not read: give their source instead',
    )
  }
  return sealed({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiresAt !== undefined && { expiration: new Date(expiresAt) }),
    ...(accountId !== undefined && { accountId }),
    // Where older SDKs note that these come from code: the identity itself is frozen.
    $source: {},
  })
}
