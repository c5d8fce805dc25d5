import type { Culprit } from '../explanation.ts'
import { givenHeader, NOTHING } from '../given.ts'
import { visible } from '../visible.ts'

export const SCHEME = 'AWS4-HMAC-SHA256'
const FORM = `${SCHEME} Credential=<key>/<day>/<region>/<service>/aws4_request, SignedHeaders=<names>, Signature=<hex>`

/** What a header of Signature Version 4 is made of. */
export interface AwsFields {
  readonly accessKeyId: string
  readonly day: string
  readonly region: string
  readonly service: string
  readonly end: string
  /** The names of the signed headers, as they are written. */
  readonly names: readonly string[]
  readonly signature: string
}

export interface AwsHeader {
  /** Absent if it cannot be read; then there is a culprit. */
  readonly fields?: AwsFields
  readonly culprits: readonly Culprit[]
}

/** Reads a header as far as it can be read, and says what about its form is wrong. */
export function awsHeader(header: string): AwsHeader {
  const { scheme, rest, culprits: odd } = givenHeader(header, SCHEME)
  const culprits = [...odd]
  const wrong = (problem: string, advice = `it takes ${FORM}`) => {
    culprits.push({ part: 'header', problem, advice })
    return { culprits }
  }
  if (rest === '') return wrong(NOTHING)
  if (scheme === 'AWS') return wrong('It is of the older Signature Version 2')
  if (scheme !== SCHEME) {
    return wrong(scheme ? `It is of the scheme ${visible(scheme, 40)}` : 'It is of no scheme')
  }
  const fields = new Map(
    rest.split(/[,\s]+/).map((field): [string, string] => {
      const at = field.indexOf('=')
      return [field.slice(0, at).toLowerCase(), field.slice(at + 1)]
    }),
  )
  const [credential = '', names = '', signature = ''] = [
    'credential',
    'signedheaders',
    'signature',
  ].map((name) => fields.get(name))
  for (const [name, value] of Object.entries({
    Credential: credential,
    SignedHeaders: names,
    Signature: signature,
  })) {
    if (value === '') return wrong(`It has no ${name}`)
  }
  // An access key may hold a slash.
  const parts = credential.split('/')
  const [day, region, service, end] = parts.slice(-4)
  if (parts.length < 5 || day === undefined || !region || !service || !end) {
    return wrong(`Its Credential has ${parts.length} parts, not five`)
  }
  const accessKeyId = parts.slice(0, -4).join('/')
  return {
    fields: { accessKeyId, day, region, service, end, names: names.split(';'), signature },
    culprits,
  }
}
