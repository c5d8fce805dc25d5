/**
 * A refusal in the words of Amazon S3.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  /** What S3 adds to that code and message, by the names of its elements. */
  readonly details: Readonly<Record<string, string | number>>

  constructor(
    status: number,
    code: string,
    message: string,
    details: Readonly<Record<string, string | number>> = {},
  ) {
    super(message)
    this.name = 'S3Error'
    this.status = status
    this.code = code
    this.details = details
  }
}

export const accessDenied = (
  message = 'Access Denied',
  details?: Readonly<Record<string, string | number>>,
): S3Error => new S3Error(403, 'AccessDenied', message, details)
