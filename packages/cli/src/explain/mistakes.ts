import type { Culprit } from './explanation.ts'
import { visible } from './visible.ts'

/** A usual mistake in the making of a signature, to be made on purpose. */
export interface Mistake<D> {
  /** What it is about. */
  readonly part: string
  /** What the signature is then made with, as the end of a sentence. */
  readonly what: string
  readonly advice: string
  /** The draft with this mistake in it; `undefined` where it cannot be made. */
  make(draft: D): D | undefined
  /** There are too many of its kind to try it together with others. */
  readonly alone?: boolean
  /** Can be made on top of another one about the same part. */
  readonly stacks?: boolean
}

/** The mistake that leads to the wanted signature, or the two that lead there together. */
export function mistakesBehind<D>(
  right: D,
  mistakes: readonly Mistake<D>[],
  leadsThere: (draft: D) => boolean,
): readonly Mistake<D>[] | undefined {
  const made: { mistake: Mistake<D>; draft: D }[] = []
  for (const mistake of mistakes) {
    const draft = mistake.make(right)
    if (draft === undefined) continue
    if (leadsThere(draft)) return [mistake]
    if (!mistake.alone) made.push({ mistake, draft })
  }
  for (const [i, one] of made.entries()) {
    for (const [j, { mistake }] of made.entries()) {
      const same = one.mistake.part === mistake.part
      if (same ? i === j || !mistake.stacks : j < i) continue
      const draft = mistake.make(one.draft)
      if (draft !== undefined && leadsThere(draft)) return [one.mistake, mistake]
    }
  }
  return undefined
}

/** How much of a part is shown. */
const SHOWN = 400

/**
 * Says what each mistake is, and what it changes: as it was signed, and as it is right.
 *
 * @param parts What can be shown of a draft.
 */
export function culpritsOf<D>(
  mistakes: readonly Mistake<D>[],
  right: D,
  parts: readonly ((draft: D) => string)[],
): Culprit[] {
  let before = right
  return mistakes.map(({ part, what, advice, make }) => {
    const after = make(before) ?? before
    const changed = parts.find((read) => read(after) !== read(before))
    before = after
    return {
      part,
      problem: `It was made with ${what}`,
      advice,
      ...(changed && {
        has: visible(changed(after), SHOWN),
        takes: visible(changed(right), SHOWN),
      }),
    }
  })
}
