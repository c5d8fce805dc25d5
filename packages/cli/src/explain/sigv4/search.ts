import { bodyMistakes } from '../bodies.ts'
import type { Culprit } from '../explanation.ts'
import { culpritsOf, mistakesBehind } from '../mistakes.ts'
import { visible } from '../visible.ts'
import { type AwsMistake, type Draft, drafter } from './draft.ts'
import { keyMistakes } from './keys.ts'
import { mistake, type Scene } from './mistake.ts'
import { pathMistakes, queryMistakes } from './targets.ts'
import { headerMistakes, payloadMistakes, textMistakes } from './texts.ts'
import { amzTime } from './time.ts'

/** How a signature came about. */
export interface Cause {
  /** None if it is right. */
  readonly culprits: readonly Culprit[]
  /** What it is right for. */
  readonly note?: string
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
/** What S3 takes for a body that the signature does not cover. */
const UNCOVERED = ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER']
/** In seconds. */
const HOUR = 3600

/** Finds out how a signature came about. */
export function causeOf(right: Draft, signature: string, scene: Scene): Cause | undefined {
  const [wanted, culprit] = hexOf(signature)
  const written = culprit ? [culprit] : []
  if (wanted.length !== 64) return { culprits: written }
  const sign = drafter()
  const leadsThere = (draft: Draft) => sign(draft) === wanted
  if (leadsThere(right)) return { culprits: written }
  const uncovered = UNCOVERED.find((word) => leadsThere({ ...right, digest: () => word }))
  if (uncovered) {
    const note = `It does not cover the body, and is right if x-amz-content-sha256 is sent as ${uncovered}.`
    return { culprits: written, note }
  }
  const found = mistakesBehind(right, everyMistake(scene), leadsThere)
  return found && { culprits: [...written, ...culpritsOf(found, right, SHOWN)] }
}

/** The second at which a signature is right, if that is within an hour of now. */
export function timeBehind(draft: Draft, signature: string, now: number): string | undefined {
  const [wanted] = hexOf(signature)
  const sign = drafter()
  const key = draft.key(draft)
  const drafts = [draft.digest, () => 'UNSIGNED-PAYLOAD'].map((digest) => ({ ...draft, digest }))
  for (let second = -HOUR; second < HOUR; second++) {
    const time = amzTime(now + second * 1000)
    const right = (one: Draft) => sign({ ...one, time, key: () => key }) === wanted
    if (time.startsWith(draft.day) && drafts.some(right)) return time
  }
  return undefined
}

/** A signature in lower-case hex, and what is wrong with it as it is written. */
function hexOf(signature: string): [hex: string, culprit?: Culprit] {
  const wrong = (problem: string): Culprit => ({
    part: 'signature',
    problem,
    advice: 'write its 32 bytes in lower-case hex',
  })
  if (/^[\da-f]{64}$/.test(signature)) return [signature]
  if (/^[\da-f]{64}$/i.test(signature)) {
    return [signature.toLowerCase(), wrong('The signature is in upper-case hex')]
  }
  if (/^[A-Za-z\d+/]{43}=$/.test(signature)) {
    return [Buffer.from(signature, 'base64').toString('hex'), wrong('The signature is in base64')]
  }
  return ['', wrong(`The signature is no 64 digits of hex: ${visible(signature, 80)}`)]
}

function everyMistake(scene: Scene): AwsMistake[] {
  return [
    mistake('method', 'the method in lower case', 'sign it in upper case', ({ method }) => ({
      method: method.toLowerCase(),
    })),
    ...METHODS.map((method) =>
      mistake('method', `the method ${method}`, 'sign the method that is sent', () => ({ method })),
    ),
    ...pathMistakes(scene),
    ...queryMistakes(scene),
    ...headerMistakes(scene),
    ...bodyMistakes<Draft>(),
    ...payloadMistakes(),
    ...textMistakes(),
    ...keyMistakes(scene),
  ]
}

/** What of a draft is shown beside a mistake. */
const SHOWN: readonly ((draft: Draft) => string)[] = [
  ({ method }) => method,
  ({ path }) => path,
  ({ query }) => query,
  ({ headers }) => headers.host ?? '',
  ({ digest, body }) => digest(body),
]
