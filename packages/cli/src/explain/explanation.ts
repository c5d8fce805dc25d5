import type { ServiceName } from '../variables.ts'

/** A named piece of what is signed or sent. */
export interface Part {
  readonly name: string
  readonly value: string
  /** What it is, for who does not know. */
  readonly about?: string
}

/** A text that is put together from parts, such as the message that is signed. */
export interface Step {
  readonly name: string
  /** How the parts come together. */
  readonly about: string
  readonly parts: readonly Part[]
  readonly text: string
}

/** Why one request is proved as it is. It holds no secret: `--json` prints it as it stands. */
export interface Explanation {
  readonly service: ServiceName
  readonly scheme: string
  readonly method: string
  /** As it is sent. */
  readonly url: string
  readonly body?: Part
  /** In order. None where nothing of the request is signed. */
  readonly steps: readonly Step[]
  /** What the result rests on: the key, the token and where it comes from. */
  readonly facts: readonly Part[]
  /** What is put on the request. */
  readonly headers: Readonly<Record<string, string>>
  readonly notes: readonly string[]
}

/** What is wrong, and what to do about it. */
export interface Culprit {
  readonly part: string
  readonly problem: string
  readonly advice: string
  /** What it has, and what it should have, where that is known. */
  readonly has?: string
  readonly takes?: string
}

/** What became of a header from elsewhere. */
export interface Comparison {
  /**
   * `same`: it is right. `plausible`: nothing is wrong with it, as far as can be told from here.
   * `unknown`: what is at hand does not suffice to tell.
   */
  readonly verdict: 'same' | 'plausible' | 'different' | 'unknown'
  /** None for a different one whose reason cannot be told. */
  readonly culprits: readonly Culprit[]
  readonly notes: readonly string[]
}

export interface Explained {
  readonly explanation: Explanation
  readonly comparison?: Comparison
}
