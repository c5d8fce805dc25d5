import type { AwsCredentials } from '@countersign/core'
import type { Culprit } from '../explanation.ts'
import { visible } from '../visible.ts'
import type { AwsFields } from './header.ts'

const SET = 'take the three of one set: access key, secret and session token'

/** What is wrong with the credential scope and the names of the signed headers. */
export function fieldCulprits(
  { accessKeyId, day, region, service, end, names }: AwsFields,
  own: AwsCredentials,
  sent: Readonly<Record<string, string>>,
  home: string,
): Culprit[] {
  const culprits: Culprit[] = []
  const wrong = (part: string, problem: string, advice: string) =>
    culprits.push({ part, problem, advice })

  if (accessKeyId === own.secretAccessKey) {
    wrong(
      'key',
      'The secret stands where the access key belongs',
      'write the access key there, and have a new secret made',
    )
  } else if (accessKeyId !== own.accessKeyId) {
    wrong('key', `The access key is ${visible(accessKeyId, 60)}, and not ${own.accessKeyId}`, SET)
  }
  if (!/^\d{8}$/.test(day)) {
    wrong('scope', `The day of its scope is ${visible(day, 40)}`, 'write it like 20130524, in UTC')
  }
  if (region !== home)
    wrong('scope', `The region of its scope is ${visible(region, 40)}`, `the bucket is in ${home}`)
  if (service !== 's3')
    wrong('scope', `The service of its scope is ${visible(service, 40)}`, 'write s3')
  if (end !== 'aws4_request')
    wrong('scope', `Its scope ends in ${visible(end, 40)}`, 'write aws4_request')

  const token = sent['x-amz-security-token']
  if (token !== undefined && token !== own.sessionToken) {
    wrong('session token', 'The session token is another one than AWS_SESSION_TOKEN', SET)
  }

  const lower = names.map((name) => name.toLowerCase())
  if (names.join() !== lower.join()) {
    wrong(
      'signed headers',
      'The names of the signed headers are not in lower case',
      'write them in lower case',
    )
  } else if (names.join() !== lower.toSorted().join()) {
    wrong(
      'signed headers',
      'The names of the signed headers are not sorted',
      'sort them, here and in the canonical request',
    )
  }
  const mustBe = [
    'host',
    'x-amz-content-sha256',
    ...(lower.includes('date') ? [] : ['x-amz-date']),
    ...(own.sessionToken === undefined ? [] : ['x-amz-security-token']),
    ...Object.keys(sent).filter((name) => name.startsWith('x-amz-')),
  ]
  const missing = [...new Set(mustBe)].filter((name) => !lower.includes(name))
  if (missing.length > 0) {
    wrong(
      'signed headers',
      `It does not cover ${missing.join(', ')}`,
      'send and sign the host and every x-amz header, the session token among them',
    )
  }
  return culprits
}
