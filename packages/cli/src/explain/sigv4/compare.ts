import type { AwsCredentials } from '@countersign/core'
import type { Sigv4Explanation } from '@countersign/core/sigv4'
import type { Call } from '../call.ts'
import type { Comparison, Culprit } from '../explanation.ts'
import { draftOf, sha256 } from './draft.ts'
import { fieldCulprits } from './fields.ts'
import type { AwsHeader } from './header.ts'
import { causeOf, timeBehind } from './search.ts'
import { timeOf } from './time.ts'

export interface Compared {
  /** Ours, for the time of the given one if that is known. */
  readonly made: Sigv4Explanation
  readonly call: Call
  /** What came along with the given one. */
  readonly along: Readonly<Record<string, string>>
  readonly credentials: AwsCredentials
  readonly region: string
  /** The time of the given one, as `X-Amz-Date` has it. */
  readonly time: string | undefined
  readonly now: number
}

/** Says what is wrong with a given header, as far as that can be told. */
export function compareAws({ fields, culprits: odd }: AwsHeader, compared: Compared): Comparison {
  if (!fields) return { verdict: 'different', culprits: odd, notes: [] }
  const { made, call, along, credentials, region, now } = compared
  const { sessionToken, secretAccessKey: secret, accessKeyId } = credentials
  const culprits = [
    ...odd,
    ...fieldCulprits(fields, credentials, along, region),
    ...bodyCulprits(call),
  ]
  const headers: Readonly<Record<string, string>> = {
    ...made.parts.headers,
    ...call.headers,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  }
  const unknown = fields.names.filter(
    (name) =>
      !/^x-amz-(?:date|content-sha256)$/.test(name) && headers[name.toLowerCase()] === undefined,
  )
  const end = (verdict: Comparison['verdict'], ...notes: string[]): Comparison => ({
    verdict,
    culprits,
    notes,
  })
  const untold = (note: string) => end(culprits.length > 0 ? 'different' : 'unknown', note)
  if (unknown.length > 0) return untold(NEEDED(unknown.join(', ')))

  const known = { parts: made.parts, headers, body: Buffer.from(call.body ?? []), secret }
  const draft = draftOf({ ...known, time: compared.time ?? '' }, fields)
  const time = compared.time ?? timeBehind(draft, fields.signature, now)
  if (time === undefined) return untold(NEEDED('x-amz-date'))
  const { culprit, note } = timeOf(time, fields.day, now)
  if (culprit) culprits.push(culprit)
  const notes = note ? [note] : []

  const typed = call.typed.replace(/^[^:]+:\/\/[^/?#]*/, '')
  const cause = causeOf({ ...draft, time }, fields.signature, { url: call.url, typed, accessKeyId })
  if (cause === undefined) {
    const another = fields.accessKeyId !== accessKeyId
    return end('different', ...notes, another ? ANOTHER_KEY : UNTOLD)
  }
  culprits.push(...cause.culprits)
  if (cause.note) notes.push(cause.note)
  return end(culprits.length > 0 ? 'different' : 'same', ...notes)
}

const NEEDED = (names: string): string =>
  `It covers what is not known here: ${names}. Give what was sent with it by -H 'Name: value', or the whole output of curl -v to --compare; a session token by AWS_SESSION_TOKEN.`
const ANOTHER_KEY =
  'Another access key has another secret: whether the signature is right for it cannot be told.'
const UNTOLD =
  'Why the signature differs cannot be told: no usual mistake, and no two of them, leads to it. What is left: the secret is not the one of this access key; the body, the URL, the method or a signed header is not the one given here; or there are more mistakes at once.'

/** A hash that came along is believed, unless the body says otherwise. */
function bodyCulprits({ headers, body }: Call): Culprit[] {
  const hash = headers['x-amz-content-sha256'] ?? ''
  if (!/^[\da-f]{64}$/.test(hash) || hash === sha256(Buffer.from(body ?? [])).toString('hex')) {
    return []
  }
  const problem = 'x-amz-content-sha256 is not the hash of the body that is given here'
  return [{ part: 'body hash', problem, advice: 'hash the very bytes that are sent' }]
}
