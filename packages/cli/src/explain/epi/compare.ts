import type { HmacExplanation } from '@countersign/core/hmac'
import type { Call } from '../call.ts'
import type { Comparison, Culprit } from '../explanation.ts'
import { visible } from '../visible.ts'
import { draftOf } from './draft.ts'
import type { Credential } from './explain.ts'
import type { EpiFields, EpiHeader } from './header.ts'
import { causeOf } from './search.ts'
import { type Reading, readings } from './signature.ts'
import { timeOf } from './time.ts'

export interface Compared {
  /** Ours, with the timestamp and the nonce of the given one where they can be had. */
  readonly made: HmacExplanation
  readonly call: Call
  /** The path of the API's address. */
  readonly basePath: string
  readonly credential: Credential
  readonly now: number
}

/** Says what is wrong with a given header, as far as that can be told. */
export function compare({ fields, culprits: odd }: EpiHeader, compared: Compared): Comparison {
  if (!fields) return { verdict: 'different', culprits: odd, notes: [] }
  const { made, call, basePath, credential, now } = compared
  const { key, secret } = credential
  const { timestamp, nonce } = fields
  const time = timeOf(timestamp, now)
  const plain = [time.culprit, nonceCulprit(fields), keyCulprit(fields, credential)]
  const culprits = [...odd, ...plain.filter((culprit) => culprit !== undefined)]
  const notes = time.note ? [time.note] : []

  const body = call.body ?? Buffer.alloc(0)
  const right = { ...draftOf(made, body, secret), id: fields.key, timestamp, nonce }
  const ways = readings(fields.signature)
  const scene = { url: call.url, typed: targetOf(call.typed), basePath, key, secret }
  const cause = causeOf(right, ways, scene)
  if (typeof cause === 'object') {
    culprits.push(...cause.culprits)
    if (cause.otherTarget) notes.push(aside(cause.otherTarget, right.target))
    return { verdict: culprits.length > 0 ? 'different' : 'same', culprits, notes }
  }
  const length = lengthCulprit(fields.signature, ways)
  if (length) culprits.push(length)
  notes.push(fields.key === key ? untold(cause) : ANOTHER_KEY)
  return { verdict: 'different', culprits, notes }
}

const ANOTHER_KEY =
  'Another key has another secret: whether the signature is right for it cannot be told.'

const untold = (count: number): string =>
  `Why the signature differs cannot be told: none of ${count} usual mistakes, alone or two at a time, leads to it. What is left: the secret is not the one of this key; the body, the URL or the method is not the one given here, to the byte; or there are more mistakes at once.`

const aside = (target: string, own: string): string =>
  `It covers the target ${target}, and is right if that is what is sent. In the form that is explained here, ${own}, servers that normalize a target agree with those that do not.`

/** The target within a URL, as it is written there. */
const targetOf = (url: string): string => url.replace(/^[^:]+:\/\/[^/?#]*/, '')

function keyCulprit({ key }: EpiFields, own: Credential): Culprit | undefined {
  const wrong = (problem: string, advice: string) => ({ part: 'key', problem, advice })
  if (key === own.key) return undefined
  if (key === '') return wrong('There is no key in it', 'the key comes first')
  if (key === own.secret) {
    return wrong(
      'The secret stands where the key belongs',
      'write the key there; and have a new secret made, since this one has been sent',
    )
  }
  if (key.toLowerCase() === own.key.toLowerCase()) {
    return wrong('The key is in another case', `write ${own.key}`)
  }
  return wrong(
    `The key is ${visible(key)}, and not ${own.key}`,
    'see which credential is meant: a key works with its own secret only',
  )
}

function nonceCulprit({ nonce }: EpiFields): Culprit | undefined {
  if (nonce !== '') return undefined
  const advice = 'write one that was never used before, such as 32 random hex digits'
  return { part: 'nonce', problem: 'There is no nonce in it', advice }
}

/** Of other hashes, by how many bytes they have. */
const HASHES: Readonly<Record<number, string>> = {
  16: ', as MD5 has',
  20: ', as SHA-1 has',
  48: ', as SHA-384 has',
  64: ', as SHA-512 has',
}

function lengthCulprit(text: string, [first]: readonly Reading[]): Culprit | undefined {
  const wrong = (problem: string) => ({
    part: 'signature',
    problem,
    advice: 'it is base64 of the 32 bytes of an HMAC-SHA256',
  })
  if (!first) return wrong(`The signature is neither base64 nor hex: ${visible(text, 60)}`)
  if (first.length === 32) return undefined
  return wrong(`The signature has ${first.length} bytes${HASHES[first.length] ?? ''}`)
}
