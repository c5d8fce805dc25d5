import { randomBytes } from 'node:crypto'
import { S3Error } from '../s3-error.ts'
import type { VendorContext } from '../site.ts'

/** AWS credentials that the vendor has handed out. */
export interface IssuedAwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** When they run out, ms since the Unix epoch, in the vendor's book: `expire()` moves it. */
  readonly expiration: number
  readonly accountId: string
}

/** The book of temporary credentials: those that open the bucket, and those that did. */
export interface AwsKeys {
  issue(accountId: string, lifetime: number): IssuedAwsCredentials
  /** All that have not been revoked, oldest first. */
  issued(): readonly IssuedAwsCredentials[]
  expire(): void
  revoke(): void
  /**
   * The credentials of that key and token.
   *
   * AWS has no call that revokes a session. What has been done away with is `InvalidToken` here: a
   * 400 that, unlike the `AccessDenied` of a narrowed role, new credentials are the remedy for.
   *
   * @throws {S3Error} if they are no pair, or good no more.
   */
  keyOf(accessKeyId: string, sessionToken: string | undefined): IssuedAwsCredentials
}

const CAPACITY = 10_000

export function awsKeys(context: VendorContext): AwsKeys {
  let book = new Map<string, IssuedAwsCredentials>()
  let revoked = new Set<string>()

  return {
    issue(accountId, lifetime) {
      const credentials: IssuedAwsCredentials = {
        accessKeyId: `ASIA${randomBytes(10).toString('hex').slice(0, 16).toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(192).toString('base64'),
        expiration: context.now() + lifetime,
        accountId,
      }
      book.set(credentials.accessKeyId, credentials)
      if (book.size > CAPACITY) book.delete(book.keys().next().value as string)
      return credentials
    },
    issued: () => [...book.values()],
    expire() {
      const expiration = context.now()
      book = new Map([...book].map(([id, one]) => [id, { ...one, expiration }]))
    },
    revoke() {
      revoked = new Set([...revoked, ...book.keys()].slice(-CAPACITY))
      book.clear()
    },
    keyOf(accessKeyId, sessionToken) {
      const key = book.get(accessKeyId)
      // S3 does not know a temporary key that comes without its token.
      if ((!key && !revoked.has(accessKeyId)) || !sessionToken) {
        throw new S3Error(
          403,
          'InvalidAccessKeyId',
          'The AWS Access Key Id you provided does not exist in our records.',
          { AWSAccessKeyId: accessKeyId },
        )
      }
      const token = { 'Token-0': sessionToken }
      if (key?.sessionToken !== sessionToken) {
        throw new S3Error(
          400,
          'InvalidToken',
          'The provided token is malformed or otherwise invalid.',
          token,
        )
      }
      if (key.expiration <= context.now()) {
        throw new S3Error(400, 'ExpiredToken', 'The provided token has expired.', token)
      }
      return key
    },
  }
}
