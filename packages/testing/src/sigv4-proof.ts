import { accessDenied, S3Error } from './s3-error.ts'
import { queryOf } from './sigv4-message.ts'
import type { Arrival } from './site.ts'

/** What a request shows to prove who sent it. */
export interface Sigv4Proof {
  readonly in: 'header' | 'query'
  readonly accessKeyId: string
  /** What the key was derived for: `20130524/us-east-1/s3/aws4_request`. */
  readonly scope: string
  /** In lower case, in order. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `20130524T000000Z`; empty where there is none. */
  readonly timestamp: string
  readonly sessionToken: string | undefined
  /** For how many seconds it is good, where a query says so. */
  readonly expires: number | undefined
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const WEEK = 604_800

/** Takes the proof apart, nothing verified; throws an `S3Error` where it is none. */
export function proofOf(arrival: Arrival): Sigv4Proof {
  const authorization = arrival.headers.get('authorization')
  const query = new Map(queryOf(arrival))
  const presigned = query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')
  if (authorization !== null && presigned) {
    throw invalid(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    )
  }
  if (presigned) return inQuery(query)
  if (query.has('AWSAccessKeyId')) throw unsupported()
  if (authorization === null) throw accessDenied()
  return inHeader(authorization, arrival.headers)
}

/** The words for a proof whose scope or key is not as it must be. */
export function malformed(
  proof: Pick<Sigv4Proof, 'in'>,
  detail: string,
  details?: Readonly<Record<string, string>>,
): S3Error {
  return proof.in === 'header'
    ? invalid(
        'AuthorizationHeaderMalformed',
        `The authorization header is malformed; ${detail}`,
        details,
      )
    : invalid(
        'AuthorizationQueryParametersError',
        `Error parsing the X-Amz-Credential parameter; ${detail}`,
        details,
      )
}

function inHeader(authorization: string, headers: Headers): Sigv4Proof {
  const [, algorithm = '', rest = ''] = /^(\S*)(.*)$/s.exec(authorization) ?? []
  if (algorithm !== ALGORITHM) {
    throw /^AWS4?\b/.test(algorithm)
      ? unsupported()
      : invalid('InvalidArgument', 'Unsupported Authorization Type')
  }
  const parts = new Map(
    rest.split(',').map((part) => {
      const [name = '', value = ''] = part.trim().split('=')
      return [name, value]
    }),
  )
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map(
    (name) => parts.get(name),
  )
  if (!credential || !signedHeaders || !signature || parts.size > 3) {
    throw malformed(
      { in: 'header' },
      'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    )
  }
  return {
    in: 'header',
    ...partsOf(credential, 'header'),
    signedHeaders: listOf(signedHeaders),
    signature,
    timestamp: headers.get('x-amz-date') ?? '',
    sessionToken: headers.get('x-amz-security-token') ?? undefined,
    expires: undefined,
  }
}

function inQuery(query: ReadonlyMap<string, string>): Sigv4Proof {
  const wrong = (message: string) => invalid('AuthorizationQueryParametersError', message)
  const [algorithm, credential, timestamp, expires, signedHeaders, signature] = [
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
  ].map((name) => query.get(name))
  if (!algorithm || !credential || !timestamp || !expires || !signedHeaders || !signature) {
    throw wrong(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  if (algorithm !== ALGORITHM) throw wrong(`X-Amz-Algorithm only supports "${ALGORITHM}"`)
  if (!/^-?\d+$/.test(expires)) throw wrong('X-Amz-Expires should be a number')
  if (Number(expires) < 0) throw wrong('X-Amz-Expires must be non-negative')
  if (Number(expires) > WEEK) {
    throw wrong(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${WEEK} seconds`,
    )
  }
  return {
    in: 'query',
    ...partsOf(credential, 'query'),
    signedHeaders: listOf(signedHeaders),
    signature,
    timestamp,
    sessionToken: query.get('X-Amz-Security-Token'),
    expires: Number(expires),
  }
}

function partsOf(
  credential: string,
  place: Sigv4Proof['in'],
): Pick<Sigv4Proof, 'accessKeyId' | 'scope'> {
  const [accessKeyId, ...scope] = credential.split('/')
  if (!accessKeyId || scope.length !== 4) {
    throw malformed(
      { in: place },
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  }
  return { accessKeyId, scope: scope.join('/') }
}

const listOf = (names: string): readonly string[] => names.toLowerCase().split(';').toSorted()

/** Version 2, which is not enough for what is encrypted under KMS, or version 4a. */
const unsupported = () =>
  invalid(
    'InvalidRequest',
    `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
  )

const invalid = (code: string, message: string, details?: Readonly<Record<string, string>>) =>
  new S3Error(400, code, message, details)
