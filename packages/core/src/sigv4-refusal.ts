import type { AwsCredentials } from './provider.ts'
import type { Refusal } from './signer.ts'
import type { Sigv4Rules } from './sigv4-check.ts'

/** What a refusal blames. */
export interface Blame {
  readonly clock: boolean
  readonly credentials: boolean
}

/**
 * These credentials are no longer, or not, known: their session has ended, or somebody has rotated
 * or revoked the key. `AccessDenied` is none of them: it knows who asks.
 *
 * `RequestExpired` is said of a late request, and by EC2 of an ended session, too.
 *
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html S3, Error responses}
 * @see {@link https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html STS, Common errors}
 */
const CREDENTIALS =
  /^(?:ExpiredToken(?:Exception)?|InvalidToken|TokenRefreshRequired|InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClientException|RequestExpired)$/
const CLOCK = /^(?:RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/
/** What `SignatureDoesNotMatch` and `InvalidSignatureException` say when nothing but the time is wrong. */
const CLOCK_IN_WORDS = /\bSignature (?:expired|not yet current)\b/

const CODE_IN_HEADER = /^(?:[^#:]*#)?(\w+)/
const CODE_IN_BODY = /(?:<Code>|"(?:__type|[Cc]ode)"\s*:\s*"(?:[^"#]*#)?)(\w+)/

export async function blameOf(
  refusal: Refusal,
  { isS3, region }: Sigv4Rules,
  { sessionToken }: AwsCredentials,
): Promise<Blame> {
  const { status, headers, request } = refusal
  let code = CODE_IN_HEADER.exec(headers.get('x-amzn-errortype') ?? '')?.[1] ?? ''
  const body = CREDENTIALS.test(code) ? '' : await refusal.text()
  code ||= CODE_IN_BODY.exec(body)?.[1] ?? ''
  // HEAD has no body to say it in. S3 answers an ended session with 400 and another time with 403,
  // but a request to the wrong region with 400, too, and the right one.
  const mute = isS3 && request.method === 'HEAD' && code === ''
  const ended = status === 400 && sessionToken !== undefined
  const here = (headers.get('x-amz-bucket-region') ?? region) === region
  return {
    clock: CLOCK.test(code) || CLOCK_IN_WORDS.test(body) || (mute && status === 403),
    credentials: CREDENTIALS.test(code) || (mute && ended && here),
  }
}
