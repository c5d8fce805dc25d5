import { createHash, createHmac } from 'node:crypto'
import type { HmacExplanation } from '@countersign/core/hmac'
import { type Hashed, hasher } from '../bodies.ts'
import type { Mistake } from '../mistakes.ts'

export const PARTS = ['id', 'method', 'target', 'timestamp', 'nonce', 'bodyHash'] as const
export type PartName = (typeof PARTS)[number]

/** What people call the parts. */
export const NAMES: Readonly<Record<PartName, string>> = {
  id: 'key',
  method: 'method',
  target: 'target',
  timestamp: 'timestamp',
  nonce: 'nonce',
  bodyHash: 'body hash',
}

/** A signature in the making, in which anything can be done the wrong way. */
export interface Draft extends Hashed, Readonly<Record<Exclude<PartName, 'bodyHash'>, string>> {
  readonly order: readonly PartName[]
  /** Makes the message of the parts' values. */
  join(values: readonly string[]): string | Buffer
  readonly secret: Buffer
  mac(secret: Buffer, message: string | Buffer): Buffer
}

export type EpiMistake = Mistake<Draft>

/** The draft of what was explained: right in everything. */
export function draftOf({ parts }: HmacExplanation, body: Uint8Array, secret: string): Draft {
  const values = Object.fromEntries(parts.map(({ part, value }) => [part, value]))
  return {
    ...(values as Record<PartName, string>),
    body: Buffer.from(body),
    digest: (bytes) => createHash('md5').update(bytes).digest('base64'),
    order: PARTS,
    join: (texts) => texts.join(''),
    secret: Buffer.from(secret, 'base64'),
    mac: (key, message) => createHmac('sha256', key).update(message).digest(),
  }
}

/** What each part of a draft is. */
export const valueOf = (draft: Draft, name: PartName): string =>
  name === 'bodyHash' ? draft.digest(draft.body) : draft[name]

/** Makes signatures of drafts. */
export function drafter(): (draft: Draft) => Buffer {
  const hashOf = hasher()
  return (draft) => {
    const values = draft.order.map((name) => (name === 'bodyHash' ? hashOf(draft) : draft[name]))
    return draft.mac(draft.secret, draft.join(values))
  }
}
