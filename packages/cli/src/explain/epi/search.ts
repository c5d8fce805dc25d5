import { bodyMistakes } from '../bodies.ts'
import type { Culprit } from '../explanation.ts'
import { culpritsOf, mistakesBehind } from '../mistakes.ts'
import { digestMistakes } from './digests.ts'
import { type Draft, drafter, type EpiMistake, PARTS, valueOf } from './draft.ts'
import { macMistakes, messageMistakes, orderMistakes } from './messages.ts'
import { secretMistakes } from './secrets.ts'
import type { Reading } from './signature.ts'
import { type Place, targetMistakes } from './targets.ts'
import { valueMistakes } from './values.ts'

/** What was done wrong where: everything that a mistake can be about. */
export interface Scene extends Place {
  readonly key: string
  readonly secret: string
}

/** How a signature came about. */
export interface Cause {
  /** None if it is right. */
  readonly culprits: readonly Culprit[]
  /** The target that it is right for, if that is another form of the one that is sent. */
  readonly otherTarget?: string
}

/** What of a draft is shown beside a mistake. */
const SHOWN = PARTS.map((name) => (draft: Draft) => valueOf(draft, name))

/** Finds out how a signature came about, or how many mistakes it is none of. */
export function causeOf(right: Draft, ways: readonly Reading[], scene: Scene): Cause | number {
  const sign = drafter()
  let reading: Reading | undefined
  const leadsThere = (draft: Draft): boolean => {
    const mac = sign(draft)
    reading = ways.find((way) => way.matches(mac))
    return reading !== undefined
  }
  const written = () => (reading?.culprit ? [reading.culprit] : [])

  if (leadsThere(right)) return { culprits: written() }
  const otherTarget = otherTargets(scene).find((target) => leadsThere({ ...right, target }))
  if (otherTarget !== undefined) return { culprits: written(), otherTarget }
  const mistakes = everyMistake(scene)
  const found = mistakesBehind(right, mistakes, leadsThere)
  if (!found) return mistakes.filter(({ alone }) => !alone).length
  return { culprits: [...written(), ...culpritsOf(found, right, SHOWN)] }
}

/** The target in other forms that can be sent: some clients keep what is typed. */
function otherTargets({ url, typed }: Place): string[] {
  const { pathname, search } = new URL(url)
  return [pathname + search, typed].filter((target) => /^\/[!-"$-~]*$/.test(target))
}

function everyMistake(scene: Scene): EpiMistake[] {
  return [
    ...valueMistakes(scene.key),
    ...targetMistakes(scene),
    ...bodyMistakes<Draft>(),
    ...digestMistakes,
    ...secretMistakes(scene.secret),
    ...macMistakes,
    ...messageMistakes(scene),
    ...orderMistakes(),
  ]
}
