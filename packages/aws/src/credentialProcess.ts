import { CountersignError } from '@countersign/core'
import { functionOr } from '@countersign/core/kit'
import { type AwsCredentialSource, type GivenCredentials, readCredentials } from './given.ts'

/**
 * What a program prints that `credential_process` of `~/.aws/config` names: the `aws` command line
 * and every AWS SDK then have their credentials from it, and run it again before they end.
 *
 * @param credentials Credentials, or where they come from, under any of the names in use.
 * @param options `now`: the clock, in milliseconds since the Unix epoch. Default `Date.now`.
 * @returns JSON of the contract's version 1, on one line. It holds the secrets: for standard output alone.
 * @throws {CountersignError} `invalid-value` or `invalid-response` if something is missing or wrong,
 * `expired-value` if they have expired; or the error of their source.
 * @see {@link https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html}
 */
export async function credentialProcess(
  credentials: GivenCredentials | AwsCredentialSource,
  options: { now?: () => number } = {},
): Promise<string> {
  const now = functionOr('now', options.now, Date.now)
  const given = typeof credentials === 'function' ? await credentials() : credentials
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, accountId } =
    readCredentials(given)
  // Whole seconds: not every reader of the contract takes a fraction.
  const expiration = expiresAt && new Date(expiresAt).toISOString().replace(/\.\d+/, '')
  if (expiresAt !== undefined && expiresAt <= now()) {
    throw new CountersignError('expired-value', `The credentials expired at ${expiration}`)
  }
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration,
    AccountId: accountId,
  })
}
